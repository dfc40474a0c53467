"""The counts of one worker: each name has one counter, and what is due comes home."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from colonnade.cost.counting.counter import Counter, Heard, Source, unheard
from colonnade.cost.counting.sheet import Words
from colonnade.cost.counting.span import Span

EVERY_S = 0.5
"""How often a worker tends its counts."""

_AT_A_TIME = 200


class Shared(Source, Protocol):
    """What all workers count together, and how a worker lives with it."""

    async def change(self, name: str, span: Span, how: Callable[[Words, int], None]) -> None:
        """Look at the sheet of a count, or alter it; `how` is given its current slot."""

    async def tend(self) -> None:
        """Clean up after workers that died."""

    async def close(self) -> None:
        """Leave."""

    @property
    def alone(self) -> bool:
        """Whether no other worker counts here now."""

    @property
    def fresh(self) -> bool:
        """Whether what was counted before this machine was started may be lost."""


@dataclass(slots=True)
class Counters:
    """Makes counters over one source, and tends them."""

    source: Shared
    known: dict[str, Counter] = field(default_factory=dict)

    def counter(
        self, name: str, span: Span, cap: int, *, marks: Sequence[int] = (), heard: Heard = unheard
    ) -> Counter:
        """The counter of a name; a cap, marks and a hearer other than before take their place."""
        key = f"{name}/{span.name}"
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = Counter(name, span, cap, self.source, marks=marks, heard=heard)
        found.cap, found.marks, found.heard = cap, tuple(marks), heard
        return found

    async def tend(self) -> None:
        """Bring home what is due, and clean up after workers that died."""
        await self.source.tend()
        for number, counter in enumerate(list(self.known.values())):
            if counter.owes and not counter.may_keep():
                await self.source.sync(counter)
            if number % _AT_A_TIME == _AT_A_TIME - 1:
                await asyncio.sleep(0)

    async def close(self) -> None:
        """Bring everything home and leave; calls under way are not waited for."""
        for counter in self.known.values():
            if counter.owes:
                await self.source.sync(counter)
        await self.source.close()
