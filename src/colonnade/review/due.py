"""What ends soon is known before it ends, with the command that renews it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Literal

import msgspec

from colonnade.review.judge import DAY_S, renewal
from colonnade.review.report import Report
from colonnade.review.signal import SignalJudge

SOON_DAYS = 14.0


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """Something that ends at `at`, seconds since the epoch: a signal's evidence, or a waiver, by its name."""

    what: Literal["evidence", "waiver"]
    name: str
    at: float
    renew: str


def due(report: Report, judges: Iterable[SignalJudge], days: float = SOON_DAYS) -> tuple[Due, ...]:
    """Whatever ends within so many days of the review, the soonest first."""
    until = report.reviewed_at + days * DAY_S
    found = [*_evidence(report, judges), *_waivers(report)]
    return tuple(sorted((it for it in found if it.at <= until), key=lambda it: (it.at, it.name)))


def _evidence(report: Report, judges: Iterable[SignalJudge]) -> Iterator[Due]:
    table = {(judge.practice, judge.number): judge for judge in judges}
    for row in report.rows:
        for signal in row.signals:
            judge = table.get((row.id, signal.number))
            if signal.state == "pass" and signal.expires_at is not None and judge is not None:
                renew = renewal(signal.kind, judge)
                yield Due(
                    what="evidence", name=f"{row.id}.{signal.number}", at=signal.expires_at, renew=renew
                )


def _waivers(report: Report) -> Iterator[Due]:
    for each in report.waivers:
        if each.state in {"standing", "unused"}:
            after = datetime.fromisoformat(each.waiver.expires).date() + timedelta(days=1)
            renew = (
                f"close the risk, or renew the waiver: `colonnade waive {each.waiver.what} ...`"
                if each.state == "standing"
                else "excuses nothing: take it out of waivers.yaml"
            )
            ends = datetime.combine(after, time(), UTC).timestamp()
            yield Due(what="waiver", name=each.waiver.what, at=ends, renew=renew)
