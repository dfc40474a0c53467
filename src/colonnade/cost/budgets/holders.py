"""Keys, teams and tenants have budgets of their own beside the workload's: a call needs room in each that it falls under."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from colonnade.cost.budgets.governor import Account, Crossing, Governor, Promise
from colonnade.cost.counting.counters import Counters
from colonnade.gateway.call import Call, Identity
from colonnade.workload.sections.promises import Budgets, HolderBudget

_MOST = 10_000

Told = Mapping[str, Mapping[str, Sequence[float]]]
"""By holder and budget, the shares that somebody was told of."""


@dataclass(slots=True)
class Holders:
    """Finds the governor of a call, once for each key.

    An entry with `only` takes the place of the entry for everybody of its kind. Thresholds and receivers are the workload's.

    Args:
        stated: as the workload file declares them.
        workload: holds what all of them spend together.
        labels: of the workload; those of a key win.
        counters: where the workers count together.
        tell: as `Governor`.
    """

    stated: Budgets
    workload: Governor
    labels: Mapping[str, str]
    counters: Counters
    tell: Callable[[Crossing], None]
    _known: dict[str, tuple[Identity | None, Governor]] = field(default_factory=dict)

    def governor(self, call: Call) -> Governor:
        """What the call must find room in; made again where the key's labels were read anew."""
        identity = call.identity
        place = identity.key_id if identity else ""
        found = self._known.get(place)
        if found is not None and found[0] is identity:
            return found[1]
        if len(self._known) >= _MOST:
            self._known.clear()
        made = self._beside(identity)
        self._known[place] = identity, made
        return made

    def of(self, key_id: str, labels: Mapping[str, str]) -> list[str]:
        """The holders with a budget that a call of this key with these labels falls under."""
        named = {"key": key_id, **labels}
        kinds = dict.fromkeys(it.per for it in self.stated.holders)
        found = ((kind, named.get(kind, "")) for kind in kinds)
        return [f"{kind}/{name}" for kind, name in found if _entry(self.stated, kind, name) is not None]

    async def accounts(self, seen: Iterable[str]) -> list[Account]:
        """How the budgets stand of everybody who was seen, and of everybody whom the workload file names."""
        named = [f"{it.per}/{it.only}" for it in self.stated.holders if it.only]
        holders = sorted({*named, *seen})
        return [account for holder in holders for account in await self._own(holder).accounts()]

    async def restore(self, spent_nano: Mapping[str, Mapping[str, int]], told: Told) -> None:
        """Know of what the journal has of each holder; see `Governor.restore`."""
        for holder in {*spent_nano, *told}:
            kind, _, name = holder.partition("/")
            if _entry(self.stated, kind, name) is not None:
                await self._own(holder).restore(spent_nano.get(holder, {}), told.get(holder, {}))

    def _beside(self, identity: Identity | None) -> Governor:
        labels = {**self.labels, **(identity.labels if identity else {})}
        others = [self._own(holder) for holder in self.of(identity.key_id if identity else "", labels)]
        workload = self.workload
        return Governor(workload.promise, self.counters, self.tell, workload.holder, beside=others)

    def _own(self, holder: str) -> Governor:
        kind, _, name = holder.partition("/")
        entry = _entry(self.stated, kind, name)
        assert entry is not None, "holders are asked for by the entries"
        bounds = {"day": _cap(entry.per_day_usd), "month": _cap(entry.per_month_usd)}
        caps = {budget: usd for budget, usd in bounds.items() if usd < math.inf}
        whole = self.workload.promise
        return Governor(Promise(caps, whole.thresholds, whole.receivers), self.counters, self.tell, holder)


def _entry(stated: Budgets, kind: str, name: str) -> HolderBudget | None:
    mine = [it for it in stated.holders if it.per == kind and it.only in (None, name)]
    return max(mine, key=lambda it: it.only is not None, default=None)


def _cap(stated: float | None) -> float:
    return math.inf if stated is None else stated
