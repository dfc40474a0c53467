"""Two sources that give one model different prices are seen to do so: the price is disputed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from colonnade.cost.rates import Rate
from colonnade.cost.token_kinds import KINDS

TOLERANCE = Decimal("0.01")
"""Prices that differ by more than this share are not the same price written in two ways."""

LONGEST = 10_000_000
"""Input tokens beyond every tier of every list: rates are compared for short and for the longest calls."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One rate that another source gives otherwise; US dollars per million tokens of a call so long."""

    kind: str
    input_tokens: int
    used: Decimal
    other: Decimal

    @property
    def share(self) -> float:
        """How far the other one is from the one that is used, as a share of it; infinite where ours is free."""
        return float((self.other - self.used) / self.used) if self.used else float("inf")


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """What a second source says of a model: nothing else, or where it differs. `as_of` is its day."""

    source: str
    as_of: str
    differences: tuple[Difference, ...]

    @property
    def disputes(self) -> bool:
        """Whether it differs."""
        return bool(self.differences)


def differences(used: Mapping[str, Rate], other: Mapping[str, Rate]) -> tuple[Difference, ...]:
    """Where two sources differ, among the kinds that both of them state."""
    return tuple(_differences(used, other))


def _differences(used: Mapping[str, Rate], other: Mapping[str, Rate]) -> Iterator[Difference]:
    for kind in KINDS:
        if kind not in used or kind not in other:
            continue
        for size in (0, LONGEST):
            ours, theirs = used[kind].at(size), other[kind].at(size)
            if abs(ours - theirs) > TOLERANCE * max(ours, theirs):
                yield Difference(kind, size, ours, theirs)
                break
