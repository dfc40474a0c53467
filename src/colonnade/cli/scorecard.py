"""The scorecard is the signature picture in plain characters: eight columns under one roof, and what to do next.

It reads the same without colour. Where only ASCII can be shown, every character is ASCII.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from colonnade.review.catalogue import PREFIXES, Pillar
from colonnade.review.proportions import percent
from colonnade.review.report import PillarResult, Report

WIDTH = 80
SHAFT = 10
"""Lines of a column; one line is a tenth of a full score."""
NAMES: dict[Pillar, str] = {
    "use_case": "Use case",
    "operational_excellence": "Operational excellence",
    "security": "Security",
    "reliability": "Reliability",
    "performance": "Performance",
    "cost": "Cost",
    "sustainability": "Sustainability",
    "responsible_ai": "Responsible AI",
}
REFUSED_SHOWN = 5
_ENDED = frozenset({"lapsed", "void"})
_INSET = " " * 4
_STYLES = {"A": "green", "B": "green", "C": "yellow", "D": "red", "E": "red", "-": "dim"}


@dataclass(frozen=True, slots=True)
class Stone:
    """The characters that the picture is built of."""

    solid: str
    hatched: str
    hollow: str
    wall: str
    rule: str
    slab: str
    crack: tuple[str, str]
    slope: str
    beam: str


UNICODE = Stone("█", "▒", " ", "│", "─", "▀", ("\u2571", "\u2572"), "▁", "▔")
ASCII = Stone("#", ":", " ", "|", "-", "=", ("/", "\\"), "_", "=")


def show(report: Report, console: Console) -> None:
    """Print the scorecard, in ASCII where the output is no terminal or cannot carry more."""
    rich_enough = console.is_terminal and console.encoding.lower().startswith("utf")
    for line in scorecard(report, UNICODE if rich_enough else ASCII):
        console.print(line, soft_wrap=True)


def as_text(report: Report, *, ascii_only: bool = True) -> str:
    """The scorecard as plain text without colour."""
    out = io.StringIO()
    console = Console(file=out, width=WIDTH, no_color=True, highlight=False)
    for line in scorecard(report, ASCII if ascii_only else UNICODE):
        console.print(line, soft_wrap=True)
    return out.getvalue()


def scorecard(report: Report, stone: Stone) -> Iterator[Text]:
    """Every line of the scorecard, at most 80 columns wide."""
    yield from _title(report, stone)
    yield from _roof(report.workload, stone)
    yield from _columns(report.pillars, stone)
    yield from _table(report.pillars, stone)
    yield from _high_risks(report)
    yield from _waivers(report)
    yield from _rejected(report)
    yield from _headline(report)
    yield from _actions(report)


def _title(report: Report, stone: Stone) -> Iterator[Text]:
    at = datetime.fromtimestamp(report.reviewed_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    rules = report.rules
    yield Text(f"{report.workload} in {report.environment}, reviewed {at}", style="bold")
    yield Text(
        f"{report.environment}: window {rules.window_hours:g} h, n >= {rules.minimum_n}, "
        f"zero-tolerance claim {percent(rules.zero_tolerance_claim)}",
        style="dim",
    )
    yield Text(stone.rule * WIDTH, style="dim")


def _roof(name: str, stone: Stone) -> Iterator[Text]:
    """A pediment in three steps, with the workload's name on it."""
    inscription = name if len(name) <= 38 else f"{name[:35]}..."
    for inner, step in (("", 16), (" " * 16, 12), (inscription.center(40), 16)):
        edge = stone.slope * step
        yield Text((f"{edge}{inner}{edge}" if inner else edge).center(WIDTH).rstrip())
    yield Text(f"{_INSET}{stone.beam * 72}")


def _columns(pillars: Sequence[PillarResult], stone: Stone) -> Iterator[Text]:
    yield _row([Text(stone.slab * 7) for _ in pillars])
    for line in range(SHAFT, 0, -1):
        yield _row([_drum(pillar, line, stone) for pillar in pillars])
    yield _row([Text(stone.slab * 7) for _ in pillars])
    yield Text(f"{_INSET}{stone.beam * 72}")
    yield _row([Text(PREFIXES[pillar.pillar].center(7), style="bold") for pillar in pillars])
    yield _row([Text(_points(pillar).center(7), style=_STYLES[pillar.letter]) for pillar in pillars])
    yield _row([Text(_cracked(pillar).center(7), style="red") for pillar in pillars])
    legend = (
        f"{stone.solid * 2} exercised  {stone.hatched * 2} configured, said or measured  "
        f"{stone.wall} {stone.wall} unknown  {''.join(stone.crack)} HIGH open"
    )
    yield Text(legend.center(WIDTH).rstrip(), style="dim")
    yield Text()


def _row(cells: Sequence[Text]) -> Text:
    line = Text(_INSET)
    for cell in cells:
        line.append(" ").append_text(cell).append(" ")
    line.rstrip()
    return line


def _drum(pillar: PillarResult, line: int, stone: Stone) -> Text:
    """One of the ten drums of a column, counted from the ground; a tenth that is begun is shown."""
    score = pillar.score or 0.0
    reach = (line - 1) / SHAFT
    fill = stone.hollow
    if score > reach:
        fill = stone.solid if pillar.exercised > reach else stone.hatched
    inner = fill * 3
    if pillar.open_high:
        inner = fill + stone.crack[line % 2] + fill
    return Text(f" {stone.wall}{inner}{stone.wall} ", style=_STYLES[pillar.letter])


def _points(pillar: PillarResult) -> str:
    return "n/a" if pillar.score is None else f"{pillar.letter} {_percent(pillar.score)}"


