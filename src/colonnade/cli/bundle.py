"""`colonnade bundle`: a review with everything that it rests on in one file, and its verification anywhere."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from colonnade.assembly.bundling import Verified, create_bundle, verify_bundle
from colonnade.cli.options import json_option, workload_option
from colonnade.cli.review import environment_option
from colonnade.evidence.record import Environment
from colonnade.review.exports.words import minute


@click.group()
def command() -> None:
    """A review with all of its evidence, for somebody who does not trust us."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@environment_option
@workload_option
@json_option
def create(file: Path, environment: Environment | None, folder: Path, as_json: bool) -> None:
    """Review the workload and write FILE: report, ledger, records, waivers, checkpoints, signed.

    Requests and changes are in it by digest alone: no prompt and no answer leaves.
    """
    bundled = create_bundle(folder, environment, time.time(), file)
    manifest = bundled.manifest
    told: dict[str, Any] = {
        "file": str(file),
        "bytes": file.stat().st_size,
        "records": manifest.records,
        "entries": manifest.entries,
        "public_key": manifest.public_key,
    }
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(f"{file}: {manifest.records} records, {manifest.entries} entries of the ledger")
    click.echo(f"signed by {manifest.public_key}: tell this key to those who verify, by another way")


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--key", metavar="HEX", help="The public key that must have signed (`colonnade ledger verify --json`)."
)
@json_option
def verify(file: Path, key: str | None, as_json: bool) -> None:
    """Judge the evidence in FILE again and compare; needs no workload, store, key or network.

    Exit code 0 when every byte is what was signed and the report follows from it, 1 with everything named that is
    altered, missing or out of order, 3 when it cannot be verified here.
    """
    found = verify_bundle(file)
    stranger = key is not None and key.lower() != found.manifest.public_key
    sound = found.intact and not stranger
    if as_json:
        click.echo(json.dumps(_told(found, sound, stranger), indent=2))
    else:
        _print(found, key, stranger)
    sys.exit(0 if sound else 1)


def _told(found: Verified, sound: bool, stranger: bool) -> dict[str, Any]:
    manifest = found.manifest
    return {
        "intact": sound,
        "expected_key": not stranger,
        "public_key": manifest.public_key,
        "environment": manifest.environment,
        "reviewed_at": manifest.reviewed_at,
        "records": manifest.records,
        "entries": manifest.entries,
        "broken": found.broken,
        "breaks": [asdict(each) for each in found.breaks],
    }


def _print(found: Verified, key: str | None, stranger: bool) -> None:
    manifest = found.manifest
    for each in found.breaks:
        place = f"entry {each.seq}, " if each.seq else ""
        click.echo(f"{each.what}: {place}{each.ref or 'its name is gone with it'}: {each.detail}")
    if found.broken > len(found.breaks):
        click.echo(f"... and {found.broken - len(found.breaks)} more")
    if stranger:
        click.echo(f"signed by another key than {key}: {manifest.public_key}")
    click.echo(
        f"{manifest.records} records, {manifest.entries} entries, reviewed {minute(manifest.reviewed_at)}"
    )
    if found.recomputed is not None:
        head = found.recomputed.headline
        click.echo(
            f"{found.recomputed.workload} in {manifest.environment}: recomputed to the same bytes; {head.open_high} open HIGH risks"
        )
        if key is None:
            click.echo(
                f"signed by {manifest.public_key}; nobody vouched for this key: compare it, or give --key"
            )
    click.echo("intact" if found.intact and not stranger else f"BROKEN: {max(1, found.broken)} findings")
