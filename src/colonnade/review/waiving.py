"""Waivers lie over judged rows: what stands excuses, and what lapsed, broke its rules or is not needed is named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from colonnade.evidence.record import Environment
from colonnade.review.judge import SignalResult
from colonnade.review.report import RowResult
from colonnade.review.states import WAIVABLE, RiskLevel
from colonnade.review.waiver import (
    NEAR_DAYS,
    RENEWALS_THAT_ESCALATE,
    Waiver,
    WaiverResult,
    WaiverState,
    why_lapsed,
    why_void,
)

_ONE_HIGHER: Mapping[RiskLevel, RiskLevel] = {
    "NONE": "NONE", "LOW": "MEDIUM", "MEDIUM": "HIGH", "HIGH": "HIGH",
}  # fmt: skip


def waive(
    rows: Sequence[RowResult], waivers: Sequence[Waiver], environment: Environment, now: float
) -> tuple[tuple[RowResult, ...], tuple[WaiverResult, ...]]:
    """The rows with what is accepted marked, and what came of every waiver, in the order in which they were given."""
    laid = _Laid({row.id: row for row in rows}, environment, now)
    covered = laid.covered(waivers)
    results = tuple(laid.result(waiver, covered) for waiver in waivers)
    by_row: defaultdict[str, list[WaiverResult]] = defaultdict(list)
    for result in results:
        by_row[result.waiver.practice].append(result)
    return tuple(_overlaid(row, by_row[row.id]) if row.id in by_row else row for row in rows), results


@dataclass(frozen=True, slots=True)
class _Laid:
    """The rows that waivers are laid over, at one moment in one environment."""

    rows: Mapping[str, RowResult]
    environment: Environment
    now: float

    def covered(self, waivers: Iterable[Waiver]) -> Mapping[str, set[str]]:
        """For each waived practice or signal, the places for which waivers in force were written."""
        places: defaultdict[str, set[str]] = defaultdict(set)
        for waiver in waivers:
            if waiver.place and not self._elsewhere(waiver) and not self._broken(waiver)[1]:
                places[waiver.what].add(waiver.place)
        return places

    def result(self, waiver: Waiver, covered: Mapping[str, set[str]]) -> WaiverResult:
        """What one waiver does."""
        row = self.rows.get(waiver.practice)
        if self._elsewhere(waiver):
            return self._told(waiver, "elsewhere", f"is for {waiver.environment}")
        if row is None:
            return self._told(waiver, "void", f"is void: there is no practice {waiver.practice}")
        if row.state == "conflict":
            return self._told(
                waiver, "void", "is void: a conflict is not accepted, its declaration is corrected"
            )
        signals = _to_excuse(waiver, row)
        if not signals:
            return self._told(waiver, "unused", f"excuses nothing: {row.id} is {row.state.replace('_', ' ')}")
        state, why = self._broken(waiver)
        if why:
            return self._told(waiver, state, why)
        return self._excusing(waiver, signals, covered.get(waiver.what, set()))

    def _excusing(self, waiver: Waiver, signals: Sequence[SignalResult], covered: set[str]) -> WaiverResult:
        refused = {each.number: _beyond(waiver, each, covered) for each in signals}
        excused = tuple(f"{waiver.practice}.{number}" for number, why in refused.items() if not why)
        reasons = [f"{waiver.practice}.{number} {why}" for number, why in refused.items() if why]
        if not excused:
            return self._told(waiver, "void", f"is void: {'; '.join(reasons)}")
        why = "; ".join([f"accepted until {waiver.expires}", *(f"not {reason}" for reason in reasons)])
        return self._told(waiver, "standing", why, excused)

    def _told(
        self, waiver: Waiver, state: WaiverState, why: str, excuses: tuple[str, ...] = ()
    ) -> WaiverResult:
        left = waiver.days_left(self.now)
        alive = state in {"standing", "unused"} and left is not None
        near = alive and left is not None and 0 <= left <= NEAR_DAYS
        return WaiverResult(
            waiver=waiver, state=state, why=why, excuses=excuses, days_left=left, near_expiry=near
        )

    def _elsewhere(self, waiver: Waiver) -> bool:
        return waiver.environment not in {"", self.environment}

    def _broken(self, waiver: Waiver) -> tuple[WaiverState, str]:
        """Why it is not in force, whatever it is laid over."""
        lapsed = why_lapsed(waiver, self.now)
        if lapsed:
            return "lapsed", lapsed
        return "void", why_void(waiver, self.now) or self._uncompensated(waiver)

    def _uncompensated(self, waiver: Waiver) -> str:
        missing = [name for name in waiver.compensating if not self._passes(name)]
        return f"is void: {', '.join(missing)}, which should compensate, does not pass" if missing else ""

    def _passes(self, name: str) -> bool:
        practice, _, number = name.partition(".")
        row = self.rows.get(practice)
        signal = row.signal(int(number)) if row is not None and number.isdecimal() else None
        return signal is not None and signal.state == "pass"


def _to_excuse(waiver: Waiver, row: RowResult) -> list[SignalResult]:
    """The signals of the row that do not pass and that the waiver speaks of."""
    return [
        each
        for each in row.signals
        if each.state != "pass"
        and row.state in WAIVABLE
        and waiver.signal in {None, each.number}
        and (not waiver.place or not each.places or waiver.place in each.places)
    ]


def _beyond(waiver: Waiver, signal: SignalResult, covered: set[str]) -> str:
    """Why a signal is beyond what was accepted; empty where it is not."""
    if waiver.place and not (signal.state == "fail" and signal.places):
        return "does not tell where it fails, and the waiver is for one place"
    if waiver.place and (outside := sorted(set(signal.places) - covered)):
        return f"fails elsewhere too: {', '.join(outside)}"
    if waiver.ceiling is None:
        return ""
    if signal.state != "fail" or signal.value is None or signal.threshold is None:
        return f"has no measured value to hold against the ceiling {waiver.ceiling:g}"
    worse = (
        signal.value > waiver.ceiling if signal.value > signal.threshold else signal.value < waiver.ceiling
    )
    return f"is at {signal.value:g}, worse than the ceiling {waiver.ceiling:g}" if worse else ""


def _overlaid(row: RowResult, results: Sequence[WaiverResult]) -> RowResult:
    if row.state not in WAIVABLE:
        return row
    excused = {name for result in results for name in result.excuses}
    signals = tuple(
        replace(each, waived=True) if f"{row.id}.{each.number}" in excused else each for each in row.signals
    )
    waived = all(each.state == "pass" or each.waived for each in signals)
    last = min((each.waiver.expires for each in results if each.excuses), default="")
    ended = "; ".join(
        f"the waiver of {each.waiver.what} {each.why}" for each in results if each.state in {"lapsed", "void"}
    )
    escalated = any(_escalates(each) for each in results)
    return replace(
        row,
        signals=signals,
        waived=waived,
        waived_until=last if waived else "",
        waiver_ended=ended,
        waiver_lapsed=not waived and any(each.state == "lapsed" for each in results),
        reason=f"{row.reason}; {ended}" if ended else row.reason,
        escalated=escalated,
        level=_ONE_HIGHER[row.level] if escalated else row.level,
    )


def _escalates(result: WaiverResult) -> bool:
    """What was put off again and again weighs more."""
    return result.waiver.renewals >= RENEWALS_THAT_ESCALATE and result.state in {"standing", "lapsed", "void"}
