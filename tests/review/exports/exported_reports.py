"""Reports that exports are tried on: one with every state, one full of markup, one with one practice, one with none."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from review_world import JUDGES, NOW, SIGNALS, observed, record, reviewed

from colonnade.review.catalogue import catalogue
from colonnade.review.exports.matter import Matter
from colonnade.review.report import Report
from colonnade.review.signal import SignalJudge
from colonnade.review.waiver import Waiver

HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>|`x`](http://evil.example)[*b*]![p](q) @team #1 "
    "www.evil.example https://evil.example\n# head\n- item\u202e&amp;{{7*7}}--> ]]> \x07\x00 =1+1"
)
WAIVER = Waiver(
    practice="SEC-06",
    reason="until the <b>gateway</b> of the second region is there",
    owner="ada@example.org",
    approver="bob@example.org",
    ticket="OPS-1",
    created="2026-09-01",
    expires="2026-12-31",
)
_TEXTS = {
    "title", "question", "reason", "text", "mechanism", "remedy", "what", "workload", "topic", "collector", "section",
    "why", "owner", "approver", "waiver_ended",
}  # fmt: skip


def _broken() -> Any:
    raise ZeroDivisionError


def _records() -> list[Any]:
    """Reliability proven, security failed in part, one practice stale, one contradicted, the rest unknown."""
    records = []
    for practice, number in SIGNALS:
        pillar = practice.partition("-")[0]
        if pillar == "REL" or (pillar == "PERF" and number == 1):
            records.append(record(practice, number))
        if pillar == "SEC":
            records.append(record(practice, number, good=0 if practice in {"SEC-06", "SEC-10"} else 100))
        if practice == "COST-01":
            records.append(record(practice, number, age_days=900))
        if practice == "COST-02":
            records.append(record(practice, number, good=2, n=2))
    return [*records, observed({"acts": True})]


@cache
def every_state() -> Report:
    """A report in which every state of a practice and of a signal occurs."""
    judges = [each for each in JUDGES if (each.practice, each.number) not in {("OPS-01", 1), ("SEC-05", 1)}]
    judges.append(SignalJudge("SEC-05", 1, _broken, (), "mend SEC-05.1"))
    return reviewed(_records(), judges=judges, waivers=(WAIVER,))


@cache
def no_practice() -> Report:
    """A report of nothing at all."""
    whole = every_state()
    empty = msgspec.structs.replace(whole.headline, rows={}, signals={}, soonest_expiry=None, weakest=None)
    return msgspec.structs.replace(whole, rows=(), actions=(), waivers=(), headline=empty)


@cache
def one_practice() -> Report:
    """A report of one practice."""
    whole = every_state()
    return msgspec.structs.replace(whole, rows=whole.rows[:1], actions=whole.actions[:1])


@cache
def full_of_markup() -> Report:
    """A report in which every text is an attack on whoever shows it."""
    return msgspec.convert(_poisoned(msgspec.to_builtins(every_state())), Report)


def _poisoned(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        if key == "maps":
            return {"owasp_llm_2025": [HOSTILE]}
        return {name: _poisoned(entry, name) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_poisoned(entry, key) for entry in value]
    if isinstance(value, str) and key in _TEXTS:
        return HOSTILE
    return value


REPORTS = {
    "every-state": every_state,
    "markup": full_of_markup,
    "one": one_practice,
    "none": no_practice,
}


def matter(report: Report | None = None, **other: Any) -> Matter:
    """A report as exports take it."""
    return Matter(report or every_state(), catalogue(), **other)


def earlier() -> Report:
    """The same workload a month before, when less was known."""
    return reviewed(_records()[:40], now=NOW - 30 * 86_400.0)
