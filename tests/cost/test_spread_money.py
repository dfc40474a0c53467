"""Over real HTTP: a call that was retried or asked twice costs what all its attempts used."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "reliability"))

from fleets import Theatre, World

from colonnade.cost.metering import Meter
from colonnade.cost.prices import Fixed, Price, PriceBook
from colonnade.cost.rates import Rate, Rates
from colonnade.gateway.application import create_app
from colonnade.gateway.call import Money
from colonnade.gateway.direct import Direct
from colonnade.gateway.read import Read
from colonnade.reliability.deadline import Deadline
from colonnade.reliability.spreading import Spread


def at(usd: int) -> Fixed:
    rate = Rate(Decimal(usd))
    return Fixed(Price(Rates.stated({"fresh_input": rate, "output": rate}), f"{usd} USD a million"))


BOOK = PriceBook({"first": at(1), "second": at(10)})


class Metered(World):
    """A world whose calls are metered; the second target costs ten times as much as the first."""

    def _gateway(self) -> Any:
        routes, models = self.specification.routes, self.specification.models
        stages = [Read(), self.witness, Direct(routes, models), Deadline(), Meter(BOOK), Spread(self.fleet)]
        return create_app(
            stages=stages,
            upstreams=self.upstreams,
            models=list(routes),
            kinds=dict.fromkeys(self.upstreams, "openai_compatible"),
        )

    @property
    def money(self) -> Money:
        found = self.witness.replies[-1].money
        assert found is not None
        return found


@pytest.fixture(scope="module")
def theatre() -> Iterator[Theatre]:
    begun = Theatre()
    yield begun
    begun.stop()


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_both_legs_of_a_hedge_are_paid(theatre: Theatre, stream: bool) -> None:
    world = Metered(theatre, {"first": {}, "second": {}}, {"hedge": {"after_s": 0.05, "share": 1.0}})
    world.fault("first", "slow_first_byte")
    assert world.ask(stream=stream).status_code == 200
    assert world.tried == [("second", ""), ("first", "hedge_lost")]
    usage = world.witness.replies[-1].usage
    assert world.money.lost_tokens == usage.input > 0
    assert world.money.lost_usd == pytest.approx(usage.input / 1e6)
    assert world.money.usd == pytest.approx(usage.total * 10 / 1e6 + usage.input / 1e6)
    world.close()


def test_an_empty_answer_is_paid_before_the_one_that_says_something(theatre: Theatre) -> None:
    world = Metered(theatre, {"first": {}, "second": {}})
    world.fault("first", "empty")
    assert world.ask().status_code == 200
    assert world.tried[0] == ("first", "upstream_empty")
    usage = world.witness.replies[-1].usage
    assert world.money.lost_tokens > 0
    assert world.money.usd == pytest.approx(usage.total * 10 / 1e6 + world.money.lost_usd)
    world.close()


def test_a_stream_that_was_resumed_is_paid_at_both_models(theatre: Theatre) -> None:
    able = {"prefill": "continue_final_message"}
    world = Metered(theatre, {"first": {"retry_share": 1.0}, "second": able}, {"resume": True})
    world.fault("first", "cut")
    assert world.ask(stream=True).content.endswith(b"data: [DONE]\n\n")
    begun, went_on = world.call.tried
    assert (begun.error, went_on.error) == ("upstream_cut", "")
    assert begun.usage is not None
    usage = world.witness.replies[-1].usage
    assert begun.usage.output + usage.output >= 12, "every word is paid at the model that said it"
    assert world.money.lost_usd == pytest.approx(begun.usage.total / 1e6)
    assert world.money.usd == pytest.approx(usage.total * 10 / 1e6 + world.money.lost_usd)
    world.close()


def test_a_refusal_by_the_first_target_costs_nothing(theatre: Theatre) -> None:
    world = Metered(theatre, {"first": {}, "second": {}})
    world.fault("first", "http_500")
    assert world.ask().status_code == 200
    assert world.call.binding_name == "second"
    assert (world.money.lost_tokens, world.money.lost_usd) == (0, 0.0)
    world.close()
