"""A model that has no room is not asked: another target of the route is, and else the caller hears of the limit."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[2] / "reliability"))

from fleets import Theatre, World, eventually
from running import binding

from colonnade.cost.budgets.bound import Bounds, estimated_tokens
from colonnade.cost.counting.counter import Counter
from colonnade.cost.counting.counters import Counters
from colonnade.cost.counting.memory import InProcess
from colonnade.cost.limits.models import ModelLimiting
from colonnade.cost.limits.plans import Plans
from colonnade.cost.metering import Meter
from colonnade.cost.prices import Fixed, Price, PriceBook
from colonnade.cost.rates import Rate, Rates
from colonnade.errors import CallError, RateLimited, UpstreamFailed
from colonnade.gateway.application import create_app
from colonnade.gateway.call import Call, Reply, Try, Usage
from colonnade.gateway.direct import Direct
from colonnade.gateway.read import Read
from colonnade.reliability.deadline import Deadline
from colonnade.reliability.spreading import Spread
from colonnade.workload.sections.promises import Limit
from colonnade.workload.sections.serving import Route

DEAR = Fixed(
    Price(Rates.stated({"fresh_input": Rate(Decimal(1)), "output": Rate(Decimal(1))}), "1 USD a million")
)
BOOK = PriceBook({"first": DEAR, "second": DEAR})


def stage(*limits: dict[str, Any]) -> ModelLimiting:
    plans = Plans([Limit(per="model", **limit) for limit in limits], {}, Counters(InProcess()))
    return ModelLimiting(plans, Bounds(BOOK))


class Bounded(World):
    """A world whose models are limited."""

    limits: ModelLimiting

    def _gateway(self) -> Any:
        routes, models = self.specification.routes, self.specification.models
        around = [Read(), self.witness, Direct(routes, models), Deadline(), Meter(BOOK)]
        return create_app(
            stages=[*around, Spread(self.fleet), self.limits],
            upstreams=self.upstreams,
            models=list(routes),
            kinds=dict.fromkeys(self.upstreams, "openai_compatible"),
        )

    def counter(self, kind: str) -> Counter:
        """Of the model that answered last."""
        gauges = self.limits.plans.plan(self.call).gauges
        return next(gauge.counter for gauge in gauges if gauge.kind == kind)


@pytest.fixture(scope="module")
def theatre() -> Iterator[Theatre]:
    begun = Theatre()
    yield begun
    begun.stop()


@pytest.fixture
def two(theatre: Theatre) -> Iterator[Any]:
    worlds: list[Bounded] = []

    def begin(*limits: dict[str, Any], **route: Any) -> Bounded:
        made = type("World", (Bounded,), {"limits": stage(*limits)})
        worlds.append(made(theatre, {"first": {}, "second": {}}, route or None))
        return worlds[-1]

    yield begin
    for world in worlds:
        world.close()


def test_calls_beyond_the_limit_of_a_model_go_to_the_next_target(two) -> None:
    world = two({"only": "first", "requests": 2})
    answers = [world.ask() for _ in range(12)]
    assert {answer.status_code for answer in answers} == {200}
    assert (world.asked("first"), world.asked("second")) == (2, 10), "no share of retries is used up"
    assert world.tried == [("second", "")]
    assert answers[-1].headers["x-colonnade-attempts"] == "1"
    assert ("model_limit", "refused: 2 requests in 60 s of this model") in {
        (line.stage, line.what) for line in world.call.decisions
    }
    assert world.fleet.plans["answer"].seats[0].target.breaker.closed


@pytest.mark.parametrize("stream", [False, True])
def test_where_no_target_has_room_the_caller_is_told(two, stream: bool) -> None:
    world = two({"requests": 1, "window_s": 30})
    assert [world.ask(stream=stream).status_code for _ in range(2)] == [200, 200]
    refused = world.ask(stream=stream)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limit_exceeded")
    assert refused.json()["error"]["message"] == "The limit of 1 requests in 30 s of this model is reached."
    assert 29 <= int(refused.headers["retry-after"]) <= 31
    assert "x-should-retry" not in refused.headers, "patience helps"
    assert world.asked("first") == world.asked("second") == 1


@pytest.mark.parametrize("stream", [False, True])
def test_tokens_and_money_are_settled_to_what_the_model_used(two, stream: bool) -> None:
    world = two({"tokens": 5000, "usd": 0.01})
    assert world.ask(stream=stream).status_code == 200
    used = world.witness.replies[-1].usage.total
    tokens, money = world.counter("tokens"), world.counter("usd")
    eventually(lambda: tokens.cap - tokens.remaining == used)
    eventually(lambda: money.cap - money.remaining == used * 1000)


def test_an_attempt_in_vain_counts_for_the_model_that_made_it(two) -> None:
    world = two({"only": "first", "tokens": 5000, "concurrent": 1})
    world.fault("first", "empty")
    assert world.ask().status_code == 200
    assert world.tried[0] == ("first", "upstream_empty")
    world.call.binding_name = "first"
    tokens, under_way = world.counter("tokens"), world.counter("concurrent")
    assert 0 < tokens.cap - tokens.remaining < 100
    assert under_way.remaining == 1
    world.fault("first", "http_500")
    before = tokens.remaining
    assert world.ask().status_code == 200
    assert tokens.remaining == before, "who refuses bills nothing"


def test_a_stream_that_was_resumed_counts_at_both_models(theatre: Theatre) -> None:
    made = type("World", (Bounded,), {"limits": stage({"tokens": 5000, "concurrent": 2})})
    able = {"prefill": "continue_final_message"}
    world = made(theatre, {"first": {"retry_share": 1.0}, "second": able}, {"resume": True})
    world.fault("first", "cut")
    assert world.ask(stream=True).content.endswith(b"data: [DONE]\n\n")
    begun, went_on = world.call.tried[0].usage, world.witness.replies[-1].usage
    assert begun is not None
    for model, used in (("first", begun.total), ("second", went_on.total)):
        world.call.binding_name = model
        tokens, under_way = world.counter("tokens"), world.counter("concurrent")
        eventually(lambda tokens=tokens, used=used: tokens.cap - tokens.remaining == used)
        eventually(lambda under_way=under_way: under_way.remaining == 2)
    world.close()


def test_streams_of_a_model_at_once(two) -> None:
    world = two({"only": "first", "concurrent": 1})
    world.fault("first", tokens_per_s=50.0)
    body = {"model": "answer", "stream": True, "messages": [{"role": "user", "content": "?"}]}
    with world.client.stream("POST", "/v1/chat/completions", json=body) as slow:
        parts = slow.iter_bytes()
        next(parts)
        assert world.ask().status_code == 200
        assert world.call.binding_name == "second"
        for _ in parts:
            pass
    eventually(lambda: world.ask().is_success and world.call.binding_name == "first")


# properties

ROUTE = Route(model="first", max_output_tokens=50)
ENDS = st.sampled_from(["well", "upstream_500", "upstream_cut", "cancelled", "unreached"])
PLAYS = st.lists(st.tuples(st.sampled_from(["first", "second"]), ENDS, st.integers(0, 60)), max_size=30)


def call_of(model: str) -> Call:
    return Call(
        id="r", endpoint="chat", received_at=0.0, started=0.0, authorization=None, headers={}, body=b"",
        request={"messages": [{"role": "user", "content": "x" * 40}]}, route=ROUTE, route_name="r",
        binding_name=model, binding=binding(model),
    )  # fmt: skip


class Plays:
    """Calls that are under way at the same time and end as they are told; what was used is counted beside."""

    def __init__(self, limiting: ModelLimiting) -> None:
        self.limiting = limiting
        self.used = {"first": 0, "second": 0}
        self.most = 0
        self.under_way = 0

    async def one(self, model: str, end: str, output: int) -> None:
        call = call_of(model)
        usage = Usage(fresh_input=10, output=output, reported=True)

        async def forward(asked: Call) -> Reply:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            try:
                await asyncio.sleep(0)
                if end == "unreached":
                    raise UpstreamFailed("no", code="upstream_unreachable")
                asked.attempts += 1
                if end == "cancelled":
                    raise asyncio.CancelledError
                asked.tried.append(Try(model, model, "" if end == "well" else end, 0.0))
                if end != "well":
                    raise UpstreamFailed("no", code=end)
                return Reply(usage=usage)
            finally:
                self.under_way -= 1

        try:
            reply = await self.limiting(call, forward)
        except RateLimited:
            return
        except (CallError, asyncio.CancelledError):
            self.used[model] += 10 if end in {"upstream_cut", "cancelled"} else 0
        else:
            for callback in reply.closing:
                await callback(reply)
            self.used[model] += usage.total
        await call.resources.aclose()


@settings(max_examples=60)
@given(PLAYS, st.integers(1, 8), st.integers(100, 1500))
def test_however_calls_end_nothing_leaks_and_nothing_is_exceeded(
    plays: list[tuple[str, str, int]], at_once: int, tokens: int
) -> None:
    limiting = stage({"concurrent": at_once, "tokens": tokens, "usd": 1.0})

    async def played() -> Plays:
        world = Plays(limiting)
        await asyncio.gather(*(world.one(*play) for play in plays))
        return world

    world = asyncio.run(played())
    assert world.most <= 2 * at_once
    for model, used in world.used.items():
        gauges = {it.kind: it.counter for it in limiting.plans.plan(call_of(model)).gauges}
        assert gauges["concurrent"].remaining == at_once
        assert gauges["tokens"].cap - gauges["tokens"].remaining == min(used, tokens)
        assert used <= tokens + max(0, 60 - estimated_tokens(call_of(model)))
