"""Limits and budgets of one process: where it counts lasts as long as the process, what it holds calls to as a version."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from colonnade.assembly.opened import opened
from colonnade.cost.budgets.bound import Bounds
from colonnade.cost.budgets.governor import WORKLOAD, Account, Crossing, Governor, Promise
from colonnade.cost.budgets.history import Spent, spent_before, told_before
from colonnade.cost.budgets.holders import Holders
from colonnade.cost.budgets.spending import Spend
from colonnade.cost.budgets.warnings import Warnings
from colonnade.cost.counting.counters import EVERY_S, Counters, Shared
from colonnade.cost.counting.host import OneHost
from colonnade.cost.counting.hosts import ManyHosts, Shelf
from colonnade.cost.counting.postgresql_shelf import PostgresqlShelf
from colonnade.cost.counting.valkey_shelf import ValkeyShelf
from colonnade.cost.limits.limiting import Limiting
from colonnade.cost.limits.models import ModelLimiting
from colonnade.cost.limits.plans import Plans
from colonnade.cost.metering import Meter
from colonnade.errors import SetupError, Unavailable
from colonnade.evidence.ledger import Ledger
from colonnade.gateway.estimate import tokens_in
from colonnade.workload.folder import Workload
from colonnade.workload.sections.promises import Limit

FAREWELL_S = 3.0
"""How long a process that ends waits for receivers of warnings; who was not told is told at the next start."""


class Counting:
    """Made once a process; opened when the first version of the workload has a limit or a budget.

    Args:
        workload: as it was loaded first; `counters` of later versions are taken up by a restart.
        ledger: what was spent and told before, and what is told now.
    """

    def __init__(self, workload: Workload, ledger: Ledger) -> None:
        self._workload = workload
        self._ledger = ledger
        self._counters: Counters | None = None
        self.warnings = Warnings(workload.specification.name, ledger.append_change)

    @property
    def counters(self) -> Counters:
        """Where this process counts."""
        if self._counters is None:
            self._counters = Counters(source_of(self._workload))
        return self._counters

    def limiting(self, workload: Workload, meter: Meter) -> tuple[Limiting, ...]:
        """The stage `limit` of a version, or nothing where it has no limits of callers."""
        plans = self._plans(workload, [it for it in workload.specification.limits if it.per != "model"])
        if plans is None:
            return ()
        return (Limiting(plans, Bounds(meter.prices), added_tokens(workload), _lenient(workload)),)

    def limiting_models(self, workload: Workload, meter: Meter) -> tuple[ModelLimiting, ...]:
        """The stage `model_limit` of a version, or nothing where it has no limits of models."""
        plans = self._plans(workload, [it for it in workload.specification.limits if it.per == "model"])
        return () if plans is None else (ModelLimiting(plans, Bounds(meter.prices), _lenient(workload)),)

    def _plans(self, workload: Workload, limits: Sequence[Limit]) -> Plans | None:
        return Plans(limits, _labels(workload), self.counters) if limits else None

    def spending(self, workload: Workload, meter: Meter) -> tuple[Spend, ...]:
        """The stage `budget` of a version, or nothing where it has no budget."""
        promise = Promise.of(workload.specification)
        if not promise.caps and not workload.specification.budgets.holders:
            return ()
        tell = partial(self.warnings.tell, promise.receivers)
        governor = Governor(promise, self.counters, tell)
        holders = self.holders_of(workload, governor, tell)
        return (Spend(governor, Bounds(meter.prices), meter, holders),)

    def holders_of(
        self, workload: Workload, governor: Governor, tell: Callable[[Crossing], None]
    ) -> Holders | None:
        """The budgets of keys and teams of a version; None where it has none."""
        specification = workload.specification
        if not specification.budgets.holders:
            return None
        return Holders(specification.budgets, governor, _labels(workload), self.counters, tell)

    async def restore(
        self, workload: Workload, governor: Governor, holders: Holders | None = None
    ) -> list[str]:
        """Know of what was spent and told before: at a start, and where a version has another budget than the last.

        Returns:
            Every holder of a budget that the journal knows.

        Raises:
            SetupError: the ledger cannot be read.
        """
        try:
            known = all(account.spent > 0 for account in await governor.accounts())
            spent: Spent = {}
            if not known or holders is not None or self.counters.source.fresh:
                spent = await asyncio.to_thread(self._spent, workload, holders)
            told = await asyncio.to_thread(told_before, self._ledger, time.time())
            await governor.restore(spent.pop(WORKLOAD, {}), told.pop(WORKLOAD, {}))
            if holders is not None:
                await holders.restore(spent, told)
        except Unavailable as away:
            raise SetupError(away.message) from None
        return list(spent)

    def _spent(self, workload: Workload, holders: Holders | None) -> Spent:
        routes, now = workload.specification.routes, time.time()
        if holders is None:
            return spent_before(self._ledger, routes, now)
        return spent_before(self._ledger, routes, now, lambda it: holders.of(it.key_id, it.labels))

    def duties(self) -> list[Coroutine[Any, Any, None]]:
        """What goes on beside the calls."""
        return [self._tend(), self.warnings.forever()]

    async def end(self) -> None:
        """Bring everything home, tell what is to be told, and leave."""
        if self._counters is not None:
            await self._counters.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.warnings.finish(), FAREWELL_S)

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            if self._counters is not None:
                await self._counters.tend()


def source_of(workload: Workload) -> Shared:
    """Where the workers of a workload count together.

    Raises:
        SetupError: the address cannot be read, an extra is missing, or the file cannot be written.
    """
    specification = workload.specification
    stated = specification.counters
    if stated.shared == "host":
        return OneHost(workload.state / "counters" / "host.counters")
    url = _address(stated.url or "")
    shelf: Shelf = ValkeyShelf(url) if stated.shared == "valkey" else PostgresqlShelf(url)
    return ManyHosts(shelf, f"colonnade/{specification.name}/{specification.review.environment}/")


async def budget_accounts(folder: Path) -> list[Account]:
    """How the budgets of a workload stand now, whether it is served or not.

    Raises:
        ColonnadeError: the workload has faults, or its counters or its ledger cannot be read.
    """
    with opened(folder) as (workload, ledger, _):
        counting = Counting(workload, ledger)
        promise = Promise.of(workload.specification)
        if not promise.caps and not workload.specification.budgets.holders:
            return []
        governor = Governor(promise, counting.counters, _unheard)
        holders = counting.holders_of(workload, governor, _unheard)
        seen = await counting.restore(workload, governor, holders)
        accounts = await governor.accounts()
        accounts += [] if holders is None else await holders.accounts(seen)
        await counting.counters.close()
        return accounts


def _labels(workload: Workload) -> dict[str, str]:
    return {name: value for name, value in workload.specification.labels.model_dump().items() if value}


def _lenient(workload: Workload) -> bool:
    return workload.specification.counters.when_away == "allow"


def _unheard(crossing: Crossing) -> None:
    """Who only looks tells nobody."""


def added_tokens(workload: Workload) -> dict[str, int]:
    """About how many tokens the prompt and the passages of each route add to what callers send."""
    specification, added = workload.specification, {}
    for name, route in specification.routes.items():
        prompt = workload.prompts.get((route.prompt or "").split("@")[0])
        tokens = tokens_in(prompt.template) if prompt else 0
        if route.knowledge is not None:
            tokens += route.knowledge.passages * specification.knowledge[route.knowledge.use].chunk_tokens
        added[name] = tokens
    return added


def _address(reference: str) -> str:
    kind, _, place = reference.partition(":")
    if kind == "env" and os.environ.get(place):
        return os.environ[place]
    try:
        if kind == "file":
            return Path(place).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        pass  # said below
    raise SetupError(f"counters.url refers to {reference}, which cannot be read")
