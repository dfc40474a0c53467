"""The whole report as one Markdown page: headline, pillars, what to do, and every practice with its signals."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.exports.marked import code, marked
from colonnade.review.exports.matter import Matter
from colonnade.review.exports.words import (
    CONTRIBUTES,
    PILLAR_NAMES,
    STATE_MARKS,
    day,
    minute,
    name_of,
    percent,
    score,
    spoken,
)
from colonnade.review.judge import SignalResult
from colonnade.review.report import Action, Report, RowResult


def markdown(matter: Matter) -> bytes:
    """The page in UTF-8."""
    return ("\n".join(_page(matter.report)) + "\n").encode("utf-8", "replace")


def headline(report: Report) -> Iterator[str]:
    """What a reader sees first, as a list: deliberately not one number."""
    head = report.headline
    accepted = f", {head.accepted_high} more accepted" if head.accepted_high else ""
    yield f"- **{head.open_high} open HIGH risks**{accepted}"
    if head.weakest is not None:
        yield f"- weakest pillar: {PILLAR_NAMES[head.weakest]}"
    yield f"- coverage: {percent(head.coverage)} of the practices have evidence that proves or refutes a signal"
    if head.accepted:
        yield f"- accepted risk: {percent(head.accepted)} of the practices are waived"
    if head.soonest_expiry is not None:
        soonest = head.soonest_expiry
        yield f"- first evidence to expire: {soonest.practice}.{soonest.signal} on {day(soonest.at)}"


def pillars(report: Report) -> Iterator[str]:
    """The eight pillars as a table."""
    yield "| pillar | grade | score | by exercise | proven | open HIGH |"
    yield "|---|---|---:|---:|---:|---:|"
    for each in report.pillars:
        yield (
            f"| {PILLAR_NAMES[each.pillar]} | {each.letter} | {score(each.score)} | {percent(each.exercised)} "
            f"| {each.proven} of {each.applicable} | {each.open_high} |"
        )


def waivers(report: Report) -> Iterator[str]:
    """Every waiver and what it does."""
    yield "| waiver | state | why | owner | approver | expires |"
    yield "|---|---|---|---|---|---|"
    for each in report.waivers:
        waiver = each.waiver
        cells = (
            waiver.what,
            each.state,
            f"{waiver.reason}: {each.why}",
            waiver.owner,
            waiver.approver,
            waiver.expires,
        )
        yield f"| {' | '.join(map(marked, cells))} |"


def actions(chosen: tuple[Action, ...]) -> Iterator[str]:
    """What to do next, best first."""
    for place, action in enumerate(chosen, start=1):
        closes = ", ".join(action.closes[:6]) + (", ..." if len(action.closes) > 6 else "")
        yield f"{place}. {marked(action.what)} (closes {marked(closes)}; effort {action.effort})"


def _page(report: Report) -> Iterator[str]:
    yield f"# Review of {marked(report.workload)} in {report.environment}"
    yield ""
    yield (
        f"Reviewed {minute(report.reviewed_at)} on catalogue version {report.catalogue_version}, window "
        f"{report.rules.window_hours:g} h, at least {report.rules.minimum_n} samples, zero-tolerance claim "
        f"{percent(report.rules.zero_tolerance_claim)}. Workload {code(report.workload_digest[:19])}."
    )
    yield ""
    yield from headline(report)
    yield ""
    yield "## Pillars"
    yield ""
    yield from pillars(report)
    yield ""
    yield "## What to do next"
    yield ""
    yield from actions(report.actions) if report.actions else ("Nothing is open that its owner could close.",)
    for pillar in report.pillars:
        rows = [row for row in report.rows if row.pillar == pillar.pillar]
        if rows:
            yield ""
            yield f"## {PILLAR_NAMES[pillar.pillar]}"
        for row in rows:
            yield from _practice(row)
    if report.waivers:
        yield ""
        yield "## Accepted risks"
        yield ""
        yield from waivers(report)
    yield ""
    yield CONTRIBUTES


def _practice(row: RowResult) -> Iterator[str]:
    waived = ", risk accepted" if row.waived else ""
    yield ""
    yield f"### {marked(row.id)} {marked(row.title)}"
    yield ""
    yield (
        f"{STATE_MARKS[row.state]} **{spoken(row.state)}**{waived}, risk {row.risk}, remaining {row.level}, score "
        f"{score(row.score)}: {marked(row.reason)}"
    )
    if row.signals:
        yield ""
        yield "| signal | state | why | n | expires | evidence |"
        yield "|---|---|---|---:|---|---|"
        for signal in row.signals:
            yield _signal(row, signal)


def _signal(row: RowResult, signal: SignalResult) -> str:
    cells = (
        f"{marked(name_of(row, signal))} {marked(signal.text)}",
        f"{STATE_MARKS[signal.state]} {spoken(signal.state)}",
        marked(signal.reason),
        "" if signal.n is None else str(signal.n),
        "" if signal.expires_at is None else day(signal.expires_at),
        " ".join(code(each.id[:19]) for each in signal.evidence),
    )
    return f"| {' | '.join(cells)} |"
