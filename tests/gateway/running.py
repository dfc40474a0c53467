"""Real servers for tests: the gateway and the simulator, each in uvicorn on a free port, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import uvicorn

from colonnade.gateway.application import Gateway, create_app
from colonnade.gateway.calls import Limits
from colonnade.gateway.direct import Direct
from colonnade.gateway.pipeline import Stage
from colonnade.gateway.read import Read
from colonnade.gateway.server import listen, server
from colonnade.gateway.upstream.interface import Upstream as UpstreamObject
from colonnade.gateway.upstream.openai_compatible import OpenAICompatible
from colonnade.gateway.upstream.simulator import Simulator
from colonnade.gateway.upstream.simulator_server import server_config
from colonnade.reliability.deadline import Deadline
from colonnade.workload.sections.serving import Modalities, ModelBinding, Route, Simulation, Upstream

FAST = Simulation(first_byte_s=0.0, tokens_per_s=100_000.0, answer_tokens=12)

USUAL = Deadline()


class Running:
    """A server in a thread; `stop()` waits until it is gone."""

    def __init__(self, made: uvicorn.Server, host: str = "127.0.0.1") -> None:
        self.server = made
        self.listener = listen(host, 0)
        self.port: int = self.listener.getsockname()[1]
        self.loop: asyncio.AbstractEventLoop | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        while not made.started and self.thread.is_alive():
            threading.Event().wait(0.005)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _run(self) -> None:
        async def live() -> None:
            self.loop = asyncio.get_running_loop()
            await self.server.serve([self.listener])

        with asyncio.Runner(loop_factory=self.server.config.get_loop_factory()) as runner:
            runner.run(live())

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(timeout=10)
        assert not self.thread.is_alive()


def binding(upstream: str, **changes: Any) -> ModelBinding:
    return ModelBinding(
        upstream=upstream,
        model=changes.pop("model", "simulated-1"),
        modalities=Modalities(input=["text"], output=["text"]),
        reason="tests",
        owner="tests",
        **changes,
    )


def run_simulator(simulation: Simulation = FAST) -> tuple[Running, Simulator]:
    simulator = Simulator(simulation)
    return Running(uvicorn.Server(server_config(simulator))), simulator


def http_upstream(url: str, *, connections: int = 64, secret: str | None = None) -> OpenAICompatible:
    declared = Upstream(kind="openai_compatible", base_url=f"{url}/v1", connections=connections)
    return OpenAICompatible("sim", declared, secret)


def application(
    upstream: UpstreamObject,
    *,
    kind: str = "openai_compatible",
    before: Sequence[Stage] = (),
    after: Sequence[Stage] = (),
    deadline: Deadline | None = USUAL,
    route: dict[str, Any] | None = None,
    limits: Limits | None = None,
    **more: Any,
) -> Gateway:
    """The stages of the gateway itself, with those of a test before and after them."""
    routes = {
        "assistant": Route(model="text", **(route or {})),
        "strict": Route(model="text", unsupported_fields="reject"),
        "vectors": Route(model="text", endpoint="embeddings"),
    }
    direct = Direct(routes, {"text": binding(upstream.name)})
    own = [Read(), direct, *([deadline] if deadline else [])]
    return create_app(
        stages=[*before, *own, *after],
        upstreams={upstream.name: upstream},
        models=list(routes),
        limits=limits,
        kinds={upstream.name: kind},
        **more,
    )


def run_gateway(app: Gateway) -> Running:
    return Running(server(app))
