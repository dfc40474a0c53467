"""A call that would cost more than the ceiling of a month is refused, which a drill can see without spending anything."""

from __future__ import annotations

from colonnade.cost.budgets.bound import nano
from colonnade.cost.budgets.governor import Crossing, Governor, Promise
from colonnade.cost.counting.counters import Counters
from colonnade.cost.counting.memory import InProcess


async def beyond_the_ceiling(ceiling_usd: float) -> None:
    """Ask the governor for more than a whole month may cost, in counters of its own.

    Raises:
        BudgetExceeded: as it must.
    """
    promise = Promise({"month": ceiling_usd}, (), ())
    governor = Governor(promise, Counters(InProcess()), _unheard, "drill")
    reservation = await governor.reserve(nano(ceiling_usd) + 1)
    reservation.release()


def _unheard(crossing: Crossing) -> None:
    """Nobody is told of a drill's ceiling."""
