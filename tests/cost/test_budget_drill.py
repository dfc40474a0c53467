"""The drill spends for a holder of its own, and sees what a budget that does not hold would let through."""

from __future__ import annotations

import time

import msgspec
import pytest

from colonnade.cost import drills
from colonnade.cost.budgets import governor
from colonnade.cost.budgets.bound import nano
from colonnade.cost.budgets.governor import Governor, Promise
from colonnade.cost.counting.counters import Counters
from colonnade.cost.counting.host import OneHost
from colonnade.cost.evidence import BudgetDrill
from colonnade.cost.practices.budgets import spend_was_warned_of_and_stopped
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Subject


@pytest.fixture
def counters(tmp_path):
    return lambda: Counters(OneHost(tmp_path / "host.counters"))


async def drilled(counters, *, enforced=True, thresholds=(0.5, 0.8)):
    scope = Scope("rehearsal", Subject(), 0.0, time.time())
    record = await drills.budget(thresholds, counters(), enforced=enforced, scope=scope)
    return msgspec.convert(record.facts, BudgetDrill)


async def test_every_threshold_is_heard_once_and_the_cap_refuses(counters):
    found = await drilled(counters)
    assert found.heard == [0.5, 0.8, 1.0]
    assert (found.refused, found.beyond, found.spent) == (True, False, 1.0)
    assert spend_was_warned_of_and_stopped(found).outcome == "pass"


async def test_the_workload_itself_spends_nothing(counters):
    await drilled(counters)
    own = Governor(Promise({"day": 1.0}, (0.5,), ()), counters(), lambda crossing: None)
    [account] = await own.accounts()
    assert (account.spent, account.reserved) == (0.0, 0.0)


async def test_a_gateway_without_the_stage_fails_the_drill(counters):
    found = await drilled(counters, enforced=False)
    assert spend_was_warned_of_and_stopped(found).outcome == "fail"


async def test_warnings_that_do_not_arrive_fail_the_drill(counters, monkeypatch):
    monkeypatch.setattr(drills.Warnings, "tell", lambda self, receivers, crossing: None)
    found = await drilled(counters)
    assert found.heard == []
    assert spend_was_warned_of_and_stopped(found).outcome == "fail"


async def test_a_budget_that_does_not_refuse_fails_the_drill(counters, monkeypatch):
    monkeypatch.setattr(governor, "nano", lambda usd: nano(3 * usd))
    found = await drilled(counters)
    assert not found.refused
    assert spend_was_warned_of_and_stopped(found).outcome == "fail"
