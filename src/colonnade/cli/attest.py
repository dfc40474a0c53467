"""`colonnade attest`: a person signs for a signal, in a role, over what stands there now."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from colonnade.cli.granted import granting
from colonnade.cli.options import json_option, workload_option
from colonnade.cli.passphrase import passphrase_of, passphrase_option
from colonnade.evidence.signing_key import read_private


@click.group(cls=granting("sign"))
def command() -> None:
    """Sign for a signal that people answer for: `colonnade attest UC-01.2 --key FILE`; list."""


@command.command()
@click.argument("signal", metavar="PRACTICE.SIGNAL")
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path),
    required=True,
    help="The private key of the person who signs.",
)
@passphrase_option
@click.option("--role", default="", help="The role signed in; needed where the person has several that fit.")
@click.option(
    "--statement", "words", default="", metavar="FILE|TEXT", help="What is said, or the file that is signed."
)
@click.option("--days", type=float, help="How long it counts; as long as the practice allows if not given.")
@click.option(
    "--remove", multiple=True, metavar="ID", help="SEC-11.2: a key or person to be removed; repeatable."
)
@workload_option
@json_option
def sign(
    *,
    signal: str,
    key_file: Path,
    passphrase: str | None,
    role: str,
    words: str,
    days: float | None,
    remove: tuple[str, ...],
    folder: Path,
    as_json: bool,
) -> None:
    """Sign for PRACTICE.SIGNAL, e.g. UC-01.2. The signature ends with its term, and when what was signed changes."""
    from colonnade.assembly.attesting import Signing, attest  # noqa: PLC0415 - loads every pillar

    key = read_private(key_file, passphrase_of(passphrase))
    made = attest(folder, Signing(signal, key, role, words, days, remove), time.time())
    said = made.statement.predicate
    if as_json:
        told = {"record": made.record.id, "statement": msgspec.to_builtins(made.statement)}
        click.echo(json.dumps(told, indent=2))
        return
    things = ", ".join(f"{it.name} {it.sha256[:19]}" for it in made.statement.subject)
    click.echo(f"{said.signer} signed {said.practice}.{said.signal} as {said.role} over {things}")
    click.echo(f"counts until {_day(said.expires_at)}, or until this changes; recorded {made.record.id[:19]}")


@command.command(name="list")
@workload_option
@json_option
def list_signatures(folder: Path, as_json: bool) -> None:
    """List every signature, whether it counts now, and why not."""
    from colonnade.assembly.signatures import signatures_now  # noqa: PLC0415 - loads every pillar

    found = signatures_now(folder, time.time())
    if as_json:
        click.echo(json.dumps({name: msgspec.to_builtins(seen) for name, seen in found.items()}, indent=2))
        return
    for name, seen in found.items():
        for each in seen.signatures:
            why = f": {each.why}" if each.why else f" until {_day(each.expires_at)}"
            click.echo(f"{name:9} {each.state:8} {each.person} ({each.role}), {_day(each.signed_at)}{why}")
        for problem in seen.problems:
            click.echo(f"{name:9} problem  {problem}")
    if not found:
        click.echo("nobody signed anything yet: `colonnade attest PRACTICE.SIGNAL --key FILE`")


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
