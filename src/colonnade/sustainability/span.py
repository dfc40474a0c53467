"""An estimate is a span from a low to a high value, never one number."""

from __future__ import annotations

import msgspec


class Span(msgspec.Struct, frozen=True, gc=False):
    """`low` and `high` of an estimate, in the unit that the field's name says; neither negative."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.low <= self.high:
            raise ValueError(
                f"a span runs from a low to a high value, neither negative: {self.low}, {self.high}"
            )

    def __add__(self, other: Span) -> Span:
        return Span(self.low + other.low, self.high + other.high)

    def __mul__(self, other: Span | float) -> Span:
        factor = other if isinstance(other, Span) else Span(other, other)
        return Span(self.low * factor.low, self.high * factor.high)


NOTHING = Span(0.0, 0.0)
