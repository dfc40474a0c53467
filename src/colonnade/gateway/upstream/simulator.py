"""The provider simulator answers as a provider would, deterministically, with any fault that providers show.

It is product code: tests, drills and the demonstration without a key use the same one, in process
(`SimulatorUpstream`) or over HTTP (`simulator_server.py`, `colonnade simulate`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from colonnade.errors import DeadlineExceeded, UpstreamFailed
from colonnade.gateway.upstream import faults
from colonnade.gateway.upstream.composition import compose, embeddings, seed_of
from colonnade.gateway.upstream.interface import Answer, Ask
from colonnade.gateway.upstream.script import Script, chunks, completion, event, refusal, whole
from colonnade.gateway.upstream.verdicts import verdict
from colonnade.workload.sections.serving import Fault, Simulation

_REMEMBERED = 200_000
_SHORTEST_PAUSE_S = 0.001


class Simulator:
    """Writes the script of every request, and remembers which requests it saw."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.count = 0
        self.seen: deque[str] = deque(maxlen=_REMEMBERED)

    def script(self, path: str, body: bytes, request_id: str) -> Script:
        """What to do for one request."""
        self.count += 1
        self.seen.append(request_id)
        try:
            request = msgspec.json.decode(body)
            return self._script(path, request, seed_of(self.simulation, body))
        except (msgspec.MsgspecError, AttributeError, TypeError, ValueError):
            return refusal(400, "invalid_request_error", "invalid_json", "This is no request.")

    def _script(self, path: str, request: dict[str, Any], seed: bytes) -> Script:
        fault = self._fault(seed)
        if fault is not None:
            script = faults.refused(fault)
            if script is not None:
                return script
        if path.endswith("/embeddings"):
            script = whole(embeddings(request, seed), after_s=self.simulation.first_byte_s)
        elif path.endswith("/chat/completions"):
            script = self._chat(request, seed, fault)
        else:
            return refusal(404, "invalid_request_error", "unknown_url", "There is no such path.")
        if fault is not None:
            faults.break_off(fault, script)
        return script

    def _chat(self, request: dict[str, Any], seed: bytes, fault: Fault | None) -> Script:
        composition = compose(self.simulation, request, seed)
        if fault is not None:
            faults.spoil(fault, composition, request, seed)
        gap_s = 1.0 / self.simulation.tokens_per_s
        if request.get("stream") is not True:
            after_s = self.simulation.first_byte_s + gap_s * len(composition.pieces)
            return whole(completion(composition), after_s=after_s)
        include_usage = bool((request.get("stream_options") or {}).get("include_usage"))
        events = [event(chunk) for chunk in chunks(composition, include_usage=include_usage)]
        steps = [(gap_s, part) for part in events]
        steps[0] = (self.simulation.first_byte_s, events[0])
        steps.append((0.0, b"data: [DONE]\n\n"))
        return Script(headers={"content-type": "text/event-stream"}, steps=steps)

    def _fault(self, seed: bytes) -> Fault | None:
        drawn = int.from_bytes(seed[:4]) / 2**32
        return self.simulation.fault if drawn < self.simulation.fault_share else None


async def pause(seconds: float) -> None:
    """Wait; a pause too short for the clock only lets others run."""
    await asyncio.sleep(seconds if seconds >= _SHORTEST_PAUSE_S else 0)


class SimulatorUpstream:
    """The simulator as an upstream in this process: no port, no key, no network."""

    def __init__(self, name: str, simulation: Simulation | None = None) -> None:
        self.name = name
        self.simulator = Simulator(simulation or Simulation())

    async def ask(self, ask: Ask) -> Answer:
        """Play the script of the request; errors as the interface says."""
        script = self.simulator.script(ask.path, ask.body, ask.request_id)
        if script.refused:
            raise UpstreamFailed("The upstream cannot be reached.", code="upstream_unreachable")
        try:
            async with asyncio.timeout_at(ask.deadline or None):
                return await _answer(script, ask)
        except TimeoutError:
            raise DeadlineExceeded("The upstream did not answer in time.", code="deadline_exceeded") from None

    async def ready(self) -> str | None:
        """Always ready."""
        return None

    async def close(self) -> None:
        """Nothing is open."""


async def _answer(script: Script, ask: Ask) -> Answer:
    streamed = script.status == 200 and script.length is None
    if streamed and ask.stream:
        return Answer(script.status, chunks=_play(script), headers=script.headers)
    body = b"".join([part async for part in _play(script)])
    if script.status != 200:
        raise verdict(script.status, script.headers, body)
    return Answer(script.status, body=body, headers=script.headers)


async def _play(script: Script) -> AsyncIterator[bytes]:
    for seconds, part in script.steps:
        await pause(seconds)
        yield part
    if script.ending == "abort":
        raise UpstreamFailed("The upstream broke the connection off.", code="upstream_cut")
    if script.ending == "hang":
        await asyncio.Event().wait()
