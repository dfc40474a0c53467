"""`colonnade review --gate`: what a pipeline asks of a review, and how it is told."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import click
import msgspec

from colonnade.errors import CannotEvaluate
from colonnade.review.catalogue import PILLARS, Pillar
from colonnade.review.difference import MOVEMENTS
from colonnade.review.gate import FailOn, Gate, gate
from colonnade.review.report import Report

_WORDS = {
    "open": "open risk",
    "new": "new risk",
    "regressed": "regressed",
    "waiver_lapsed": "waiver lapsed",
    "conflict": "conflict",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of the gate."""

    against: str | None
    fail_on: FailOn
    pillars: tuple[Pillar, ...]
    report_only: bool


def gate_options(function: click.decorators.FC) -> click.decorators.FC:
    """`--gate` and what goes with it."""
    options = (
        click.option(
            "--gate", "gating", is_flag=True, help="Stop a pipeline: exit code 1 for what got worse."
        ),
        click.option(
            "--against",
            metavar="MILESTONE",
            help="Compare with this milestone; without it, every open risk stops.",
        ),
        click.option(
            "--fail-on",
            type=click.Choice(["high", "medium"]),
            help="The least risk that stops; high if not given.",
        ),
        click.option(
            "--pillar",
            "pillars",
            type=click.Choice(PILLARS),
            multiple=True,
            help="Only this pillar; repeatable.",
        ),
        click.option("--report-only", is_flag=True, help="Say what would stop, and end with 0."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def asked_gate(
    *,
    gating: bool,
    against: str | None,
    fail_on: FailOn | None,
    pillars: tuple[Pillar, ...],
    report_only: bool,
) -> Asked | None:
    """What is asked of the gate, None where no gate is; an option of the gate without it is a usage error."""
    if gating:
        return Asked(against, fail_on or "high", pillars, report_only)
    if against is not None or fail_on is not None or pillars or report_only:
        raise click.UsageError("--against, --fail-on, --pillar and --report-only go with --gate")
    return None


def pass_gate(report: Report, asked: Asked, folder: Path, *, alone: bool, as_json: bool) -> None:
    """Tell what the gate says, and end with its exit code.

    Args:
        report: the review now.
        asked: what of it stops.
        folder: the workload folder, where milestones are.
        alone: nothing else was printed, so that the standard output is free.
        as_json: print JSON with the gate and the report, if alone.

    Raises:
        CannotEvaluate: the milestone is not there, or of another environment.
    """
    earlier = None if asked.against is None else earlier_report(report, asked.against, folder)
    found = gate(report, against=earlier, fail_on=asked.fail_on, pillars=asked.pillars)
    if alone and as_json:
        told = {"gate": found, "exit_code": found.exit_code, "report": report}
        sys.stdout.buffer.write(msgspec.json.encode(told, order="deterministic") + b"\n")
        sys.stdout.buffer.flush()
    else:
        for line in lines(found, asked.against):
            click.echo(line, err=not alone)
    sys.exit(0 if asked.report_only and found.exit_code == 1 else found.exit_code)


def lines(found: Gate, against: str | None) -> list[str]:
    """The gate in words."""
    told = [
        f"{_WORDS[stop.cause]:<13} {stop.level:<6} {stop.practice:<8} {stop.reason}" for stop in found.stops
    ]
    told += [f"{'not judged':<13} {name}" for name in found.unjudged]
    if found.difference is not None:
        counts = found.difference.counts
        moved = ", ".join(f"{counts[how]} {how.replace('_', ' ')}" for how in MOVEMENTS if how in counts)
        told.append(f"since {against}: {moved or 'nothing changed'}")
    word = {0: "passes", 1: f"stops: {len(found.stops)}", 3: "could not be evaluated"}[found.exit_code]
    return [*told, f"gate {word}"]


def earlier_report(report: Report, name: str, folder: Path) -> Report:
    """The report of a milestone that a review can be compared with.

    Raises:
        CannotEvaluate: the milestone is not there, or of another environment.
    """
    from colonnade.assembly.milestones import milestone_named  # noqa: PLC0415 - loads every pillar

    earlier = milestone_named(folder, name).report
    if earlier.environment != report.environment or earlier.workload != report.workload:
        raise CannotEvaluate(
            f"milestone {name} is of {earlier.workload} in {earlier.environment}, the review of {report.workload} in"
            f" {report.environment}"
        )
    return earlier
