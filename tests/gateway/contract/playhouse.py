"""A gateway with one upstream of every kind, before one simulator that plays the faults; and its books."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "fixtures"))

import httpx
from hearing import DIALECTS, QUESTION, Form, Seen
from running import FAST, Running, binding, run_gateway, run_simulator
from served import specification

from colonnade.cost.metering import Meter
from colonnade.cost.prices import PriceBook
from colonnade.evidence.journal import Journal
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.redaction import Redactor
from colonnade.evidence.request import RequestRecord
from colonnade.gateway.application import create_app
from colonnade.gateway.call import Call, Forward, Identity, Reply
from colonnade.gateway.direct import Direct
from colonnade.gateway.estimate import tokens_in
from colonnade.gateway.pipeline import Stage
from colonnade.gateway.read import Read
from colonnade.gateway.upstream.anthropic.upstream import anthropic
from colonnade.gateway.upstream.bedrock.upstream import bedrock
from colonnade.gateway.upstream.cohere.upstream import cohere
from colonnade.gateway.upstream.gemini.upstream import gemini
from colonnade.gateway.upstream.interface import Upstream
from colonnade.gateway.upstream.openai_compatible import OpenAICompatible
from colonnade.gateway.upstream.simulator import SimulatorUpstream
from colonnade.operations.interaction_log import KeepJournal, Surroundings
from colonnade.reliability.deadline import Deadline
from colonnade.reliability.fleet import Fleet
from colonnade.reliability.spreading import Spread
from colonnade.store import open_store
from colonnade.workload.sections.serving import Fault
from colonnade.workload.specification import Specification

WEB: dict[str, tuple[Any, str]] = {
    "openai_compatible": (OpenAICompatible, "/v1"),
    "anthropic": (anthropic, "/anthropic/v1"),
    "bedrock": (bedrock, "/bedrock"),
    "cohere": (cohere, "/cohere/v2"),
    "gemini": (gemini, "/gemini/v1beta"),
}
"""Kind -> what makes such an upstream, and where the simulator speaks its wire."""
KINDS = (*WEB, "simulator")
Place = tuple[str, str, Form]
EVERYWHERE: tuple[Place, ...] = tuple(product(KINDS, DIALECTS, ("whole", "streamed")))
"""Every kind of upstream, dialect of the caller, and form of the answer."""
PLACES = tuple(place for place in EVERYWHERE if place[0] == "openai_compatible" or place[1] == "chat")
"""Every dialect before the gateway's own wire, and every kind behind the gateway's own dialect."""
PROMPT_TOKENS = tokens_in(QUESTION)
NOWHERE = "http://127.0.0.1:9"
"""Nobody listens there."""
PRICE = {"input_per_mtok_usd": 1.0, "output_per_mtok_usd": 1000.0, "source": "tests", "as_of": "2026-11-01"}
SNAPSHOT = "simulated-1"
_PATIENT = {"retry_share": 1.0, "breaker": {"failures": 10**6, "minimum_calls": 10**6}}
_TWICE = {"attempts": 2, "first_delay_s": 0.0, "longest_delay_s": 0.05}
LIMITS: dict[str, dict[str, Any]] = {
    "usual": {},
    "late": {"first_byte_s": 0.5, "idle_s": 5.0, "timeout_s": 2.0},
    "soon": {"first_byte_s": 0.4, "idle_s": 5.0, "timeout_s": 0.95},
    "silent": {"first_byte_s": 1.9, "idle_s": 0.5, "timeout_s": 2.0},
    "timed": {"first_byte_s": 1.9, "idle_s": 1.9, "timeout_s": 2.0},
    "nowhere": {},
    "pinned": {},
    "resumed": {
        "resume": True,
        "targets": [{"model": "well"}],
        "first_byte_s": 1.9,
        "idle_s": 0.5,
        "timeout_s": 2.0,
    },
}
"""What sets routes apart: usual limits, one short one each, an address where nobody is, a binding with a snapshot, and
another target that is well and can go on with an answer that was begun.

