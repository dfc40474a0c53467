"""Backups are kept by age: the newest ones, and the last of each day, week and month (grandfather, father, son)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from colonnade.reliability.recovery.point import Point
from colonnade.workload.sections.recovery import Keep

_DAY, _WEEK, _MONTH = "%Y-%m-%d", "%G-%V", "%Y-%m"


def superfluous(points: Iterable[Point], keep: Keep) -> list[str]:
    """Names of the backups that nothing keeps, oldest first; days, weeks and months are those of UTC."""
    ordered = sorted(points, key=lambda point: (point.began_at, point.id))
    kept = {point.id for point in ordered[-keep.last :]}
    for form, count in ((_DAY, keep.daily), (_WEEK, keep.weekly), (_MONTH, keep.monthly)):
        kept |= _last_of_each(ordered, _period(form), count)
    return [point.id for point in ordered if point.id not in kept]


def _last_of_each(ordered: list[Point], period: Callable[[Point], str], count: int) -> set[str]:
    last = {period(point): point.id for point in ordered}
    return set(list(last.values())[-count:]) if count else set()


def _period(form: str) -> Callable[[Point], str]:
    return lambda point: datetime.fromtimestamp(point.began_at, UTC).strftime(form)
