"""What a request and a useful answer cost is a series over time, and what stands out of it is found."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from colonnade.cost.evidence import Anomaly, Point, SpendSeries
from colonnade.cost.token_kinds import made, sent
from colonnade.evidence.request import RequestRecord

HOUR_S, DAY_S = 3600.0, 86_400.0
_CUT: Final = frozenset({"length", "content_filter"})

OUTLYING = 3.5
"""Robust z-score from which a value stands out (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993)."""
LEAST_SHARE = 0.2
"""A value that differs less from the usual one does not stand out, however alike the others are."""
LEAST_POINTS = 6
"""Fewer hours or days do not tell what is usual."""
_MAD, _MEAN = 0.6745, 0.7979
"""Scale of the normal distribution: median and mean absolute deviation, in standard deviations."""


def useful(request: RequestRecord) -> bool:
    """Whether a request came to a successful outcome: a complete answer, neither cut at its cap nor filtered."""
    return request.outcome == "answered" and request.finish not in _CUT


def used(request: RequestRecord) -> int:
    """Tokens that were paid for, in vain too; what the cache answered was not."""
    return (sent(request) + made(request) if request.reached_upstream else 0) + request.lost_tokens


def series(
    requests: Iterable[RequestRecord], dispositions: Mapping[str, str], width_s: float = HOUR_S
) -> SpendSeries:
    """The series of `requests`; refused ones cost nothing and are left out.

    Args:
        requests: in any order.
        dispositions: what somebody said of an anomaly, by its id.
        width_s: an hour or a day.
    """
    slots: dict[int, list[RequestRecord]] = {}
    for request in requests:
        if request.outcome != "refused":
            slots.setdefault(int(request.opened_at // width_s), []).append(request)
    points = [_point(slot * width_s, slots[slot]) for slot in sorted(slots)]
    found = [
        msgspec.structs.replace(it, disposition=dispositions.get(it.id, ""))
        for it in anomalies(points, width_s)
    ]
    return SpendSeries(width_s=width_s, points=points, anomalies=found)


def anomalies(points: Sequence[Point], width_s: float) -> Iterator[Anomaly]:
    """Points whose cost for a request, or for a useful answer, stands out of all points."""
    for what in ("usd_per_request", "usd_per_outcome"):
        values = [(point, getattr(point, what)) for point in points]
        known = [(point, value) for point, value in values if value is not None]
        if len(known) < LEAST_POINTS:
            continue
        usual, scale = _usual([value for _, value in known])
        for point, value in known:
            score = (value - usual) / scale if scale else 0.0
            if abs(score) > OUTLYING and abs(value - usual) > LEAST_SHARE * usual:
                yield Anomaly(
                    id=f"{what}@{_moment(point.start, width_s)}",
                    what=what,
                    start=point.start,
                    value=value,
                    usual=usual,
                    score=score,
                )


def _point(start: float, requests: Sequence[RequestRecord]) -> Point:
    return Point(
        start=start,
        requests=len(requests),
        outcomes=sum(map(useful, requests)),
        unpriced=sum(it.reached_upstream and not it.price_known for it in requests),
        usd=sum(it.usd for it in requests if it.price_known),
        tokens=sum(map(used, requests)),
    )


def _usual(values: Sequence[float]) -> tuple[float, float]:
    """The median, and a standard deviation that a few outliers do not move; 0 where all values are alike."""
    middle = statistics.median(values)
    away = [abs(value - middle) for value in values]
    return middle, statistics.median(away) / _MAD or statistics.fmean(away) / _MEAN


def _moment(start: float, width_s: float) -> str:
    at = datetime.fromtimestamp(start, UTC)
    return f"{at:%Y-%m-%d}" if width_s >= DAY_S else f"{at:%Y-%m-%dT%H}"
