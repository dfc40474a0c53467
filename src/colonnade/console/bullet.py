"""An indicator as a bullet bar: the reading against where it began and where it should be."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.usecase.evidence import Reading

WIDTH = 600.0
ROOM = 1.12
"""The scale reaches a little further than the largest figure."""


@dataclass(frozen=True, slots=True)
class Bullet:
    """Places on a scale of `WIDTH`; `value` is None without a reading, `good` is where the target is reached."""

    zero: float
    value: float | None
    baseline: float
    target: float
    good: tuple[float, float]

    @property
    def bar(self) -> tuple[float, float]:
        """Left end and length of the reading's bar."""
        value = self.zero if self.value is None else self.value
        return min(self.zero, value), abs(value - self.zero)


def bullet(reading: Reading) -> Bullet:
    """Where everything stands."""
    shown = [0.0, reading.baseline, reading.target, *([] if reading.value is None else [reading.value])]
    low, high = min(shown) * ROOM, max(shown) * ROOM
    # Shares end at one: a bar that could be longer would mislead.
    high = max(high, 1e-12) if reading.unit != "share" else max(1.0, *shown)

    def place(value: float) -> float:
        return round((value - low) / (high - low) * WIDTH, 1)

    target = place(reading.target)
    return Bullet(
        zero=place(0.0),
        value=None if reading.value is None else place(reading.value),
        baseline=place(reading.baseline),
        target=target,
        good=(target, WIDTH) if reading.direction == "at_least" else (0.0, target),
    )
