"""How often two things happened lately, such as calls and retries, counted in slots of time that are forgotten one by one."""

from __future__ import annotations

_SLOTS = 12


class Recent:
    """Counts over the last `span_s` seconds, to a twelfth of it. Times are those of one clock, never falling."""

    __slots__ = ("_per_s", "_slot", "first", "second")

    def __init__(self, span_s: float) -> None:
        self._per_s = _SLOTS / span_s
        self._slot = 0
        self.first = [0] * _SLOTS
        self.second = [0] * _SLOTS

    def add_first(self, now: float) -> None:
        """The first thing happened."""
        slot = int(now * self._per_s)
        if slot != self._slot:
            self._turn(slot)
        self.first[slot % _SLOTS] += 1

    def add_second(self, now: float) -> None:
        """The second thing happened."""
        slot = int(now * self._per_s)
        if slot != self._slot:
            self._turn(slot)
        self.second[slot % _SLOTS] += 1

    def counts(self, now: float) -> tuple[int, int]:
        """Both counts."""
        slot = int(now * self._per_s)
        if slot != self._slot:
            self._turn(slot)
        return sum(self.first), sum(self.second)

    def clear(self) -> None:
        """Forget everything."""
        self.first = [0] * _SLOTS
        self.second = [0] * _SLOTS

    def _turn(self, slot: int) -> None:
        """Empty the slots between the last one and this one."""
        gone = min(slot - self._slot, _SLOTS)
        for each in range(slot - gone + 1, slot + 1):
            self.first[each % _SLOTS] = 0
            self.second[each % _SLOTS] = 0
        self._slot = slot
