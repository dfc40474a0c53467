"""Between two reviews every practice moved in one way that has a name; nothing is resolved but by proof."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

import msgspec

from colonnade.review.report import Report, RowResult
from colonnade.review.states import RiskLevel, RowState

Movement = Literal[
    "resolved", "regressed", "new", "still_open", "newly_stale", "newly_unknown", "waiver_lapsed",
    "catalogue_changed", "left",
]  # fmt: skip
"""`resolved`: open before, proven now. `left`: open before, not applicable now, which proves nothing.
`catalogue_changed`: the practice itself is another one, so that its states cannot be compared."""
MOVEMENTS: tuple[Movement, ...] = (
    "regressed", "new", "waiver_lapsed", "newly_stale", "newly_unknown", "still_open", "catalogue_changed", "left",
    "resolved",
)  # fmt: skip
"""The worst first."""
RANKS: dict[RiskLevel, int] = {"NONE": 0, "LOW": 1, "MEDIUM": 2, "HIGH": 3}
BAD: frozenset[str] = frozenset({"failed", "conflict"})


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """How one practice moved. A practice that is in one review alone has the state `absent` in the other."""

    practice: str
    title: str
    how: Movement
    before: RowState | Literal["absent"]
    after: RowState | Literal["absent"]
    level_before: RiskLevel
    level_after: RiskLevel
    reason: str


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What changed from one review to a later one; practices that are proven in both are not in it."""

    before_at: float
    after_at: float
    catalogue_changed: bool
    counts: dict[Movement, int]
    moved: tuple[Moved, ...]

    def of(self, how: Movement) -> tuple[Moved, ...]:
        """What moved in one way."""
        return tuple(each for each in self.moved if each.how == how)


def difference(before: Report, after: Report) -> Difference:
    """What changed, the worst first."""
    catalogue_changed = before.catalogue_digest != after.catalogue_digest
    moved = sorted(
        _moved(before, after, catalogue_changed=catalogue_changed),
        key=lambda each: (MOVEMENTS.index(each.how), -RANKS[each.level_after], each.practice),
    )
    return Difference(
        before_at=before.reviewed_at,
        after_at=after.reviewed_at,
        catalogue_changed=catalogue_changed,
        counts=dict(Counter(each.how for each in moved)),
        moved=tuple(moved),
    )


def effective(row: RowResult | None) -> RiskLevel:
    """The level of a risk that nobody accepted."""
    return "NONE" if row is None or row.waived else row.level


def _moved(before: Report, after: Report, *, catalogue_changed: bool) -> Iterator[Moved]:
    earlier, later = ({row.id: row for row in report.rows} for report in (before, after))
    for name in dict.fromkeys([*later, *earlier]):
        was, now = earlier.get(name), later.get(name)
        if was is None or now is None or (catalogue_changed and _defined(was, now) != _defined(now, was)):
            how: Movement | None = "catalogue_changed"
        else:
            how = _how(was, now)
        if how is not None:
            yield _told(name, how, was, now)


def _how(was: RowResult, now: RowResult) -> Movement | None:
    if now.level == "NONE":
        return None if was.level == "NONE" else "resolved" if now.state == "proven" else "left"
    if was.waived and not now.waived and now.waiver_ended:
        return "waiver_lapsed"
    return _open(was, now)


def _open(was: RowResult, now: RowResult) -> Movement:
    """How a practice moved of which a risk is open now."""
    if was.state == "not_applicable":
        return "new"
    worse = RANKS[now.level] > RANKS[was.level]
    newly: dict[RowState, Movement] = {"stale": "newly_stale", "unknown": "newly_unknown"}
    if now.state in newly and now.state != was.state:
        return newly[now.state]
    return "regressed" if worse or (now.state in BAD and was.state not in BAD) else "still_open"


def _defined(row: RowResult, other: RowResult) -> tuple[object, ...]:
    """What makes the practice this one; only signals that count in both reviews are compared."""
    common = {signal.number for signal in other.signals}
    signals = tuple((it.number, it.kind, it.grade, it.text) for it in row.signals if it.number in common)
    return row.title, row.question, row.risk, row.freshness_days, signals


def _told(name: str, how: Movement, was: RowResult | None, now: RowResult | None) -> Moved:
    row = now or was
    assert row is not None, "a practice is in one of the two reviews"
    return Moved(
        practice=name,
        title=row.title,
        how=how,
        before=was.state if was is not None else "absent",
        after=now.state if now is not None else "absent",
        level_before=was.level if was is not None else "NONE",
        level_after=now.level if now is not None else "NONE",
        reason=now.reason if now is not None else "",
    )
