"""What work that can wait costs on the batch lane, how much of it runs there, and whether it was in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from colonnade.cost.evidence import BindingLanes, LaneCost, LaneCosts, LaneUse
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord
from colonnade.gateway.batches.batch import Batch
from colonnade.gateway.call import Urgency

_URGENCIES = frozenset(get_args(Urgency))


def lane_use(requests: Sequence[RequestRecord], batches: Sequence[Batch], scope: Scope) -> Record:
    """Urgency labels and lanes of requests; what ran out of time never became a request, so the store tells it."""
    deferrable = [request for request in requests if request.urgency == "deferrable"]
    view = LaneUse(
        requests=len(requests),
        labelled=sum(request.urgency in _URGENCIES for request in requests),
        deferrable=len(deferrable),
        on_lane=sum(bool(request.batch) for request in deferrable),
        rows=sum(batch.total for batch in batches),
        missed=sum(batch.missed for batch in batches),
    )
    return scope.record(view, kind="telemetry", collector="cost.lanes@1", n=len(requests))


def lane_costs(requests: Sequence[RequestRecord], scope: Scope) -> Record:
    """Unit costs of the bindings that answered rows; answers from a cache cost nothing and are left out."""
    priced = [r for r in requests if r.outcome == "answered" and r.reached_upstream and r.price_known]
    names = sorted({request.binding for request in priced if request.batch})
    bindings = [_lanes(name, [r for r in priced if r.binding == name]) for name in names]
    n = sum(each.batch.answers for each in bindings)
    return scope.record(LaneCosts(bindings=bindings), kind="cost", collector="cost.lanes@1", n=n)


def _lanes(binding: str, answered: Sequence[RequestRecord]) -> BindingLanes:
    batch, real_time = ([r for r in answered if bool(r.batch) is lane] for lane in (True, False))
    return BindingLanes(binding=binding, batch=_cost(batch), real_time=_cost(real_time))


def _cost(answered: Sequence[RequestRecord]) -> LaneCost:
    return LaneCost(
        answers=len(answered), tokens=sum(map(_tokens, answered)), usd=sum(r.usd for r in answered)
    )


def _tokens(request: RequestRecord) -> int:
    cached = request.cache_read + request.cache_write + request.cache_write_1h
    given = request.fresh_input + cached + request.audio_input + request.image_input
    return given + request.output + request.reasoning + request.audio_output + request.image_output
