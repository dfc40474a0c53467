"""Every answer says how much of its limits is left, in the names that OpenAI gave the headers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from colonnade.cost.counting.span import PARTS
from colonnade.cost.limits.gauges import Gauge

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Told:
    """The headers of requests, or of tokens: those of the gauge of which the smallest share is left."""

    remaining: bytes
    gauges: tuple[tuple[Gauge, tuple[Header, Header]], ...]

    @classmethod
    def of(cls, kind: Literal["requests", "tokens"], gauges: Sequence[Gauge]) -> Told:
        """For all gauges of a kind. What is the same in every answer is written once."""
        mine = [gauge for gauge in gauges if gauge.kind == kind]
        return cls(f"x-ratelimit-remaining-{kind}".encode(), tuple((it, _fixed(it)) for it in mine))

    def headers(self) -> tuple[Header, ...]:
        """`remaining` is what this worker knows of it; `reset` is when all is free if nothing more is used."""
        tightest, fixed = self.gauges[0]
        for gauge, others in self.gauges[1:]:
            ours, theirs = gauge.counter, tightest.counter
            if ours.remaining * theirs.cap < theirs.remaining * ours.cap:
                tightest, fixed = gauge, others
        return (*fixed, (self.remaining, b"%d" % tightest.counter.remaining))


def _fixed(gauge: Gauge) -> tuple[Header, Header]:
    limit, reset = (f"x-ratelimit-{what}-{gauge.kind}".encode() for what in ("limit", "reset"))
    longest_s = gauge.limit.window_s * (PARTS + 1) / PARTS
    return (limit, b"%d" % gauge.counter.cap), (reset, written(longest_s))


def written(seconds: float) -> bytes:
    """A length of time as OpenAI writes it: `350ms`, `61s`, `6m0s`, `1h1m0s`; rounded up."""
    if seconds < 1.0:
        return b"%dms" % -(-seconds * 1000 // 1)
    whole = int(-(-seconds // 1))
    hours, minutes = whole // 3600, whole // 60 % 60
    text = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{text}{whole % 60}s".encode()
