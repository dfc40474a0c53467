"""An answer has two limits of time: when it must begin, and when it must be complete."""

from __future__ import annotations

from math import inf

from colonnade.errors import DeadlineExceeded


class Due:
    """Loop times; 0 is given where there is no limit, and kept as infinity."""

    __slots__ = ("begin", "end")

    def __init__(self, end: float, begin: float = 0.0) -> None:
        self.end = end or inf
        self.begin = begin or inf

    @property
    def soonest(self) -> float:
        """What comes first."""
        return min(self.end, self.begin)

    @property
    def limit(self) -> float | None:
        """What comes first, as `asyncio.timeout_at` takes it."""
        return self.soonest if self.soonest < inf else None

    def begun(self) -> None:
        """The answer has begun: only its end is limited from now on."""
        self.begin = inf

    def error(self, sentence: str = "") -> DeadlineExceeded:
        """The error for the limit that comes first; `sentence` replaces its own."""
        if self.begin < self.end:
            sentence = sentence or "The upstream did not begin to answer in time."
            return DeadlineExceeded(sentence, code="first_byte_timeout")
        sentence = sentence or "The deadline of this call passed before the answer was complete."
        return DeadlineExceeded(sentence, code="deadline_exceeded")
