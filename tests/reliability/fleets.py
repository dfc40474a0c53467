"""A real gateway before several real simulators, whose faults are changed while it runs."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn

sys.path.insert(0, str(Path(__file__).parents[1] / "gateway"))
sys.path.insert(0, str(Path(__file__).parents[1] / "fixtures"))

from running import FAST, Running, binding, run_simulator
from served import specification

from colonnade.gateway.application import create_app
from colonnade.gateway.call import Call, Forward, Identity, Reply
from colonnade.gateway.direct import Direct
from colonnade.gateway.read import Read
from colonnade.gateway.upstream.openai_compatible import OpenAICompatible
from colonnade.gateway.upstream.simulator import Simulator
from colonnade.reliability.deadline import Deadline
from colonnade.reliability.fleet import Fleet
from colonnade.reliability.spreading import Spread
from colonnade.workload.specification import Specification

NEVER = "http://127.0.0.1:9/v1"
QUICK_RETRY = {"attempts": 3, "first_delay_s": 0.01, "longest_delay_s": 0.05}
QUICK_BREAKER = {"failures": 3, "open_s": 0.2, "longest_open_s": 0.4}


@dataclass
class Witness:
    """The outermost stage: remembers every call as it was answered."""

    calls: list[Call] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    name: str = "witness"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        call.identity = Identity("key-1", "caller", {})
        self.calls.append(call)
        reply = await forward(call)
        self.replies.append(reply)
        return reply


def fleet_of(
    upstreams: dict[str, dict[str, Any]], route: dict[str, Any] | None = None, **models: dict[str, Any]
) -> Specification:
    """A workload with one model an upstream, of the same name, and a route `answer` over all of them in order.

    The first is the route's own model, the others are its targets of tier 1 unless `route` says otherwise.
    """
    names = list(upstreams)
    declared = {name: {"kind": "simulator", **fields} for name, fields in upstreams.items()}
    bindings = {name: binding(name, **models.get(name, {})).model_dump() for name in names}
    plain = {"model": names[0], "targets": [{"model": name} for name in names[1:]], "retry": QUICK_RETRY}
    routes = {"answer": {**plain, "free_system_prompt": True, **(route or {})}}
    return specification(upstreams=declared, models=bindings, routes=routes)


class Theatre:
    """The servers of all worlds, started once: simulators, and a door that leads to whichever gateway plays."""

    def __init__(self) -> None:
        self.gateway: Any = None
        self.simulators: list[tuple[Running, Simulator]] = []
        config = uvicorn.Config(
            self,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
        )
        self.door = Running(uvicorn.Server(config))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.gateway(scope, receive, send)

    def simulator(self, number: int) -> tuple[Running, Simulator]:
        """The simulator of this number, without a fault and with nothing counted."""
        while len(self.simulators) <= number:
            self.simulators.append(run_simulator())
        running, simulator = self.simulators[number]
        simulator.simulation, simulator.count = FAST, 0
        return running, simulator

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run something on the gateway's loop."""
        assert self.door.loop is not None
        return asyncio.run_coroutine_threadsafe(coroutine, self.door.loop).result(10)

    def stop(self) -> None:
        for running in (self.door, *(running for running, _ in self.simulators)):
            running.server.should_exit = True
        self.door.stop()
        for running, _ in self.simulators:
            running.stop()


class World:
    """Simulators by name, and a gateway that spreads over them.

    `upstreams` are sections of the workload file without kind and address; an address of its own is kept.
    """

    def __init__(
        self,
        theatre: Theatre,
        upstreams: dict[str, dict[str, Any]],
        route: dict[str, Any] | None = None,
        **models: dict[str, Any],
    ) -> None:
        self.theatre = theatre
        self.simulators: dict[str, Simulator] = {}
        declared = {name: self._declared(name, fields) for name, fields in upstreams.items()}
        self.specification = fleet_of(declared, route, **models)
        sections = self.specification.upstreams
        self.upstreams = {name: OpenAICompatible(name, section) for name, section in sections.items()}
        self.transitions: list[Any] = []
        self.fleet = Fleet.of(self.specification, told=self.transitions.append)
        self.witness = Witness()
        theatre.gateway = self._gateway()
        self.client = httpx.Client(base_url=theatre.door.url, timeout=30)

    def _declared(self, name: str, fields: dict[str, Any]) -> dict[str, Any]:
        if "base_url" not in fields:
            server, self.simulators[name] = self.theatre.simulator(len(self.simulators))
            fields = {**fields, "base_url": f"{server.url}/v1"}
        return {"breaker": QUICK_BREAKER, **fields, "kind": "openai_compatible"}

    def _gateway(self) -> Any:
        routes, models = self.specification.routes, self.specification.models
        return create_app(
            stages=[Read(), self.witness, Direct(routes, models), Deadline(), Spread(self.fleet)],
            upstreams=self.upstreams,
            models=list(routes),
            kinds=dict.fromkeys(self.upstreams, "openai_compatible"),
        )

    def fault(self, name: str, fault: str | None = None, **changes: Any) -> None:
        """From now on, the simulator of this name has this fault, or none."""
        self.simulators[name].simulation = FAST.model_copy(update={"fault": fault, **changes})

    def ask(
        self, text: str = "When?", headers: dict[str, str] | None = None, **fields: Any
    ) -> httpx.Response:
        body = {"model": "answer", "messages": [{"role": "user", "content": text}], **fields}
        return self.client.post("/v1/chat/completions", json=body, headers=headers)

    def asked(self, name: str) -> int:
        return self.simulators[name].count

    @property
    def call(self) -> Call:
        return self.witness.calls[-1]

    @property
    def tried(self) -> list[tuple[str, str]]:
        """What the last call tried: binding and error."""
        return [(each.binding, each.error) for each in self.call.tried]

    @property
    def story(self) -> str:
        """The stage's decisions about the last call."""
        return "\n".join(each.what for each in self.call.decisions if each.stage == "spread")

    def states(self, name: str) -> list[tuple[str, str]]:
        return [(each.before, each.after) for each in self.transitions if each.target == name]

    def close(self) -> None:
        """Nothing of this world is open any more."""
        self.client.close()
        for upstream in self.upstreams.values():
            self.theatre.run(upstream.close())


def eventually(true: Callable[[], bool], within_s: float = 5.0) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, "it never became true"
        time.sleep(0.01)


__all__ = ["NEVER", "QUICK_BREAKER", "QUICK_RETRY", "Theatre", "World", "eventually", "fleet_of"]
