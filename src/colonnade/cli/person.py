"""`colonnade key person`: people who may sign, by the public half of a key that only they hold."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from colonnade.cli.granted import granting
from colonnade.cli.journal import open_ledger
from colonnade.cli.options import json_option, workload_option
from colonnade.cli.passphrase import passphrase_of, passphrase_option
from colonnade.evidence.change import operator
from colonnade.evidence.people import VALID_DAYS, People, Person, PersonRole
from colonnade.evidence.signing_key import read_public, write_private


@click.group(cls=granting("enrol"))
def person() -> None:
    """People who may sign: `colonnade key person NAME --role ROLE` enrols one; list; revoke."""


@person.command()
@click.argument("name")
@click.option(
    "--role",
    "roles",
    type=click.Choice(get_args(PersonRole)),
    multiple=True,
    required=True,
    help="Repeatable.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where the new private key goes; NAME.key if not given."
)
@click.option(
    "--public-key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Enrol this public key (Ed25519, PEM) instead of making one.",
)
@click.option("--valid-days", type=float, default=VALID_DAYS, show_default=True, help="At most 730.")
@passphrase_option
@workload_option
@json_option
def enrol(
    *,
    name: str,
    roles: tuple[PersonRole, ...],
    out: Path | None,
    public_key: Path | None,
    valid_days: float,
    passphrase: str | None,
    folder: Path,
    as_json: bool,
) -> None:
    """Enrol NAME in one role or several. The private key goes into a file of mode 0600 that the person keeps."""
    private = None if public_key else Ed25519PrivateKey.generate()
    key: Ed25519PublicKey = private.public_key() if private else read_public(public_key or Path())
    target = out or Path(f"{'-'.join(name.lower().split())}.key")
    with open_ledger(folder) as ledger:
        if private is not None:
            write_private(target, private, passphrase_of(passphrase, new=True))
        enrolled = People(ledger).enrol(
            name, roles, key, actor=operator(), now=time.time(), valid_days=valid_days
        )
    where = str(target) if private is not None else ""
    if as_json:
        click.echo(json.dumps({"private_key": where, **_facts(enrolled)}, indent=2))
        return
    click.echo(f"{enrolled.name} may sign as {', '.join(enrolled.roles)} until {_day(enrolled.valid_until)}")
    click.echo(
        f"key {enrolled.keyid[:12]}"
        + (f", private half in {where}: keep it, it is nowhere else" if where else "")
    )


@person.command(name="list")
@workload_option
@json_option
def list_people(folder: Path, as_json: bool) -> None:
    """List everybody enrolled, with key id, state, term and roles."""
    with open_ledger(folder) as ledger:
        people = People(ledger).load().values()
    if as_json:
        click.echo(json.dumps([_facts(each) for each in people], indent=2))
        return
    for each in people:
        state = each.state(time.time())
        click.echo(
            f"{each.keyid[:12]}  {state:8} until {_day(each.valid_until)}  {each.name}: {', '.join(each.roles)}"
        )
    if not people:
        click.echo("nobody is enrolled yet: `colonnade key person NAME --role ROLE` enrols a person")


@person.command()
@click.argument("keyid")
@click.option("--reason", default="revoked", help="Why, for the ledger.")
@workload_option
def revoke(keyid: str, reason: str, folder: Path) -> None:
    """Revoke the key whose id begins with KEYID: nothing that it ever signed counts any more."""
    with open_ledger(folder) as ledger:
        revoked = People(ledger).revoke(keyid, actor=operator(), now=time.time(), reason=reason)
    click.echo(f"revoked the key {revoked.keyid[:12]} of {revoked.name}")


def _facts(person: Person) -> dict[str, Any]:
    names = ("name", "keyid", "roles", "public_key", "enrolled_at", "valid_until", "revoked_at")
    return {**{name: getattr(person, name) for name in names}, "state": person.state(time.time())}


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
