"""`colonnade review`: the scorecard of a workload, from the evidence in its ledger."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
from rich.console import Console

from colonnade.cli.options import json_option, workload_option
from colonnade.cli.scorecard import show
from colonnade.errors import CannotEvaluate, ColonnadeError, FaultyWorkload
from colonnade.evidence.record import Environment
from colonnade.review.report import Report

CHAIN = ("RAI-07", 1)
"""The signal that says whether the ledger verifies."""

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

    try:
        return review_workload(folder, environment, time.time())
    except (FaultyWorkload, CannotEvaluate):
        raise
    except ColonnadeError as error:
        raise CannotEvaluate(f"the review could not be carried out: {error}") from error


@click.command()
@workload_option
@environment_option
@json_option
def command(folder: Path, environment: Environment | None, as_json: bool) -> None:
    """Judge all practices from recorded evidence and print the scorecard.

    Exit code 0 when the review was carried out, whatever it says; 2 for a faulty workload folder or a wrong
    option; 3 when it could not be carried out, or when the ledger that it rests on does not verify.
    """
    report = reviewed(folder, environment)
    if as_json:
        sys.stdout.buffer.write(report.encode() + b"\n")
        sys.stdout.buffer.flush()
    else:
        show(report, Console(highlight=False))
    refuse_broken_ledger(report)


def refuse_broken_ledger(report: Report) -> None:
    """A report over altered evidence says so by its exit code, too.

    Raises:
        CannotEvaluate: the hash chain does not verify.
    """
    row = report.row(CHAIN[0])
    states = [signal.state for signal in row.signals if signal.number == CHAIN[1]] if row else []
    if "fail" in states:
        raise CannotEvaluate(
            "the ledger does not verify, so no verdict above counts: see `colonnade ledger verify`"
        )
