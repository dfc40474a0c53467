"""What can wait is told apart from what cannot, and what it costs on either lane."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from observed import SCOPE, asked, view_of
from served import Served

from colonnade.cost.evidence import LaneCosts, LaneUse
from colonnade.cost.lanes import lane_costs, lane_use
from colonnade.cost.metering import Meter
from colonnade.cost.prices import PriceBook, tariff
from colonnade.gateway.batches.creation import Asked, new_batch
from colonnade.gateway.call import Call, Forward, Identity, Reply
from colonnade.workload.sections.serving import ModelBinding, Price

PATH = "/v1/chat/completions"
PRICE = {"input_per_mtok_usd": 1.0, "output_per_mtok_usd": 2.0, "source": "a test", "as_of": "2026-01-01"}


def test_requests_are_counted_by_urgency_and_lane():
    requests = [
        asked(),
        asked(urgency="deferrable"),
        asked(urgency="deferrable", batch="batch_1"),
        asked(urgency=""),
    ]
    one = new_batch(Asked("file-1", PATH, "24h"), Identity("k", "caller", {}), [PATH], 0.0)
    batches = [replace(one, total=10, missed=3), replace(one, total=5)]
    found = view_of(lane_use(requests, batches, SCOPE), LaneUse)
    assert (found.requests, found.labelled, found.deferrable, found.on_lane) == (4, 3, 2, 1)
    assert (found.rows, found.missed) == (15, 3)


def test_unit_costs_are_those_of_priced_answers_of_one_binding():
    priced = {"price_known": True, "fresh_input": 400, "output": 100}
    requests = [
        asked(batch="batch_1", usd=0.001, **priced),
        asked(usd=0.002, **priced),
        asked(usd=0.002, **priced),
        asked(batch="batch_1", usd=9.0, binding="other", price_known=False),
        asked(batch="batch_1", usd=0.0, price_known=True, reached_upstream=False, cache="hit"),
        asked(usd=5.0, binding="never-on-the-lane", **priced),
    ]
    [lanes] = view_of(lane_costs(requests, SCOPE), LaneCosts).bindings
    assert (lanes.binding, lanes.batch.answers, lanes.real_time.answers) == ("small", 1, 2)
    assert lanes.batch.per_ktok_usd == pytest.approx(0.002)
    assert lanes.real_time.per_ktok_usd == pytest.approx(0.004)


@pytest.mark.parametrize("factor", [1.0, 0.5, 0.0])
async def test_a_row_is_metered_at_the_price_of_the_lane(factor: float):
    small = Served().spec.models["small"]
    priced = small.model_copy(update={"price": Price(**PRICE, batch_factor=factor)})
    meter = Meter(PriceBook({"small": tariff(priced, Served().spec.upstreams["simulated"])}))
    in_real_time, on_lane = Served(Bound(priced), meter), Served(Bound(priced, "batch_1"), meter)
    for served in (in_real_time, on_lane):
        await served.ask()
        assert served.reply.money is not None
    assert in_real_time.reply.money.usd > 0
    assert on_lane.reply.money.usd == pytest.approx(factor * in_real_time.reply.money.usd)


@dataclass(frozen=True)
class Bound:
    """A stage that binds a model, perhaps for a row of a batch."""

    binding: ModelBinding
    batch: str = ""
    name: str = "bound"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        call.binding, call.batch = self.binding, self.batch
        return await forward(call)
