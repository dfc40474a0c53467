"""`colonnade review`: the scorecard of a workload, from the evidence in its ledger."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from colonnade.cli.crosswalk import framework_option, show_framework
from colonnade.cli.document import format_option, out_option, write_report
from colonnade.cli.gate import asked_gate, earlier_report, gate_options, pass_gate
from colonnade.cli.options import json_option, workload_option
from colonnade.cli.scorecard import show
from colonnade.errors import CannotEvaluate, ColonnadeError, FaultyWorkload
from colonnade.evidence.record import Environment
from colonnade.review.due import SOON_DAYS
from colonnade.review.intact import refuse_broken_ledger
from colonnade.review.judge import day
from colonnade.review.report import Report

__all__ = ["command", "environment_option", "evaluating", "refuse_broken_ledger", "reviewed"]

ENVIRONMENTS = click.Choice(["rehearsal", "staging", "production"])


def environment_option(function: click.decorators.FC) -> click.decorators.FC:
    """`--environment`: which environment is reviewed; the workload file's own if not given."""
    option = click.option(
        "--environment",
        type=ENVIRONMENTS,
        help="The environment to review; `review.environment` if not given.",
    )
    return option(function)


def reviewed(folder: Path, environment: Environment | None) -> Report:
    """The review of a workload at this moment.

    Raises:
        FaultyWorkload: the workload folder has faults (exit code 2).
        CannotEvaluate: anything else that kept the review from being carried out (exit code 3).
    """
    from colonnade.assembly.reviewing import review_workload  # noqa: PLC0415 - loads every pillar

    with evaluating():
        return review_workload(folder, environment, time.time())


@contextmanager
def evaluating() -> Iterator[None]:
    """Whatever keeps a review from being carried out is told apart from a review that found something.

    Raises:
        FaultyWorkload: as it was raised.
        CannotEvaluate: for every other error.
    """
    try:
        yield
    except (FaultyWorkload, CannotEvaluate):
        raise
    except ColonnadeError as error:
        raise CannotEvaluate(f"the review could not be carried out: {error}") from error


@click.group(invoke_without_command=True)
@workload_option
@environment_option
@gate_options
@framework_option
@format_option
@out_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    *,
    folder: Path,
    environment: Environment | None,
    framework: str | None,
    written_as: str | None,
    out: Path | None,
    as_json: bool,
    **gating: Any,
) -> None:
    """Judge all practices from recorded evidence and print the scorecard; `colonnade export` writes other formats.

    Exit code 0 when the review was carried out, whatever it says; 2 for a faulty workload folder or a wrong
    option; 3 when it could not be carried out, or when the ledger that it rests on does not verify. With --gate,
    1 for what got worse, for a waiver that lapsed and for a contradiction.
    """
    if context.invoked_subcommand is not None:
        return
    asked = asked_gate(**gating)
    if out is not None and written_as is None:
        raise click.UsageError("--out writes a document: say which by --format")
    report = reviewed(folder, environment)
    if written_as is not None:
        before = None
        if asked is not None and asked.against is not None:
            before = earlier_report(report, asked.against, folder)
        write_report(report, written_as, out, folder, before=before, as_json=as_json)
    elif framework is not None:
        show_framework(report, framework, as_json)
    elif asked is None and as_json:
        sys.stdout.buffer.write(report.encode() + b"\n")
        sys.stdout.buffer.flush()
    elif asked is None:
        show(report, Console(highlight=False))
    refuse_broken_ledger(report)
    if asked is not None:
        with evaluating():
            pass_gate(report, asked, folder, alone=written_as is None and framework is None, as_json=as_json)


@command.command()
@click.option(
    "--days", type=click.FloatRange(0), default=SOON_DAYS, show_default=True, help="How far to look ahead."
)
@workload_option
@environment_option
@json_option
def due(days: float, folder: Path, environment: Environment | None, as_json: bool) -> None:
    """List what ends soon, the soonest first, each with the command that renews it."""
    from colonnade.assembly.planning import ending_soon  # noqa: PLC0415 - loads every pillar

    with evaluating():
        found = ending_soon(folder, environment, days, time.time())
    if as_json:
        click.echo(msgspec.json.encode(found, order="deterministic"))
        return
    for each in found:
        click.echo(f"{day(each.at)}  {each.what:8}  {each.name:<10} {each.renew}")
    if not found:
        click.echo(f"nothing ends within {days:g} days")
