"""A key or a team spends no more than its own budget, however much the workload has left."""

from __future__ import annotations

import asyncio
import time
from collections import Counter as Tally
from collections.abc import Mapping

import pytest
from budgeted import Budgeted
from hypothesis import given, settings
from hypothesis import strategies as st
from served import specification

from colonnade.cost.budgets.bound import nano
from colonnade.cost.budgets.governor import Account, Governor, Promise
from colonnade.cost.budgets.history import spent_before, told_before
from colonnade.cost.budgets.holders import Holders
from colonnade.cost.counting.counters import Counters
from colonnade.cost.counting.memory import InProcess
from colonnade.errors import BudgetExceeded
from colonnade.evidence.change import Change
from colonnade.evidence.ledger import ClosedRequest, Ledger
from colonnade.evidence.request import RequestRecord
from colonnade.gateway.call import Call, Identity
from colonnade.store import open_store
from colonnade.workload.sections.promises import Budgets, HolderBudget

SHORT = {"max_output_tokens": 500}


async def accounts(served: Budgeted, *holders: str) -> Mapping[str, Account]:
    found = await served.holders.accounts(holders)
    return {f"{it.holder}/{it.budget}": it for it in found}


async def test_each_key_spends_its_own_budget_and_no_more():
    served = Budgeted(1.0, holders=({"per": "key", "per_day_usd": 0.0004},), route=SHORT)
    for key in ("one", "two"):
        served.known_as(key)
        statuses = [(await served.ask()).status for _ in range(60)]
        assert statuses[0] == 200
        assert statuses[-1] == 429
    found = await accounts(served, "key/one", "key/two")
    assert all(0.0 < account.spent <= 0.0004 for account in found.values())
    assert (await served.account()).spent == pytest.approx(sum(it.spent for it in found.values()))


async def test_the_refusal_says_whose_budget_it_is():
    served = Budgeted(1.0, holders=({"per": "team", "per_month_usd": 1e-7},))
    served.known_as("k", team="kitchen")
    error = (await served.ask()).json["error"]
    assert (error["type"], error["code"]) == ("insufficient_quota", "budget_exceeded")
    assert error["message"] == (
        "The budget of 1e-07 USD a month of this team has too little left for what this call may cost."
    )
    assert (await served.account()).reserved == 0.0, "what the workload had reserved is free again"


async def test_one_holder_may_have_a_budget_of_its_own_in_place_of_the_usual_one():
    served = Budgeted(1.0, holders=(
        {"per": "team", "per_day_usd": 1e-7}, {"per": "team", "only": "kitchen", "per_day_usd": 0.5},
    ))  # fmt: skip
    served.known_as("k", team="kitchen")
    assert (await served.ask()).status == 200
    served.known_as("k", team="cellar")
    assert (await served.ask()).status == 429


async def test_keys_without_a_label_count_for_the_team_of_the_workload():
    served = Budgeted(1.0, holders=({"per": "team", "only": "library", "per_day_usd": 0.5},))
    served.known_as("bare")
    await served.ask()
    assert (await accounts(served))["team/library/day"].spent == pytest.approx(served.paid)


async def test_a_call_needs_room_in_the_budget_of_its_key_and_of_its_team():
    served = Budgeted(1.0, route=SHORT, holders=(
        {"per": "key", "per_day_usd": 0.5}, {"per": "team", "per_day_usd": 0.0004},
    ))  # fmt: skip
    for key in ("one", "two"):
        served.known_as(key, team="kitchen")
        await asyncio.gather(*(served.ask() for _ in range(20)))
    found = await accounts(served, "key/one", "key/two", "team/kitchen")
    assert found["team/kitchen/day"].spent <= 0.0004
    both = found["key/one/day"].spent + found["key/two/day"].spent
    assert both == pytest.approx(found["team/kitchen/day"].spent)


async def test_thresholds_of_a_holder_are_told_by_name():
    served = Budgeted(1.0, holders=({"per": "team", "per_day_usd": 0.0004},), route={"max_output_tokens": 30})
    served.known_as("k", team="kitchen")
    for _ in range(60):
        await served.ask()
        await served.counters.tend()
    told = [(it.holder, it.share) for it in served.crossings]
    assert told == [("team/kitchen", 0.5), ("team/kitchen", 0.8), ("team/kitchen", 1.0)]
    assert served.crossings[0].name == "team/kitchen/day"
    assert " of the team kitchen are reached" in served.crossings[0].sentence


