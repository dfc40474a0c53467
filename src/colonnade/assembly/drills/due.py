"""Which drills are due follows from the review: evidence that a drill gives is missing, was voided by a change, or expires."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade.assembly.drills.place import Place
from colonnade.assembly.drills.running import drills_of
from colonnade.assembly.opened import opened
from colonnade.assembly.reviewing import current_subject, judge
from colonnade.review.judge import SignalResult
from colonnade.review.report import Report

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Due:
    """A drill, the practices that wait for it, when it must be run at the latest (seconds since the epoch), and why."""

    drill: str
    practices: tuple[str, ...]
    by: float
    reason: str


def drills_due(folder: Path, within_days: float, now: float | None = None) -> Sequence[Due]:
    """The drills whose evidence is missing or ends within some days, most urgent first; nothing new is observed."""
    moment = time.time() if now is None else now
    with opened(folder) as (workload, ledger, shelf):
        environment = workload.specification.review.environment
        subject = current_subject(workload, ledger, shelf.live(), environment)
        report = judge(workload, ledger, subject, environment, moment)
        drills = drills_of(Place(workload, ledger, shelf, "127.0.0.1", 0))
    found = [_due(drill.name, drill.practices, report, moment) for drill in drills]
    until = moment + within_days * DAY_S
    return sorted((it for it in found if it is not None and it.by <= until), key=lambda it: (it.by, it.drill))


def _due(drill: str, practices: tuple[str, ...], report: Report, now: float) -> Due | None:
    """The earliest end of any evidence that this drill gives; None where no practice that applies waits for it."""
    waiting: list[tuple[float, str, str]] = []
    for row in report.rows:
        if row.id in practices and row.state != "not_applicable":
            waiting += [(*_ends(signal, now), row.id) for signal in row.signals if signal.kind == "drill"]
    if not waiting:
        return None
    by, reason, _ = min(waiting)
    return Due(drill, tuple(dict.fromkeys(practice for _, _, practice in waiting)), by, reason)


def _ends(signal: SignalResult, now: float) -> tuple[float, str]:
    if signal.state in {"pass", "fail"} and signal.expires_at is not None:
        return signal.expires_at, f"evidence expires: {signal.reason}"
    return now, signal.reason
