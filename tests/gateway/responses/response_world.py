"""A gateway with a real encrypted store and real keys, before upstreams that remember what they were asked."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import openai
from running import FAST, Running, application, run_gateway

from colonnade.errors import CallError
from colonnade.evidence.ledger import Ledger
from colonnade.gateway.responses.conversation import ContinueConversation
from colonnade.gateway.responses.service import StoredResponses
from colonnade.gateway.responses.shelf import Shelf
from colonnade.gateway.upstream.interface import Answer, Ask
from colonnade.gateway.upstream.simulator import SimulatorUpstream
from colonnade.security.identity import Identify
from colonnade.security.keyring import Keyring
from colonnade.security.keys import ApiKeys
from colonnade.store import Store, open_store
from colonnade.workload.sections.serving import Simulation

USAGE = {
    "prompt_tokens": 11,
    "completion_tokens": 7,
    "total_tokens": 18,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 3},
}


class Remembering:
    """The simulator, and the requests that reached it."""

    name = "sim"

    def __init__(self, simulation: Simulation = FAST) -> None:
        self.asked: list[dict[str, Any]] = []
        self._simulator = SimulatorUpstream(self.name, simulation)

    async def ask(self, ask: Ask) -> Answer:
        self.asked.append(json.loads(ask.body))
        return await self._simulator.ask(ask)

    async def ready(self) -> str | None:
        return None

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Scripted:
    """Says what a test wants said: `message` whole, or its `deltas` in `parts` of bytes, and `failing` after them."""

    message: dict[str, Any] = field(default_factory=dict)
    deltas: Sequence[dict[str, Any]] = ()
    finish: str = "stop"
    usage: dict[str, Any] = field(default_factory=lambda: USAGE)
    cuts: Sequence[int] = ()
    failing: CallError | None = None
    logprobs: list[Any] | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    name: str = "sim"

    async def ask(self, ask: Ask) -> Answer:
        self.asked.append(json.loads(ask.body))
        return Answer(200, chunks=self._parts()) if ask.stream else Answer(200, body=self._whole())

    async def ready(self) -> str | None:
        return None

    async def close(self) -> None:
        """Nothing is open."""

    def _whole(self) -> bytes:
        choice = {"index": 0, "message": {"role": "assistant", **self.message}, "finish_reason": self.finish}
        if self.logprobs is not None:
            choice["logprobs"] = {"content": self.logprobs}
        return json.dumps({"model": "m-1", "choices": [choice], "usage": self.usage}).encode()

    async def _parts(self) -> AsyncIterator[bytes]:
        stream = b"".join(self._events())
        places = sorted({0, *(cut % len(stream) for cut in self.cuts), len(stream)})
        for begin, end in pairwise(places):
            yield stream[begin:end]
        if self.failing is not None:
            raise self.failing

    def _events(self) -> Iterator[bytes]:
        for delta in self.deltas:
            yield _event([{"index": 0, "delta": delta, "finish_reason": None}])
        if self.failing is None:
            yield _event([{"index": 0, "delta": {}, "finish_reason": self.finish}])
            yield _event([], usage=self.usage)
            yield b"data: [DONE]\n\n"


def _event(choices: list[Any], **more: Any) -> bytes:
    return b"data: " + json.dumps({"model": "m-1", "choices": choices, **more}).encode() + b"\n\n"


@dataclass
class World:
    """A running gateway, its upstream, its store, and clients with keys of their own."""

    upstream: Any
    gateway: Running
    store: Store
    ledger: Ledger
    clients: dict[str, openai.OpenAI]
    app: Any

    @property
    def ann(self) -> openai.OpenAI:
        """The usual caller."""
        return self.clients["ann"]

    def key(self, who: str) -> str:
        return self.clients[who].api_key


_LABELS = {
    "ann": {"tenant": "north"},
    "bob": {"tenant": "south"},
    "colleague": {"tenant": "north"},
    "nobody": {},
    "stranger": {},
}


@contextmanager
def world(state: Path, upstream: Any, *, keeps: bool = True, **more: Any) -> Iterator[World]:
    """A gateway over `upstream`; `keeps` as the stage takes it, `more` as `application`."""
    store = open_store(state)
    ledger = Ledger(store)
    keyring = Keyring(ApiKeys(ledger))
    keys = ApiKeys(ledger)
    secrets = {
        who: keys.create("caller", labels, actor="tests", now=time.time()).text
        for who, labels in _LABELS.items()
    }
    keyring.refresh()
    shelf, identify = Shelf(store), Identify(keyring)
    app = application(
        upstream,
        before=[identify],
        after=[ContinueConversation(shelf, keeps=keeps), *more.pop("after", ())],
        doors=[identify],
        services=[StoredResponses(shelf)],
        **more,
    )
    gateway = run_gateway(app)
    clients = {
        who: openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=secret, max_retries=0)
        for who, secret in secrets.items()
    }
    try:
        yield World(upstream, gateway, store, ledger, clients, app)
    finally:
        for client in clients.values():
            client.close()
        gateway.stop()
        store.close()
