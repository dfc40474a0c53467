"""Upstreams are looked at while nobody asks them anything: whether they can be reached, never by a call that is paid."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from colonnade.gateway.upstream.interface import Upstream
from colonnade.reliability.targets import Condition

EVERY_S = 5.0
_AGAIN_S = 0.5
_PATIENCE_S = 6.0
"""Longer than a connection may take to be opened."""


@dataclass(frozen=True, slots=True)
class Lookout:
    """Asks every upstream whether it is ready. What was found wrong twice in a row keeps calls away from it.

    It says nothing of breakers: those close by calls that are answered.
    """

    conditions: Mapping[str, Condition]
    upstreams: Mapping[str, Upstream]
    every_s: float = EVERY_S

    async def forever(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self.every_s)

    async def look(self) -> None:
        """Look at every upstream once, all at the same time."""
        known = [name for name in self.conditions if name in self.upstreams]
        await asyncio.gather(*(self._look_at(name) for name in known))

    async def _look_at(self, name: str) -> None:
        condition, upstream = self.conditions[name], self.upstreams[name]
        found = await _ailment(upstream)
        if found and not condition.ailment:
            await asyncio.sleep(min(_AGAIN_S, self.every_s))
            found = await _ailment(upstream)
        condition.ailment = found


async def _ailment(upstream: Upstream) -> str:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await upstream.ready() or ""
    except TimeoutError:
        return "no answer in time"
    except Exception as error:  # noqa: BLE001 - one upstream that cannot even say so must not end the watch of all
        return type(error).__name__
