"""Whoever is named is told once of each threshold that spend has crossed, and the ledger keeps that they were."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import msgspec

from colonnade.cost.budgets.governor import Crossing
from colonnade.errors import SetupError
from colonnade.evidence.change import Change

PATIENCE_S = 5.0
PAUSES_S = (0.2, 1.0, 5.0, 25.0)
"""Pauses between the tries to reach a receiver; the last try follows the last pause."""


_Told = tuple[Sequence[str], Crossing]


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver is sent as JSON. `share` is 1 where the budget is used up and calls are refused.

    `holder` is the key or the team whose budget it is, e.g. `team/kitchen`, empty for the workload.
    """

    event: str = "colonnade.budget"
    workload: str
    budget: str
    holder: str
    period: str
    share: float
    spent_usd: float
    cap_usd: float
    text: str
    at: float


@dataclass(slots=True)
class Warnings:
    """Takes crossings from governors, and delivers them in tasks of its own.

    Args:
        workload: the name of what spends.
        keep: writes a change into the ledger; runs in a thread.
        pauses_s: pauses between tries.
    """

    workload: str
    keep: Callable[[Change], object]
    pauses_s: Sequence[float] = PAUSES_S
    _waiting: asyncio.Queue[_Told] = field(default_factory=asyncio.Queue)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    def tell(self, receivers: Sequence[str], crossing: Crossing) -> None:
        """Have it delivered to web addresses, which are never shown: they may hold a secret. Returns at once."""
        self._waiting.put_nowait((receivers, crossing))

    async def forever(self) -> None:
        """Deliver until cancelled; a receiver that does not answer keeps nobody else waiting."""
        while True:
            self._begin(await self._waiting.get())

    async def finish(self) -> None:
        """Deliver what is waiting, and return when all of it is delivered or given up."""
        while not self._waiting.empty():
            self._begin(self._waiting.get_nowait())
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _begin(self, told: _Told) -> None:
        task = asyncio.create_task(self._deliver(*told))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _deliver(self, receivers: Sequence[str], crossing: Crossing) -> None:
        at = time.time()
        notice = Notice(
            workload=self.workload, budget=crossing.budget, holder=crossing.holder, period=crossing.period, share=crossing.share,
            spent_usd=crossing.spent_usd, cap_usd=crossing.cap_usd, text=crossing.sentence, at=at,
        )  # fmt: skip
        body = msgspec.json.encode(notice)
        reached = await asyncio.gather(*(self._reach(receiver, body) for receiver in receivers))
        change = Change(
            kind="budget",
            name=crossing.name,
            at=at,
            actor="gateway",
            reason=crossing.sentence,
            after=f"{crossing.share:g}",
            details={"period": crossing.period, **_receipts(receivers, reached)},
        )
        try:
            await asyncio.to_thread(self.keep, change)
        except SetupError:
            return  # untold as far as the ledger knows: it is told again at the next start

    async def _reach(self, receiver: str, body: bytes) -> bool:
        for pause_s in (*self.pauses_s, None):
            if await asyncio.to_thread(_post, receiver, body):
                return True
            if pause_s is not None:
                await asyncio.sleep(pause_s)
        return False


def _receipts(receivers: Sequence[str], reached: Sequence[bool]) -> dict[str, str]:
    named = [f"receiver {number}, {urlsplit(it).hostname}" for number, it in enumerate(receivers, 1)]
    return {name: "told" if told else "not reached" for name, told in zip(named, reached, strict=True)}


def _post(receiver: str, body: bytes) -> bool:
    """Whether the receiver took it: an answer of 2xx."""
    request = urllib.request.Request(  # noqa: S310 - the loader lets web addresses through only
        receiver, data=body, headers={"content-type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S):  # noqa: S310 - as above
            return True
    except (OSError, ValueError):
        return False
