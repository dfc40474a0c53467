"""`colonnade ledger verify`: whether the evidence is what was recorded."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from colonnade.cli.journal import open_ledger
from colonnade.cli.options import json_option, workload_option
from colonnade.evidence.change import operator
from colonnade.evidence.retention import sweep
from colonnade.evidence.verification import Verification
from colonnade.registry.folder import load_workload


@click.group()
def command() -> None:
    """The hash-chained ledger of everything recorded."""


@command.command()
@workload_option
@json_option
def verify(folder: Path, as_json: bool) -> None:
    """Read the whole ledger again; exit 0 if intact, 1 with every break named."""
    with open_ledger(folder, to_read=True) as ledger:
        found = ledger.verify()
        public_key = ledger.checkpoints.public_key
    if as_json:
        click.echo(json.dumps({"intact": found.intact, "public_key": public_key, **asdict(found)}, indent=2))
    else:
        _print(found)
    sys.exit(0 if found.intact else 1)


@command.command()
@workload_option
@json_option
def prune(folder: Path, as_json: bool) -> None:
    """Delete what is older than the workload's `retention` allows; the run itself stands in the ledger."""
    retention = load_workload(folder).specification.retention
    with open_ledger(folder) as ledger:
        taken = sweep(ledger, retention, now=time.time(), actor=operator())
    counts = {"requests": taken.requests, "prompts": taken.prompts, "answers": taken.answers}
    click.echo(
        json.dumps(counts) if as_json else ", ".join(f"{n} {name}" for name, n in counts.items()) + " deleted"
    )


def _print(found: Verification) -> None:
    for broken in found.breaks:
        place = f"entry {broken.seq}" if broken.seq else "outside the entries"
        name = broken.ref or "(its name is gone with it)"
        click.echo(f"{broken.what}: {place}, {name}: {broken.detail}")
    if found.broken > len(found.breaks):
        click.echo(f"... and {found.broken - len(found.breaks)} more")
    span = f" from {_day(found.first_at)} to {_day(found.last_at)}" if found.entries else ""
    click.echo(f"{found.entries} entries{span}, {found.checkpoints} signed checkpoints")
    click.echo("intact" if found.intact else f"BROKEN: {found.broken} findings")


def _day(at: float | None) -> str:
    return datetime.fromtimestamp(at or 0.0, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
