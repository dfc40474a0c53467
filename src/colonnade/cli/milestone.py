"""`colonnade milestone`: signed pictures of reviews, what changed between them, and how long risks stay open."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
from rich.console import Console

from colonnade.cli.options import json_option, workload_option
from colonnade.cli.review import evaluating
from colonnade.cli.scorecard import show as show_scorecard
from colonnade.errors import CannotEvaluate
from colonnade.review.difference import Difference, difference
from colonnade.review.milestone import NOW


@click.group()
def command() -> None:
    """Signed pictures of reviews: create, list, show, diff, trend."""


@command.command()
@click.argument("name")
@click.option("--note", default="", help="Words for those who read it later.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write a copy, e.g. for the repository."
)
@workload_option
@json_option
def create(*, name: str, note: str, out: Path | None, folder: Path, as_json: bool) -> None:
    """Review now and keep the review, signed, as NAME."""
    from colonnade.assembly.milestones import create_milestone  # noqa: PLC0415 - loads every pillar

    with evaluating():
        made = create_milestone(folder, name, time.time(), note=note, out=out)
    head = made.report.headline
    if as_json:
        told = {
            "name": made.name,
            "made_at": made.made_at,
            "open_high": head.open_high,
            "evidence": len(made.evidence),
        }
        click.echo(json.dumps(told, indent=2))
        return
    click.echo(
        f"{made.name}: {head.open_high} open HIGH, {head.rows.get('proven', 0)} proven, {len(made.evidence)} records"
    )


@command.command(name="list")
@workload_option
@json_option
def list_milestones(*, folder: Path, as_json: bool) -> None:
    """List every milestone, whether it is still what was signed; exit 1 where one is not."""
    from colonnade.assembly.milestones import milestones  # noqa: PLC0415 - loads every pillar

    found = milestones(folder)
    if as_json:
        told = [{"name": it.name, "made_at": it.made_at, "fault": it.fault} for it in found]
        click.echo(json.dumps(told, indent=2))
    else:
        for each in found:
            if each.milestone is None:
                click.echo(f"{_moment(each.made_at)}  {each.name:<20} BROKEN: {each.fault}")
                continue
            head = each.milestone.report.headline
            click.echo(
                f"{_moment(each.made_at)}  {each.name:<20} {head.open_high} open HIGH, {head.rows.get('proven', 0)}"
                f" proven  {each.milestone.note}".rstrip()
            )
        if not found:
            click.echo("there is none yet: `colonnade milestone create NAME`")
    if any(each.fault for each in found):
        raise SystemExit(1)


@command.command()
@click.argument("name")
@workload_option
@json_option
def show(*, name: str, folder: Path, as_json: bool) -> None:
    """Show the scorecard of a milestone, as it was; NAME may be the path of a copy."""
    from colonnade.assembly.milestones import milestone_named  # noqa: PLC0415 - loads every pillar

    with evaluating():
        found = milestone_named(folder, name)
    if as_json:
        click.echo(msgspec.json.encode(found, order="deterministic"))
        return
    click.echo(
        f"{found.name}, signed {_moment(found.made_at)} by {found.made_by}, over {len(found.evidence)} records and"
        f" {len(found.waivers)} waivers; the ledger ended with entry {found.ledger.seq}"
    )
    show_scorecard(found.report, Console(highlight=False))


@command.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="[B|now]", default=NOW)
@workload_option
@json_option
def diff(*, before: str, after: str, folder: Path, as_json: bool) -> None:
    """Show what changed from A to B: regressed, new, stale, unknown, still open, resolved by proof."""
    from colonnade.assembly.milestones import report_at  # noqa: PLC0415 - loads every pillar

    with evaluating():
        now = time.time()
        earlier = report_at(folder, before, now)
        later = report_at(folder, after, now, earlier.environment)
    if earlier.environment != later.environment:
        raise CannotEvaluate(f"{before} is of {earlier.environment}, {after} of {later.environment}")
    found = difference(earlier, later)
    if as_json:
        click.echo(msgspec.json.encode(found, order="deterministic"))
        return
    _show_difference(found)


@command.command()
@workload_option
@json_option
def trend(*, folder: Path, as_json: bool) -> None:
    """Show how reviews went over milestones, and how long risks take to close."""
    from colonnade.assembly.planning import trend_of  # noqa: PLC0415 - loads every pillar

    with evaluating():
        found = trend_of(folder)
    if as_json:
        click.echo(msgspec.json.encode(found, order="deterministic"))
        return
    for point in found.points:
        scores = [score for score in point.scores.values() if score is not None]
        mean = sum(scores) / len(scores) if scores else 0.0
        click.echo(
            f"{_moment(point.at)}  {point.name:<20} {point.open_high:>3} open HIGH  {point.proven:>3} proven"
            f"  coverage {point.coverage:.0%}  mean of pillars {mean:.0%}"
        )
    for closing in found.closings:
        median = "-" if closing.median_days is None else f"{closing.median_days:.1f} days"
        oldest = "-" if closing.oldest_days is None else f"{closing.oldest_days:.1f} days"
        click.echo(
            f"{closing.risk:<6} risks: {closing.closed} closed, median {median}; {closing.open} open, oldest {oldest}"
        )
    if not found.points:
        click.echo("there is no milestone yet: `colonnade milestone create NAME`")


def _show_difference(found: Difference) -> None:
    if found.catalogue_changed:
        click.echo("the catalogue is another one; practices that changed in it are not compared")
    for each in found.moved:
        click.echo(
            f"{each.how.replace('_', ' '):<18} {each.practice:<8} {each.before} -> {each.after}"
            f" ({each.level_before} -> {each.level_after})  {each.title}"
        )
    counts = ", ".join(f"{n} {how.replace('_', ' ')}" for how, n in found.counts.items())
    click.echo(counts or "nothing is open, nothing changed")


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
