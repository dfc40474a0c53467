"""The provider simulator answers as a provider would, deterministically, with any fault that providers show.

It is product code: tests, drills and the demonstration without a key use the same one, in process
(`SimulatorUpstream`) or over HTTP (`simulator_server.py`, `colonnade simulate`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from math import inf
from types import MappingProxyType
from typing import Any, Final

import msgspec

from colonnade.errors import InvalidRequest, UpstreamFailed
from colonnade.gateway.multipart import is_form, read_form
from colonnade.gateway.upstream import faults
from colonnade.gateway.upstream.composition import compose, embeddings, seed_of
from colonnade.gateway.upstream.due import Due
from colonnade.gateway.upstream.exchange import LARGEST_WHOLE
from colonnade.gateway.upstream.faces import face_of
from colonnade.gateway.upstream.faces.asked import Asked
from colonnade.gateway.upstream.interface import Answer, Ask
from colonnade.gateway.upstream.renditions import rendition_of
from colonnade.gateway.upstream.script import Script, chunks, completion, event, refusal, whole
from colonnade.gateway.upstream.simulator_batches import BatchInterface
from colonnade.gateway.upstream.verdicts import verdict
from colonnade.workload.sections.serving import Fault, Simulation

_REMEMBERED = 200_000
_DEPARTURES = 1_000
_SHORTEST_PAUSE_S = 0.001
_BATCHES: Final = ("/files", "/batches")
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


class Departure(msgspec.Struct, frozen=True):
    """A caller who left before its answer was complete: when, in seconds since the epoch, and after how many parts."""

    id: str
    at: float
    parts: int


class Simulator:
    """Writes the script of every request, and remembers which requests it saw and whose callers left early."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.count = 0
        self.seen: deque[str] = deque(maxlen=_REMEMBERED)
        self.departures: deque[Departure] = deque(maxlen=_DEPARTURES)
        self.batches = BatchInterface(self.script, lambda: self.simulation.batch_s)

    def script(
        self, path: str, body: bytes, request_id: str, headers: Mapping[str, str] = _NO_HEADERS
    ) -> Script:
        """What to do for one request; below the prefix of a face, in the wire of that face."""
        if path.endswith(_BATCHES):
            return self._batched(path, body, headers.get("content-type", ""))
        self.count += 1
        self.seen.append(request_id)
        faced = face_of(path)
        try:
            request, told = _read(body, headers.get("content-type", ""))
            seed = seed_of(self.simulation, told)
            if faced is None:
                return self._script(Asked(self.simulation, path, headers, request, seed, self._fault(seed)))
            face, below = faced
            return face(Asked(self.simulation, below, headers, request, seed, self._fault(seed), body))
        except (msgspec.MsgspecError, InvalidRequest, AttributeError, KeyError, TypeError, ValueError):
            return refusal(400, "invalid_request_error", "invalid_json", "This is no request.")

    def _batched(self, path: str, body: bytes, content_type: str) -> Script:
        try:
            taken = self.batches.take(path, body, content_type)
        except (msgspec.MsgspecError, InvalidRequest, KeyError, TypeError, ValueError):
            taken = None
        return taken or refusal(400, "invalid_request_error", "invalid_json", "This is no request.")

    def _script(self, asked: Asked) -> Script:
        if asked.fault is not None:
            script = faults.refused(asked.fault)
            if script is not None:
                return script
        rendition = rendition_of(asked.path)
        if asked.path.endswith("/embeddings"):
            script = whole(embeddings(asked.request, asked.seed), after_s=self.simulation.first_byte_s)
        elif asked.path.endswith("/chat/completions"):
            script = self._chat(asked.request, asked.seed, asked.fault)
        elif rendition is not None:
            script = rendition(asked)
        else:
            return refusal(404, "invalid_request_error", "unknown_url", "There is no such path.")
        if asked.fault is not None:
            faults.break_off(asked.fault, script)
        return script

    def _chat(self, request: dict[str, Any], seed: bytes, fault: Fault | None) -> Script:
        composition = compose(self.simulation, request, seed)
        if fault is not None:
            faults.spoil(fault, composition, request, seed)
        gap_s = 1.0 / self.simulation.tokens_per_s
        if not faults.streams(fault, asked=request.get("stream") is True):
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


def _read(body: bytes, content_type: str) -> tuple[dict[str, Any], bytes]:
    """The request, and the bytes that decide the answer: of a form, without the boundary, which is drawn by lot."""
    if not is_form(content_type.encode()):
        return msgspec.json.decode(body), body
    request = read_form(body, content_type.encode()).request()
    return request, msgspec.json.encode(request, order="sorted")


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
        script = self.simulator.script(ask.path, ask.body, ask.request_id, {"content-type": ask.content_type})
        if script.refused:
            raise UpstreamFailed("The upstream cannot be reached.", code="upstream_unreachable")
        return await _answer(script, ask, Due(ask.deadline, ask.first_byte_by))

    async def ready(self) -> str | None:
        """Always ready."""
        return None

    async def close(self) -> None:
        """Nothing is open."""


async def _answer(script: Script, ask: Ask, due: Due) -> Answer:
    streamed = script.status == 200 and script.length is None
    if streamed and ask.stream:
        return Answer(script.status, chunks=_play(script, due), headers=script.headers)
    body = await _joined(script, due)
    if script.status != 200:
        raise verdict(script.status, script.headers, body)
    return Answer(script.status, body=body, headers=script.headers)


async def _joined(script: Script, due: Due) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in _play(script, due):
        parts.append(part)
        size += len(part)
        if size > LARGEST_WHOLE:
            raise UpstreamFailed("The upstream's answer has no end.", code="upstream_malformed")
    return b"".join(parts)


async def _play(script: Script, due: Due) -> AsyncIterator[bytes]:
    for seconds, part in script.steps:
        await _wait(seconds, due)
        due.begun()
        yield part
    if script.ending == "abort":
        raise UpstreamFailed("The upstream broke the connection off.", code="upstream_cut")
    if script.ending == "hang":
        await _wait(inf, due)
    while script.ending == "endless":
        await _wait(0.0, due)
        yield script.steps[-1][1]


async def _wait(seconds: float, due: Due) -> None:
    """Wait, and no longer than the answer may take."""
    left = due.soonest - asyncio.get_running_loop().time()
    if seconds < left:
        await pause(seconds)
        return
    await (asyncio.sleep(max(left, 0.0)) if left < inf else asyncio.Event().wait())
    raise due.error()
