"""Which backups stay: the newest, and the last of each day, week and month."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from colonnade.reliability.recovery.point import Point
from colonnade.reliability.recovery.retention import superfluous
from colonnade.workload.sections.recovery import Keep

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def points(hours: list[int]) -> list[Point]:
    return [
        Point(
            id=f"{hour:06d}",
            store="colonnade",
            workload="w",
            workload_digest="",
            began_at=(FIRST + timedelta(hours=hour)).timestamp(),
            finished_at=0.0,
            copies=(),
        )
        for hour in hours
    ]


def test_a_year_of_hours() -> None:
    """8,760 hours: 3 newest, 7 days, 4 weeks and 12 months; the newest counts for each of the others."""
    every = points(list(range(24 * 365)))
    gone = set(superfluous(every, Keep(last=3, daily=7, weekly=4, monthly=12)))
    kept = [FIRST + timedelta(hours=int(point.id)) for point in every if point.id not in gone]
    assert [at.strftime("%m-%d %H") for at in kept[:3]] == ["01-31 23", "02-28 23", "03-31 23"]
    assert [at.strftime("%m-%d %H") for at in kept[-3:]] == ["12-31 21", "12-31 22", "12-31 23"]
    assert {at.month for at in kept} == set(range(1, 13))
    assert len(kept) == 2 + 7 + 2 + 11, (
        "two more of the last day; seven days; two more ends of weeks, eleven of months"
    )


@given(st.sets(st.integers(0, 20_000), min_size=1, max_size=60), st.integers(1, 10), st.integers(0, 8))
def test_the_newest_is_never_let_go_and_nothing_old_comes_back(
    hours: set[int], last: int, other: int
) -> None:
    every = points(sorted(hours))
    keep = Keep(last=last, daily=other, weekly=other, monthly=other)
    gone = superfluous(every, keep)
    assert every[-1].id not in gone
    left = [point for point in every if point.id not in gone]
    assert superfluous(left, keep) == [], "letting go twice is letting go once"
    assert set(gone) | {point.id for point in left} == {point.id for point in every}
