"""A gateway over the simulator with one route for every endpoint, and a journal that is looked into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from colonnade.evidence.request import RequestRecord
from colonnade.gateway.application import Gateway, create_app
from colonnade.gateway.direct import Direct
from colonnade.gateway.pipeline import Stage
from colonnade.gateway.read import Read
from colonnade.gateway.upstream.interface import Upstream
from colonnade.operations.interaction_log import KeepJournal, Surroundings
from colonnade.reliability.deadline import Deadline
from colonnade.workload.endpoints import PURPOSES
from colonnade.workload.sections.serving import Modalities, ModelBinding, Route

NAMES = {
    "draw": "images",
    "say": "speech",
    "hear": "transcriptions",
    "judge": "moderations",
    "rank": "rerank",
}
"""Route -> endpoint."""


@dataclass
class Kept:
    """What the journal was told: records, and what was asked and answered."""

    records: list[RequestRecord] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)
    answered: list[bytes] = field(default_factory=list)

    def open(self, opening: RequestRecord) -> None:
        self.opened = opening

    async def close(self, record: RequestRecord, prompt: bytes, answer: bytes) -> None:
        self.records.append(record)
        self.asked.append(prompt)
        self.answered.append(answer)

    @property
    def last(self) -> RequestRecord:
        return self.records[-1]


def bound(upstream: str, endpoint: str, model: str = "simulated-1") -> ModelBinding:
    return ModelBinding(
        upstream=upstream,
        model=model,
        purpose=PURPOSES[endpoint],
        modalities=Modalities(input=["text"], output=["text"]),
        reason="tests",
        owner="tests",
    )


def every_endpoint(
    upstream: Upstream, kept: Kept, *, kind: str = "simulator", after: Sequence[Stage] = (), **route: Any
) -> Gateway:
    """The gateway; `route` are fields of all routes."""
    routes = {name: Route(endpoint=of, model=name, **route) for name, of in NAMES.items()}
    bindings = {name: bound(upstream.name, of) for name, of in NAMES.items()}
    return gateway_of(routes, bindings, {upstream.name: upstream}, {upstream.name: kind}, kept, after=after)


def gateway_of(
    routes: Mapping[str, Route],
    bindings: Mapping[str, ModelBinding],
    upstreams: Mapping[str, Upstream],
    kinds: Mapping[str, str],
    kept: Kept,
    *,
    after: Sequence[Stage] = (),
) -> Gateway:
    around = Surroundings("rehearsal", "tests", {}, lambda: "policy")
    stages = [Read(), Direct(routes, bindings), KeepJournal(kept, around), Deadline(), *after]
    return create_app(stages=stages, upstreams=upstreams, models=list(routes), kinds=kinds)
