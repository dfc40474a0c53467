"""`colonnade explain`: how a verdict or an answer came about."""

from __future__ import annotations

import difflib
import json
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from colonnade.cli.options import json_option, workload_option
from colonnade.cli.request import request
from colonnade.cli.review import environment_option, reviewed
from colonnade.evidence.record import Environment
from colonnade.review.catalogue import Practice, catalogue
from colonnade.review.judge import Evidence, SignalResult
from colonnade.review.reference import practices_page, standings
from colonnade.review.report import RowResult

_WIDTH = 96


@click.group()
def command() -> None:
    """Show how a verdict or an answer came about."""


command.add_command(request)


@command.command()
@click.argument("identifier", metavar="ID")
@workload_option
@environment_option
@json_option
def practice(identifier: str, folder: Path, environment: Environment | None, as_json: bool) -> None:
    """Show a practice: its question, signals, evidence, verdicts, and what to do."""
    known = _known(identifier)
    row = reviewed(folder, environment).row(known.id)
    assert row is not None, "a report has a row for every practice of the catalogue"
    if as_json:
        click.echo(msgspec.json.encode(row, order="deterministic"))
    else:
        for line in explained(row):
            click.echo(line)


@command.command()
@click.option("--markdown", is_flag=True, help="Print the reference page of the documentation.")
@json_option
def practices(markdown: bool, as_json: bool) -> None:
    """List the practices of the catalogue, and how many of their signals are judged."""
    from colonnade.assembly.reviewing import judges  # noqa: PLC0415 - loads every pillar

    found = judges()
    if markdown:
        click.echo(practices_page(catalogue(), found), nl=False)
        return
    counted = {(judge.practice, judge.number) for judge in found}
    lines = [
        (each, sum((each.id, signal.number) in counted for signal in each.signals))
        for each in catalogue().practices
    ]
    if as_json:
        rows = [
            {"id": each.id, "title": each.title, "signals": len(each.signals), "judged": n}
            for each, n in lines
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    for each, judged in lines:
        click.echo(f"{each.id:<8} {judged}/{len(each.signals)}  {each.title}")


@command.command()
@click.option("--unjudged", is_flag=True, help="Only those that nothing judges yet.")
@json_option
def signals(unjudged: bool, as_json: bool) -> None:
    """List every signal of the catalogue: who judges it, or the mechanism that it waits for."""
    from colonnade.assembly.reviewing import judges  # noqa: PLC0415 - loads every pillar

    found = [each for each in standings(catalogue(), judges()) if not (unjudged and each.judge)]
    if as_json:
        click.echo(msgspec.json.encode(found, order="deterministic"))
        return
    for each in found:
        told = f"judged by {each.judge}" if each.judge else f"not yet judged, waits for: {each.waits_for}"
        click.echo(f"{each.name:<10} {each.kind:<12} {told}")
    click.echo(f"{sum(bool(each.judge) for each in found)} of {len(found)} judged")


def explained(row: RowResult) -> Iterator[str]:
    """A row in words, line by line."""
    waived = f", accepted as a risk until {row.waived_until}" if row.waived else ""
    score = "" if row.score is None else f" (score {int(row.score * 100)}%)"
    yield f"{row.id}  {row.title}"
    yield from _filled("", row.question)
    yield ""
    yield f"{row.state.replace('_', ' ')}{waived}: {row.reason}{score}; remaining risk {row.level} ({row.risk}-risk practice)"
    for signal in row.signals:
        yield ""
        yield from _signal(signal)
    yield ""
    yield from _filled("mechanism  ", row.mechanism)
    yield f"freshness  evidence counts for {row.freshness_days} days, and until what it was observed on changes"
    yield from _filled("relates to ", "; ".join(f"{name} {', '.join(ids)}" for name, ids in row.maps.items()))


def _signal(signal: SignalResult) -> Iterator[str]:
    yield from _filled(f"{signal.number}. ", signal.text)
    accepted = ", accepted" if signal.waived else ""
    yield from _filled(f"   {signal.state.replace('_', ' ')}{accepted}: ", signal.reason)
    figures = {"value": signal.value, "threshold": signal.threshold, "n": signal.n}
    shown = ", ".join(f"{name} {figure:g}" for name, figure in figures.items() if figure is not None)
    if shown:
        yield f"   {shown} (kind {signal.kind}, grade {signal.grade} of 4)"
    for each in signal.evidence:
        yield f"   evidence {_evidence(each)}"
    if signal.remedy:
        yield from _filled("   to do: ", signal.remedy)


def _evidence(each: Evidence) -> str:
    window = f"{_moment(each.window_start)} to {_moment(each.window_end)}"
    return f"{each.id[:19]} {each.topic} n={each.n}, {window}, until {_moment(each.expires_at)}, by {each.collector}"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")


def _filled(lead: str, text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead)) or [
        lead.rstrip()
    ]


def _known(identifier: str) -> Practice:
    found = catalogue().practice(identifier)
    if found is None:
        ids = [each.id for each in catalogue().practices]
        near = difflib.get_close_matches(identifier.upper(), ids, n=1)
        hint = f"; did you mean {near[0]}?" if near else "; `colonnade explain practices` lists them"
        raise click.BadParameter(f"{identifier} is no practice of the catalogue{hint}", param_hint="ID")
    return found