One is far shorter than the others, so that a busy machine does not reach another one first.
"""


@dataclass(frozen=True)
class Told:
    """One call: what the caller saw, and what the journal has."""

    kind: str
    dialect: str
    form: Form
    seen: Seen
    headers: httpx.Headers
    record: RequestRecord

    @property
    def name(self) -> str:
        """For messages of tests."""
        return f"{self.kind}, {self.dialect}, {self.form}"

    @property
    def paid(self) -> str:
        """What the call cost, in the words of the table."""
        record = self.record
        if record.usd == 0.0:
            return "nothing"
        if record.usd == record.lost_usd:
            return "prompt" if record.lost_tokens == PROMPT_TOKENS * record.attempts else "reported"
        return "reported" if record.usage_reported else "estimated"


class Door:
    """The stage that says who calls."""

    name = "door"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        call.identity = Identity("key-1", "caller", {})
        return await forward(call)


class Fresh:
    """The stage `spread`, whose targets know nothing of other calls: no breaker opens here."""

    name = "spread"

    def __init__(self, spec: Specification) -> None:
        self.spec = spec

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        return await Spread(Fleet.of(self.spec))(call, forward)


class House:
    """Everything started; `play` changes what the simulator does."""

    def __init__(self, folder: Path) -> None:
        self.server, self.simulator = run_simulator()
        self.well, _ = run_simulator()
        self.inside = SimulatorUpstream("simulator-usual", FAST)
        self.specification = _specification(self.server.url, self.well.url)
        self.upstreams = self._upstreams()
        self.store = open_store(folder)
        self.ledger = Ledger(self.store)
        self.journal = Journal(self.ledger, redact=Redactor([]))
        self.journal.start()
        self.gateway: Running = run_gateway(self._application())

    def play(self, fault: Fault | None, **changes: Any) -> None:
        """Every request from now on meets this fault."""
        simulation = FAST.model_copy(update={"fault": fault, **changes})
        for simulator in (self.simulator, self.inside.simulator):
            simulator.simulation = simulation

    def ask(self, route: str, places: Iterable[Place] = PLACES, *, tool: bool = False) -> list[Told]:
        """Ask in all these places at once."""
        able = [place for place in places if not tool or DIALECTS[place[1]].tools is not None]
        return asyncio.run(self._ask(route, able, tool=tool))

    async def _ask(self, route: str, places: Sequence[Place], *, tool: bool) -> list[Told]:
        async with httpx.AsyncClient(base_url=self.gateway.url, timeout=30) as client:
            posts = [
                client.post(
                    DIALECTS[dialect].path,
                    json=DIALECTS[dialect].request(f"{kind}-{route}", form, tool=tool),
                )
                for kind, dialect, form in places
            ]
            answers = await asyncio.gather(*posts)
        self.run(self.journal.flush())
        return [self._told(place, answer) for place, answer in zip(places, answers, strict=True)]

    def _told(self, place: Place, answer: httpx.Response) -> Told:
        kind, dialect, form = place
        record = self.ledger.request(answer.headers["x-request-id"])
        assert record is not None, f"{place}: {answer.text}"
        return Told(kind, dialect, form, DIALECTS[dialect].seen(answer), answer.headers, record)

    def run(self, coroutine: Any) -> Any:
        """Run something on the gateway's loop."""
        assert self.gateway.loop is not None
        return asyncio.run_coroutine_threadsafe(coroutine, self.gateway.loop).result(30)

    def _upstreams(self) -> dict[str, Upstream]:
        made: dict[str, Upstream] = {self.inside.name: self.inside}
        for name, section in self.specification.upstreams.items():
            if section.kind in WEB:
                made[name] = WEB[section.kind][0](name, section, "secret-of-the-upstream")
        return made

    def _application(self) -> Any:
        spec = self.specification
        around = Surroundings("rehearsal", "contract", {}, lambda: "sha256:p")
        stages: list[Stage] = [
            Door(),
            Read(),
            Direct(spec.routes, spec.models),
            KeepJournal(self.journal, around),
            Deadline(),
            Meter(PriceBook.of(spec)),
            Fresh(spec),
        ]
        kinds = {name: section.kind for name, section in spec.upstreams.items()}
        return create_app(stages=stages, upstreams=self.upstreams, models=list(spec.routes), kinds=kinds)

    def close(self) -> None:
        """Stop everything."""
        self.gateway.stop()
        self.server.stop()
        self.well.stop()
        self.journal.stop()
        self.store.close()


def _specification(url: str, well: str) -> Specification:
    upstreams: dict[str, Any] = {"simulator-usual": {"kind": "simulator", **_PATIENT}}
    for kind, (_, path) in WEB.items():
        declared = {"kind": kind, "connections": 256, **_PATIENT}
        upstreams[f"{kind}-usual"] = {**declared, "base_url": f"{url}{path}"}
        upstreams[f"{kind}-nowhere"] = {**declared, "base_url": f"{NOWHERE}{path}"}
    able = {"kind": "openai_compatible", "prefill": "continue_final_message"}
    upstreams["well"] = {**able, "connections": 256, "base_url": f"{well}/v1", **_PATIENT}
    models, routes = {"well": binding("well", price=PRICE).model_dump()}, {}
    for kind in KINDS:
        for name, limits in LIMITS.items():
            place = f"{kind}-nowhere" if name == "nowhere" and kind in WEB else f"{kind}-usual"
            pinned = {"snapshot": SNAPSHOT} if name == "pinned" else {}
            models[f"{kind}-{name}"] = binding(place, price=PRICE, **pinned).model_dump()
            route = {"model": f"{kind}-{name}", "retry": _TWICE, "max_output_tokens": 4096, **limits}
            routes[f"{kind}-{name}"] = route
    return specification(upstreams=upstreams, models=models, routes=routes)