async def test_a_stream_is_cut_at_the_cap_of_its_key():
    served = Budgeted(
        1.0, holders=({"per": "key", "per_day_usd": 0.00012},), answer_tokens=1000, tokens_per_s=20_000.0,
        route={"max_output_tokens": 1000, "at_cap": "cut"},
    )  # fmt: skip
    heard = await served.ask(stream=True)
    assert heard.status == 200
    assert not heard.done
    assert heard.events[-1]["error"]["code"] == "budget_exceeded"
    assert "of this key" in heard.events[-1]["error"]["message"]


# what the journal knows


def test_spending_and_warnings_are_read_back_by_holder(tmp_path):
    store = open_store(tmp_path / "state")
    ledger, now = Ledger(store), time.time()
    ledger.append_requests([
        ClosedRequest(RequestRecord(
            id=f"req-{number}", opened_at=now, closed_at=now, environment="rehearsal", workload="w", price_known=True,
            usd=usd, outcome="answered", status=200, key_id=key, labels={"team": team},
        ))
        for number, (key, team, usd) in enumerate([("a", "x", 1.0), ("b", "x", 2.0), ("a", "y", 4.0)])
    ])  # fmt: skip
    month = time.strftime("%Y-%m", time.gmtime(now))
    ledger.append_change(Change(
        kind="budget", name="team/x/month", at=now, actor="gateway", reason="r", after="0.5", details={"period": month},
    ))  # fmt: skip
    holders = made(
        Budgets(holders=[HolderBudget(per="key", per_day_usd=9), HolderBudget(per="team", per_month_usd=6)])
    )
    spent = spent_before(ledger, specification().routes, now, lambda it: holders.of(it.key_id, it.labels))
    assert {name: found["month"] for name, found in spent.items()} == {
        "workload": nano(7.0), "key/a": nano(5.0), "key/b": nano(2.0), "team/x": nano(3.0), "team/y": nano(4.0),
    }  # fmt: skip
    told = told_before(ledger, now)
    assert told["team/x"] == {"month": [0.5]}
    store.close()

    async def restored() -> list[Account]:
        await holders.restore({k: v for k, v in spent.items() if k != "workload"}, told)
        return await holders.accounts(["team/x"])

    [account] = asyncio.run(restored())
    assert (account.spent, account.remaining, account.told) == (3.0, 3.0, (0.5,))


# properties

CALLS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.integers(1, 40), st.integers(0, 100)),
    max_size=60,
)


def made(stated: Budgets, day: float = 1000.0) -> Holders:
    counters = Counters(InProcess())
    promise = Promise({"day": day}, (0.5,), ())
    return Holders(stated, Governor(promise, counters, lambda _: None), {}, counters, lambda _: None)


def call_of(key: str, team: str) -> Call:
    return Call(
        id="r", endpoint="chat", received_at=0.0, started=0.0, authorization=None, headers={}, body=b"",
        identity=Identity(key, "caller", {"team": team}),
    )  # fmt: skip


@settings(max_examples=80)
@given(CALLS, st.integers(20, 300), st.integers(20, 300), st.integers(20, 300))
def test_no_budget_is_exceeded_and_every_dollar_counts_once_for_each_holder(calls, day, of_key, of_team):
    stated = Budgets(holders=[
        HolderBudget(per="key", per_day_usd=of_key), HolderBudget(per="team", per_day_usd=of_team),
    ])  # fmt: skip
    holders = made(stated, day)
    spent: Tally[str] = Tally()

    async def played() -> dict[str, Account]:
        for key, team, usd, share in calls:
            try:
                reservation = await holders.governor(call_of(key, team)).reserve(nano(usd))
            except BudgetExceeded:
                room = {"workload": day, f"key/{key}": of_key, f"team/{team}": of_team}
                assert any(spent[name] / 100 + usd > cap for name, cap in room.items()), (
                    "refused, and there was room"
                )
                continue
            reservation.settle(nano(usd) * share // 100)
            for name in ("workload", f"key/{key}", f"team/{team}"):
                spent[name] += usd * share
        seen = await holders.accounts(["key/a", "key/b", "team/x", "team/y"])
        return {it.holder or "workload": it for it in [*seen, *await holders.workload.accounts()]}

    found = asyncio.run(played())
    for name, account in found.items():
        assert account.spent == pytest.approx(spent[name] / 100)
        assert account.spent <= account.cap
        assert account.reserved == 0.0
    for kind in ("key", "team"):
        parts = [it.spent for it in found.values() if it.holder.startswith(kind)]
        assert sum(parts) == pytest.approx(found["workload"].spent)
