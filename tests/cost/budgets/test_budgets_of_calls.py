"""The most that a call may cost is reserved before it, and what it cost is what counts afterwards."""

from __future__ import annotations

import asyncio

import pytest
from budgeted import Budgeted

from colonnade.cost.prices import Fixed, Price, PriceBook
from colonnade.errors import UpstreamFailed

UNPRICED = PriceBook({"small": Fixed(Price(None, "not in the price list"))})


async def test_calls_go_through_until_nothing_is_left_and_then_none_does():
    served = Budgeted(0.0005, route={"max_output_tokens": 500})
    statuses = [(await served.ask()).status for _ in range(60)]
    refused = statuses.index(429)
    assert set(statuses[:refused]) == {200}
    assert set(statuses[refused:]) == {429}
    assert served.asked == refused
    account = await served.account()
    assert served.paid <= account.spent <= 0.0005
    assert account.reserved == 0.0
    assert account.remaining < 500 * 0.4e-6 + 0.1e-6 * 400, "refused only where the next bound does not fit"


async def test_a_refusal_is_one_that_official_clients_do_not_repeat():
    served = Budgeted(1e-7)
    heard = await served.ask()
    error = heard.json["error"]
    assert (heard.status, error["type"], error["code"]) == (429, "insufficient_quota", "budget_exceeded")
    assert error["message"] == (
        "The budget of 1e-07 USD a day has too little left for what this call may cost."
    )
    assert heard.headers["x-should-retry"] == "false"
    assert "retry-after" not in heard.headers, "it would never fit"
    assert served.call.decisions[-1].what == "refused: budget_exceeded"
    assert served.asked == 0


async def test_a_budget_that_is_used_up_says_when_the_next_one_begins():
    served = Budgeted(0.0003, route={"max_output_tokens": 500})
    heard = [await served.ask() for _ in range(20)][-1]
    assert heard.status == 429
    assert 0 < int(heard.headers["retry-after"]) <= 86_400


async def test_what_was_reserved_and_what_was_settled_stand_in_the_story_of_the_call():
    served = Budgeted(1.0, route={"max_output_tokens": 500})
    await served.ask()
    told = next(line.what for line in served.call.decisions if line.stage == "budget")
    reserved, settled = (float(part.split()[1]) for part in told.split(", "))
    assert 500 * 0.4e-6 < reserved == served.call.reserved_usd < 500 * 0.4e-6 + 0.1e-6 * 400
    assert settled == pytest.approx(served.paid, abs=2e-9)


async def test_the_month_holds_where_the_day_would_not():
    served = Budgeted(1.0, month=1e-7)
    heard = await served.ask()
    assert "a month" in heard.json["error"]["message"]
    assert (await served.account()).reserved == 0.0, "what the day had reserved is free again"


async def test_many_calls_at_once_reserve_for_each_other():
    served = Budgeted(0.0009, route={"max_output_tokens": 1000})
    heard = await asyncio.gather(*(served.ask() for _ in range(6)))
    assert sorted(it.status for it in heard) == [200, 200, 429, 429, 429, 429]


class Breaks:
    """A stage that fails behind the budget."""

    name = "breaks"

    def __init__(self, error):
        self.error = error

    async def __call__(self, call, forward):
        raise self.error


@pytest.mark.parametrize(
    "error", [UpstreamFailed("gone"), RuntimeError("a defect"), asyncio.CancelledError()]
)
async def test_a_call_that_fails_costs_nothing_and_holds_nothing(error):
    served = Budgeted(1.0, after=(Breaks(error),))
    try:
        await served.ask()
    except asyncio.CancelledError:
        assert isinstance(error, asyncio.CancelledError)
    account = await served.account()
    assert (account.spent, account.reserved) == (0.0, 0.0)


async def test_a_stream_that_breaks_is_settled_for_what_came():
    served = Budgeted(1.0, fault="cut")
    heard = await served.ask(stream=True)
    assert not heard.done
    account = await served.account()
    assert 0 < served.paid <= account.spent < served.paid + 2e-9
    assert account.reserved == 0.0


