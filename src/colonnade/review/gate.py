"""A pipeline stops for what got worse, for risks whose acceptance lapsed and for contradictions, and says which."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Literal

import msgspec

from colonnade.review.catalogue import Pillar
from colonnade.review.difference import RANKS, Difference, Moved, difference, effective
from colonnade.review.report import Report, RowResult
from colonnade.review.states import RiskLevel

FailOn = Literal["high", "medium"]
Cause = Literal["open", "new", "regressed", "waiver_lapsed", "conflict"]
_LEAST: dict[FailOn, RiskLevel] = {"high": "HIGH", "medium": "MEDIUM"}


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """One reason to stop; `open` where nothing earlier was given to compare with."""

    cause: Cause
    practice: str
    level: RiskLevel
    reason: str


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate says. `unjudged` are signals whose judge failed: that is neither passed nor failed.

    `exit_code` is 0 to go on, 1 to stop, 3 where it could not be evaluated.
    """

    fail_on: FailOn
    pillars: tuple[Pillar, ...]
    stops: tuple[Stop, ...]
    unjudged: tuple[str, ...]
    difference: Difference | None = None

    @property
    def exit_code(self) -> int:
        """A certain failure comes before a doubt."""
        if self.stops:
            return 1
        return 3 if self.unjudged else 0


def gate(
    report: Report,
    *,
    against: Report | None = None,
    fail_on: FailOn = "high",
    pillars: Collection[Pillar] = (),
) -> Gate:
    """Hold a review against an earlier one, or against nothing: then every open risk stops.

    Args:
        report: the review now.
        against: the earlier review, e.g. of a milestone.
        fail_on: the least level of a risk that stops.
        pillars: only these; all if empty.
    """
    looked_at = [row for row in report.rows if not pillars or row.pillar in pillars]
    found = difference(against, report) if against is not None else None
    moved = {each.practice: each for each in found.moved} if found is not None else {}
    earlier = {row.id: row for row in against.rows} if against is not None else None
    stops = [
        stop for row in looked_at for stop in _stops(row, moved.get(row.id), earlier, RANKS[_LEAST[fail_on]])
    ]
    return Gate(
        fail_on=fail_on,
        pillars=tuple(sorted(pillars)),
        stops=tuple(stops),
        unjudged=tuple(
            f"{row.id}.{it.number}" for row in looked_at for it in row.signals if it.state == "error"
        ),
        difference=found,
    )


def _stops(
    row: RowResult, moved: Moved | None, earlier: Mapping[str, RowResult] | None, least: int
) -> Iterator[Stop]:
    if row.state == "conflict":
        yield _stop("conflict", row)
    elif row.waiver_lapsed:
        yield _stop("waiver_lapsed", row)
    elif RANKS[effective(row)] >= least:
        if earlier is None:
            yield _stop("open", row)
        elif RANKS[effective(row)] > RANKS[effective(earlier.get(row.id))]:
            yield _stop("new", row)
        elif moved is not None and moved.how == "regressed":
            yield _stop("regressed", row)


def _stop(cause: Cause, row: RowResult) -> Stop:
    return Stop(cause=cause, practice=row.id, level=row.level, reason=f"{row.state}: {row.reason}")
