"""What was spent is not forgotten by a restart, a lost file or a worker that was killed; nobody is told twice."""

from __future__ import annotations

import time

import pytest
from served import MINIMAL

from colonnade.assembly.counting import Counting, budget_accounts
from colonnade.cost.budgets.bound import nano
from colonnade.cost.budgets.governor import Governor, Promise
from colonnade.cost.budgets.history import counted
from colonnade.errors import BudgetExceeded
from colonnade.evidence.change import Change
from colonnade.evidence.ledger import ClosedRequest, Ledger
from colonnade.evidence.request import RequestRecord
from colonnade.store import open_store
from colonnade.workload import load

PROMISE = Promise({"day": 10.0, "month": 50.0}, (0.5, 0.8), ())


@pytest.fixture
def workload(tmp_path):
    import shutil

    folder = shutil.copytree(MINIMAL, tmp_path / "workload")
    path = folder / "workload.yaml"
    path.write_text(
        path.read_text().replace("labels:", "budgets: {per_day_usd: 10.0, per_month_usd: 50.0}\nlabels:", 1)
    )
    return load(folder)


@pytest.fixture
def ledger(workload):
    store = open_store(workload.state)
    yield Ledger(store)
    store.close()


class Process:
    """One run of a gateway, as far as it spends."""

    def __init__(self, workload, ledger):
        self.workload = workload
        self.counting = Counting(workload, ledger)
        self.told = []
        self.governor = Governor(PROMISE, self.counting.counters, self.told.append)

    async def begin(self):
        await self.counting.restore(self.workload, self.governor)
        return self

    async def spend(self, usd):
        (await self.governor.reserve(nano(usd))).settle(nano(usd))
        await self.counting.counters.tend()

    async def spent(self):
        return {account.budget: round(account.spent, 6) for account in await self.governor.accounts()}

    def kill(self):
        self.counting.counters.source._file.close()


def request(number, usd, ago_s=0.0, **fields):
    at = time.time() - ago_s
    facts = {"price_known": True, "usd": usd, "outcome": "answered", "status": 200, **fields}
    return ClosedRequest(
        RequestRecord(
            id=f"req-{number}", opened_at=at, closed_at=at, environment="rehearsal", workload="w", **facts
        )
    )


async def test_a_restart_goes_on_where_the_last_run_ended(workload, ledger):
    first = await Process(workload, ledger).begin()
    await first.spend(4.0)
    await first.counting.end()
    second = await Process(workload, ledger).begin()
    assert await second.spent() == {"day": 4.0, "month": 4.0}
    with pytest.raises(BudgetExceeded):
        await second.spend(6.5)
    await second.counting.end()


async def test_spending_is_read_from_the_journal_where_the_file_is_lost(workload, ledger):
    ledger.append_requests([request(1, 2.0), request(2, 1.5), request(3, 9.0, price_known=False)])
    process = await Process(workload, ledger).begin()
    assert (await process.spent())["month"] == 3.5
    await process.counting.end()


async def test_what_the_journal_has_and_the_file_has_is_not_counted_twice(workload, ledger):
    first = await Process(workload, ledger).begin()
    await first.spend(4.0)
    ledger.append_requests([request(1, 4.0)])
    await first.counting.end()
    for _ in range(2):
        again = await Process(workload, ledger).begin()
        assert await again.spent() == {"day": 4.0, "month": 4.0}
        await again.counting.end()


async def test_calls_of_a_worker_that_was_killed_stay_reserved_and_its_lease_does_not(workload, ledger):
    killed = await Process(workload, ledger).begin()
    await killed.spend(1.0)
    await killed.governor.reserve(nano(2.0))
    killed.kill()
    process = await Process(workload, ledger).begin()
    day = (await process.governor.accounts())[0]
    assert (day.spent, round(day.reserved, 6), round(day.remaining, 6)) == (1.0, 2.0, 7.0)
    await process.spend(7.0)
    await process.counting.end()


async def test_a_threshold_is_told_of_once_over_restarts_and_workers(workload, ledger):
    one, other = await Process(workload, ledger).begin(), await Process(workload, ledger).begin()
    await one.spend(3.0)
    await other.spend(3.0)
    told = one.told + other.told
    assert [(it.budget, it.share) for it in told] == [("day", 0.5)]
    ledger.append_change(
        Change(
            kind="budget", name="day", at=time.time(), actor="gateway", reason=told[0].sentence, after="0.5",
            details={"period": told[0].period},
        )
    )  # fmt: skip
    await one.counting.end()
    await other.counting.end()
    again = await Process(workload, ledger).begin()
    await again.spend(0.5)
    assert again.told == []
    await again.counting.end()


async def test_a_threshold_that_nobody_was_told_of_is_told_at_the_next_start(workload, ledger):
    first = await Process(workload, ledger).begin()
    await first.spend(5.5)
    assert len(first.told) == 1
    first.kill()  # before anybody was told
    again = await Process(workload, ledger).begin()
    await again.spend(0.1)
    assert [it.share for it in again.told] == [0.5]
    await again.counting.end()


async def test_the_state_of_budgets_can_be_asked_for_beside_the_gateway(workload, ledger):
    process = await Process(workload, ledger).begin()
    await process.spend(6.0)
    day, month = await budget_accounts(workload.folder)
    assert (day.budget, day.spent, day.cap, day.told) == ("day", 6.0, 10.0, (0.5,))
    assert (month.budget, round(month.remaining, 6)) == ("month", 44.0)
    await process.counting.end()


def test_an_unpriced_request_counts_what_its_route_says(workload):
    route = workload.specification.routes["answer"].model_copy(
        update={"unpriced": "cap", "unpriced_usd": 0.25}
    )
    unpriced = request(1, 0.0, price_known=False, reached_upstream=True, route="answer").record
    assert counted(unpriced, {"answer": route}) == nano(0.25)
    assert counted(unpriced, workload.specification.routes) == 0
    unasked = request(2, 0.0, price_known=False, route="answer").record
    assert counted(unasked, {"answer": route}) == 0