async def test_an_unpriced_model_counts_what_the_route_says():
    served = Budgeted(0.11, prices=UNPRICED, route={"unpriced": "cap", "unpriced_usd": 0.05})
    assert [(await served.ask()).status for _ in range(3)] == [200, 200, 429]
    account = await served.account()
    assert account.spent == pytest.approx(0.1)
    assert not served.reply.money.known


async def test_an_unpriced_model_that_is_allowed_counts_nothing():
    served = Budgeted(1e-9, prices=UNPRICED, route={"unpriced": "allow"})
    assert [(await served.ask()).status for _ in range(3)] == [200, 200, 200]


async def test_an_unpriced_model_is_denied_before_any_budget_is_asked():
    served = Budgeted(1.0, prices=UNPRICED)
    assert (await served.ask()).json["error"]["code"] == "model_unpriced"


class Answered:
    """A stage that answers in place of the model, as the cache does, in front of the budget."""

    name = "answered"

    async def __call__(self, call, forward):
        from colonnade.gateway.call import Reply

        body = b'{"model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"."}}]}'
        return Reply(body=body)


async def test_what_the_cache_answers_needs_no_budget():
    served = Budgeted(1e-9, before=(Answered(),))
    assert (await served.ask()).status == 200
    assert (await served.account()).spent == 0.0


async def test_thresholds_are_crossed_once_each_and_the_cap_with_the_first_refusal():
    served = Budgeted(0.0005, route={"max_output_tokens": 100})
    for _ in range(60):
        await served.ask()
        await served.counters.tend()
    told = [crossing.share for crossing in served.crossings]
    assert told == [0.5, 0.8, 1.0]
    assert all(it.budget == "day" and it.cap_usd == 0.0005 for it in served.crossings)
    half, most, cap = served.crossings
    assert 0.5 <= half.spent_usd / 0.0005 < 0.8 <= most.spent_usd / 0.0005 <= cap.spent_usd / 0.0005 <= 1.0
    assert half.sentence.startswith("50% of the budget of 20")
    assert cap.sentence.endswith("calls are refused")
    assert (await served.account()).told == (0.5, 0.8, 1.0)


LONG = {"route": {"max_output_tokens": 4000, "at_cap": "cut"}, "answer_tokens": 4000}


async def test_a_stream_is_cut_in_band_at_the_cap_and_never_pretends_to_be_done():
    served = Budgeted(0.0008, **LONG)
    heard = await served.ask(stream=True)
    assert heard.status == 200
    assert not heard.done
    assert heard.events[-1]["error"]["code"] == "budget_exceeded"
    assert len(heard.text) > 400
    assert served.reply.error == "budget_exceeded"
    account = await served.account()
    assert account.spent <= 0.0008
    assert account.reserved == 0.0
    assert served.paid <= account.spent < served.paid + 2e-9


async def test_a_stream_that_may_be_cut_is_let_to_its_end_where_the_budget_allows_it():
    served = Budgeted(1.0, **LONG)
    heard = await served.ask(stream=True)
    assert heard.done
    assert (await served.account()).spent == pytest.approx(served.paid, abs=2e-9)


async def test_a_stream_that_may_be_cut_begins_where_its_whole_bound_does_not_fit():
    cut, refuse = Budgeted(0.0008, **LONG), Budgeted(0.0008, route={"max_output_tokens": 4000})
    assert (await cut.ask(stream=True)).status == 200
    assert (await refuse.ask(stream=True)).status == 429
    whole = Budgeted(0.0008, **LONG)
    assert (await whole.ask()).status == 429, "a whole answer cannot be cut"


async def test_a_caller_who_leaves_is_settled_for_what_came():
    served = Budgeted(1.0, answer_tokens=400, tokens_per_s=400.0)
    asking = asyncio.create_task(served.ask(stream=True))
    await asyncio.sleep(0.4)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    account = await served.account()
    assert account.reserved == 0.0
    assert served.paid <= account.spent < served.paid + 2e-9
    assert account.spent > 0
