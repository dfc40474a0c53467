"""`colonnade drill`: exercise the running workload; each drill leaves a record that the review judges."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from colonnade.cli.options import json_option, workload_option
from colonnade.drills.drill import Outcome


@click.group()
def command() -> None:
    """Exercise the running workload, with witnesses."""


@command.command(name="list")
@workload_option
@json_option
def list_drills(folder: Path, as_json: bool) -> None:
    """List the drills that can be run, and the practices that they prove or refute."""
    from colonnade.assembly.drills.running import known_drills  # noqa: PLC0415 - loads every pillar

    drills = known_drills(folder)
    if as_json:
        rows = [{"name": it.name, "hypothesis": it.hypothesis, "practices": it.practices} for it in drills]
        click.echo(json.dumps(rows, indent=2))
        return
    for drill in drills:
        click.echo(f"{drill.name:<15} {drill.hypothesis} ({', '.join(drill.practices)})")


@command.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME|all ...")
@workload_option
@click.option(
    "--port", type=int, default=8080, envvar="PORT", show_default=True, help="Where the gateway listens."
)
@click.option(
    "--elsewhere",
    multiple=True,
    metavar="ADDRESS",
    help="Another address of this machine to try; repeatable.",
)
@json_option
def run(names: tuple[str, ...], folder: Path, port: int, elsewhere: tuple[str, ...], as_json: bool) -> None:
    """Run drills against the gateway of this workload; exit 0 when each left a record, else 1."""
    outcomes = asyncio.run(_run(names, folder, port, elsewhere, loud=not as_json))
    if as_json:
        click.echo(json.dumps([_plain(outcome) for outcome in outcomes], indent=2))
    sys.exit(0 if all(outcome.record is not None for outcome in outcomes) else 1)


async def _run(
    names: Sequence[str], folder: Path, port: int, elsewhere: Sequence[str], *, loud: bool
) -> list[Outcome]:
    from colonnade.assembly.drills.running import run_drills  # noqa: PLC0415 - loads every pillar

    outcomes = []
    async for outcome in run_drills(folder, "127.0.0.1", port, names, elsewhere):
        outcomes.append(outcome)
        if loud:
            click.echo(_line(outcome))
    return outcomes


def _line(outcome: Outcome) -> str:
    if outcome.record is None:
        return f"{outcome.drill.name:<15} not carried out: {outcome.problem}"
    practices = ", ".join(outcome.drill.practices)
    return f"{outcome.drill.name:<15} recorded {outcome.record.id[:19]}, n={outcome.record.n}, judged by {practices}"


def _plain(outcome: Outcome) -> dict[str, object]:
    record = outcome.record
    found = {"id": record.id, "n": record.n, "facts": record.facts} if record is not None else None
    return {"drill": outcome.drill.name, "record": found, "problem": outcome.problem}
