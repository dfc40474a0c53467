"""`colonnade drill`: exercise the running workload; each drill leaves a record that the review judges."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from colonnade.cli.drill_lines import line_of, live, plain, summary
from colonnade.cli.options import json_option, workload_option
from colonnade.drills.diary import Told
from colonnade.drills.drill import Outcome


@click.group()
def command() -> None:
    """Exercise the running workload, with witnesses."""


def port_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--port`, where the gateway listens."""
    option = click.option(
        "--port", type=int, default=8080, envvar="PORT", show_default=True, help="Where the gateway listens."
    )
    return option(function)


@command.command(name="list")
@workload_option
@json_option
def list_drills(folder: Path, as_json: bool) -> None:
    """List the drills that can be run, and the practices that they prove or refute."""
    from colonnade.assembly.drills.running import known_drills  # noqa: PLC0415 - loads every pillar

    drills = known_drills(folder)
    if as_json:
        rows = [
            {"name": it.name, "hypothesis": it.hypothesis, "practices": it.practices, "group": it.group}
            for it in drills
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    for drill in drills:
        click.echo(f"{drill.name:<15} {drill.hypothesis} ({', '.join(drill.practices)})")


@command.command()
@click.argument("names", nargs=-1, metavar="NAME|all ...")
@workload_option
@port_option
@click.option(
    "--elsewhere",
    multiple=True,
    metavar="ADDRESS",
    help="Another address of this machine to try; repeatable.",
)
@click.option(
    "--only",
    multiple=True,
    metavar="WORD",
    help="Carry out these experiments of a drill alone: a fault, an upstream, a component, `kill`, ...; repeatable.",
)
@click.option("--target", metavar="NAME", help="Aim the drill `load` at an endpoint of `drills.targets`.")
@click.option(
    "--file",
    "experiment",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Carry out an experiment in Chaos Toolkit's shape instead.",
)
@click.option("--gate", is_flag=True, help="End with 1 also where a drill failed.")
@json_option
def run(
    *,
    names: tuple[str, ...],
    folder: Path,
    port: int,
    elsewhere: tuple[str, ...],
    only: tuple[str, ...],
    target: str | None,
    experiment: Path | None,
    gate: bool,
    as_json: bool,
) -> None:
    """Run drills against the gateway of this workload; exit 0 when each one saw its effect, else 1.

    A failed drill has been carried out: the review judges it. With `--gate` it ends with 1, too.
    """
    if not names and experiment is None:
        raise click.UsageError("name drills, or `all`, or give --file")
    if target is not None and names != ("load",):
        raise click.UsageError("only the drill `load` can be aimed at another endpoint")
    from colonnade.assembly.drills.running import run_at, run_drills, run_file  # noqa: PLC0415 - loads every pillar

    def begin(told: Told) -> AsyncIterator[Outcome]:
        if experiment is not None:
            return run_file(folder, port, experiment, told=told)
        if target is not None:
            return run_at(folder, port, target, told=told)
        return run_drills(folder, "127.0.0.1", port, names, elsewhere, told=told, only=only)

    outcomes = asyncio.run(_run(begin, loud=not as_json))
    if as_json:
        click.echo(json.dumps([plain(outcome) for outcome in outcomes], indent=2))
    else:
        click.echo(summary(outcomes), err=True)
    good = {"passed"} if gate else {"passed", "failed"}
    sys.exit(0 if all(it.run is not None and it.run.verdict in good for it in outcomes) else 1)


async def _run(begin: Callable[[Told], AsyncIterator[Outcome]], *, loud: bool) -> list[Outcome]:
    outcomes = []
    with live(shown=loud) as told:
        async for outcome in begin(told):
            outcomes.append(outcome)
            if loud:
                click.echo(line_of(outcome))
    return outcomes


@command.command()
@workload_option
@click.option("--days", type=float, default=7.0, show_default=True, help="How far ahead to look.")
@json_option
def due(folder: Path, days: float, as_json: bool) -> None:
    """List the drills whose evidence is missing, was voided by a change, or expires soon."""
    from colonnade.assembly.drills.due import drills_due  # noqa: PLC0415 - loads every pillar

    found = drills_due(folder, days)
    if as_json:
        rows = [
            {"drill": it.drill, "practices": it.practices, "by": it.by, "reason": it.reason} for it in found
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    for it in found:
        day = datetime.fromtimestamp(it.by, UTC).strftime("%Y-%m-%d")
        click.echo(f"{it.drill:<15} by {day}  {', '.join(it.practices)}: {it.reason}")
    click.echo(f"{len(found)} due within {days:g} days", err=True)


@command.command()
@click.argument("fault")
@click.option(
    "--upstream", "upstreams", multiple=True, required=True, help="A name of `upstreams`; repeatable."
)
@click.option(
    "--seconds", type=float, default=60.0, show_default=True, help="It ends by itself after this time."
)
@click.option(
    "--share", type=float, default=0.0, show_default=True, help="Share of ordinary calls that meet it, too."
)
@workload_option
def arm(fault: str, upstreams: tuple[str, ...], seconds: float, share: float, folder: Path) -> None:
    """Have calls of drills meet a fault in the place of upstreams, by hand."""
    from colonnade.assembly.drills.operating import arm as do  # noqa: PLC0415 - loads every pillar

    do(folder, fault, upstreams, seconds, share)
    click.echo(f"armed for {seconds:g} s: {fault} at {', '.join(upstreams)}")


@command.command()
@workload_option
def disarm(folder: Path) -> None:
    """Have calls answered by their upstreams again."""
    from colonnade.assembly.drills.operating import disarm as do  # noqa: PLC0415 - loads every pillar

    do(folder)
    click.echo("disarmed")


@command.command()
@workload_option
def restore(folder: Path) -> None:
    """Take back what drills left behind that were killed; `colonnade up` and every drill do the same."""
    from colonnade.assembly.drills.operating import restore as do  # noqa: PLC0415 - loads every pillar

    taken = do(folder)
    for entry in taken:
        click.echo(f"taken back: {entry.kind} of {entry.experiment}")
    click.echo(f"{len(taken)} left behind", err=True)


@command.command()
@click.argument("drill")
@click.argument("signal")
@workload_option
@port_option
def read(drill: str, signal: str, folder: Path, port: int) -> None:
    """Print a signal of a drill's steady state as a number; exported experiments use it as their probe."""
    from colonnade.assembly.drills.operating import read_signal  # noqa: PLC0415 - loads every pillar

    click.echo(f"{read_signal(folder, port, drill, signal):g}")


@command.command()
@click.argument("name")
@click.option(
    "--chaostoolkit", "shape", flag_value="chaostoolkit", help="Chaos Toolkit's JSON, one line a document."
)
@click.option("--locust", "shape", flag_value="locust", help="A file for Locust; of the drill `load`.")
@workload_option
@port_option
def export(name: str, shape: str | None, folder: Path, port: int) -> None:
    """Print the experiments of a drill for another program."""
    from colonnade.assembly.drills.operating import exported, exported_load  # noqa: PLC0415 - loads every pillar

    if shape == "locust":
        if name != "load":
            raise click.UsageError("only the drill `load` can be exported as a Locust file")
        click.echo(exported_load(folder, port=port), nl=False)
        return
    documents = exported(folder, name, port=port)
    click.echo(json.dumps([json.loads(document) for document in documents], indent=2))
