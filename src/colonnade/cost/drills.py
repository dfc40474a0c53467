"""Drill of step 6: synthetic spend crosses every threshold of a shadow budget, and a real receiver hears of it."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from colonnade.cost.budgets.bound import nano
from colonnade.cost.budgets.governor import Governor, Promise
from colonnade.cost.budgets.warnings import Warnings
from colonnade.cost.counting.counters import Counters
from colonnade.cost.evidence import BudgetDrill
from colonnade.errors import BudgetExceeded
from colonnade.evidence.change import Change
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record

CAP_USD = 1.0
STEPS = 40
"""Calls that use up the cap, if each costs what it reserved."""


async def budget(thresholds: Sequence[float], counters: Counters, *, enforced: bool, scope: Scope) -> Record:
    """Spend until nothing is left, by the code and the counters that hold real calls, for a holder of its own.

    Args:
        thresholds: of the workload.
        counters: where the workload's workers count; closed afterwards.
        enforced: whether the gateway that serves has the stage `budget`.
        scope: what is being observed.
    """
    async with receiver() as ear:
        warnings = Warnings("drill", _forget)
        promise = Promise({"day": CAP_USD}, tuple(thresholds), (ear.url,))
        governor = Governor(
            promise, counters, partial(warnings.tell, promise.receivers), f"drill-{secrets.token_hex(4)}"
        )
        refused, most = await _spend(governor, counters, warnings)
        [account] = await governor.accounts()
        await counters.close()
    view = BudgetDrill(
        enforced=enforced,
        thresholds=list(thresholds),
        heard=[notice["share"] for notice in ear.heard],
        spent=account.spent / CAP_USD,
        refused=refused,
        beyond=most > CAP_USD,
    )
    return scope.record(view, kind="drill", source="drill", collector="cost.budget-drill@1", n=STEPS)


async def _spend(governor: Governor, counters: Counters, warnings: Warnings) -> tuple[bool, float]:
    """Whether a call was refused, and the most that was ever spent."""
    step, most = nano(CAP_USD / STEPS), 0.0
    for _ in range(STEPS + 1):
        try:
            reservation = await governor.reserve(step)
        except BudgetExceeded:
            await warnings.finish()
            return True, most
        reservation.settle(step)
        await counters.tend()
        await warnings.finish()
        [account] = await governor.accounts()
        most = max(most, account.spent)
    return False, most


def _forget(change: Change) -> None:
    """A drill's warnings are no change of the workload: its record tells of them."""


@dataclass(slots=True)
class Ear:
    """A receiver of warnings on the loopback: what it was told, in order."""

    url: str
    heard: list[dict[str, float]] = field(default_factory=list)

    async def listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = next(line for line in head.split("\r\n") if line.startswith("content-length:"))
        self.heard.append(json.loads(await reader.readexactly(int(length.partition(":")[2]))))
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


@asynccontextmanager
async def receiver() -> AsyncIterator[Ear]:
    """A real receiver on a free port, for the length of a drill."""
    ear = Ear("")
    server = await asyncio.start_server(ear.listen, "127.0.0.1", 0)
    ear.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    async with server:
        yield ear