def _cracked(pillar: PillarResult) -> str:
    return f"{pillar.open_high} HIGH" if pillar.open_high else ""


def _table(pillars: Sequence[PillarResult], stone: Stone) -> Iterator[Text]:
    head = f"{'pillar':<24}{'grade':>5}{'score':>7}{'proven':>9}{'partial':>9}{'failed':>8}{'stale':>7}{'unknown':>9}"
    yield Text(head, style="bold")
    yield Text(stone.rule * len(head), style="dim")
    for pillar in pillars:
        states = pillar.states
        failed = states.get("failed", 0) + states.get("conflict", 0)
        score = "-" if pillar.score is None else _percent(pillar.score)
        yield Text(
            f"{NAMES[pillar.pillar]:<24}{pillar.letter:>5}{score:>7}"
            f"{f'{pillar.proven}/{pillar.applicable}':>9}{states.get('partial', 0):>9}{failed:>8}"
            f"{states.get('stale', 0):>7}{states.get('unknown', 0):>9}",
            style="" if pillar.applicable else "dim",
        )
    yield Text()


def _headline(report: Report) -> Iterator[Text]:
    headline = report.headline
    said, configured, measured, exercised = (f"{share:.0%}" for share in headline.assurance)
    judged = len(report.rows) - headline.rows.get("not_applicable", 0)
    facts = {
        "coverage": f"{_percent(headline.coverage)} of {judged} practices have live evidence",
        "assurance": f"{said} said, {configured} configured, {measured} measured, {exercised} exercised",
        "weakest pillar": NAMES[headline.weakest] if headline.weakest else "none applies",
        "soonest expiry": _expiry(report),
        "not yet judged": f"{headline.signals.get('not_judged', 0)} signals, which count as unknown",
    }
    if headline.accepted:
        facts["accepted risk"] = f"{_percent(headline.accepted)} of the practices are waived"
    for name, value in facts.items():
        yield Text.assemble((f"{name:<17}", "bold"), value)
    yield Text()


def _expiry(report: Report) -> str:
    expiry = report.headline.soonest_expiry
    if expiry is None:
        return "nothing expires"
    hours = int((expiry.at - report.reviewed_at) // 3600)
    left = f"{hours // 24} days" if hours >= 48 else f"{hours} hours"
    return f"{_day(expiry.at)} (in {left}), {expiry.practice} signal {expiry.signal}"


def _high_risks(report: Report) -> Iterator[Text]:
    rows = [row for row in report.rows if row.level == "HIGH" and not row.waived]
    if not rows:
        yield Text("no open HIGH risk", style="bold green")
        yield Text()
        return
    known = [row for row in rows if row.state in {"failed", "conflict", "stale"}]
    accepted = f", {report.headline.accepted_high} more accepted" if report.headline.accepted_high else ""
    yield Text(f"{len(rows)} open HIGH risk{'s' if len(rows) > 1 else ''}{accepted}", style="bold")
    for row in known:
        yield Text(_cut(f"  {row.id:<9}{row.state:<10}{row.title}"), style="red")
    rest = [row.id for row in rows if row.state == "unknown"]
    yield from (Text(line) for line in _listed("  unknown: ", rest))
    yield Text()


def _waivers(report: Report) -> Iterator[Text]:
    """Accepted risks of which somebody should know: not those that simply stand."""
    told = [each for each in report.waivers if each.state in _ENDED or each.near_expiry]
    unused = [each.waiver.what for each in report.waivers if each.state == "unused"]
    if not told and not unused:
        return
    yield Text("accepted risks that need somebody", style="bold")
    for each in told:
        near = f", {each.days_left} days left" if each.near_expiry else ""
        style = "red" if each.state in _ENDED else ""
        yield from (Text(line, style) for line in _wrapped(f"  {each.waiver.what:<9}", f"{each.why}{near}"))
    yield from (Text(line) for line in _listed("  unused: ", unused))
    yield Text()


def _rejected(report: Report) -> Iterator[Text]:
    """Evidence that was refused, each with its reason; beyond a few, only how many."""
    if not report.headline.rejected:
        return
    yield Text(f"rejected evidence: {report.headline.rejected}", style="bold")
    for each in report.rejected[:REFUSED_SHOWN]:
        yield from (Text(line) for line in _wrapped("  ", f"{each.topic} by {each.collector}: {each.reason}"))
    yield Text()


def _actions(report: Report) -> Iterator[Text]:
    yield Text("next actions, most risk closed per effort first", style="bold")
    for number, action in enumerate(report.actions[:5], start=1):
        yield from (Text(line) for line in _wrapped(f"  {number} ", action.what))
        closed = ", ".join(action.closes[:4]) + (
            f" and {more} more" if (more := len(action.closes) - 4) > 0 else ""
        )
        yield Text(f"    effort {action.effort}, gains {action.gain:.2f}: {closed}", style="dim")
    if not report.actions:
        yield Text("  nothing that the owner can close now")
    yield Text("`colonnade explain practice ID` shows the evidence of a practice", style="dim")


def _listed(lead: str, names: Sequence[str]) -> Iterator[str]:
    return iter(_wrapped(lead, ", ".join(names))) if names else iter(())


def _wrapped(lead: str, text: str) -> list[str]:
    lines, current = [], lead
    for word in text.split():
        if len(current) + len(word) > WIDTH and current.strip():
            lines.append(current.rstrip())
            current = " " * len(lead)
        current += word + " "
    return [*lines, current.rstrip()]


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else line[: WIDTH - 3] + "..."


def _percent(share: float) -> str:
    return f"{int(share * 100)}%"


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
