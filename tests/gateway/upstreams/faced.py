"""A gateway before an upstream that speaks another wire, before the simulator's face of that wire: all over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import openai
from running import FAST, Running, application, run_gateway, run_simulator

from colonnade.gateway.call import Call, Forward, Reply
from colonnade.gateway.upstream.interface import Upstream as UpstreamObject
from colonnade.gateway.upstream.simulator import Simulator
from colonnade.workload.sections.serving import Fault, Upstream

HELLO = [{"role": "user", "content": "Tell me about columns."}]
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "lookup",
            "description": "Looks a word up.",
            "parameters": {
                "type": "object",
                "properties": {"word": {"type": "string"}},
                "required": ["word"],
            },
        },
    }
]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

Make = Callable[[str, Upstream, str | None], UpstreamObject]


@dataclass
class Witness:
    """A stage that keeps what the journal would see."""

    name: str = "witness"
    call: Call | None = None
    reply: Reply | None = None
    raised: BaseException | None = None

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        self.call, self.reply, self.raised = call, None, None
        try:
            reply = await forward(call)
        except BaseException as error:
            self.raised = error
            raise

        async def close(closing: Reply) -> None:
            self.reply = closing

        reply.on_close(close)
        return reply


@dataclass(frozen=True)
class Faced:
    """A gateway, the simulator behind it, a client before it, and a witness in it."""

    gateway: Running
    simulator: Simulator
    client: openai.OpenAI
    witness: Witness

    def meet(self, fault: Fault | None) -> None:
        """Every request from now on meets this fault."""
        self.simulator.simulation = FAST.model_copy(update={"fault": fault})

    def post(self, path: str = "/v1/chat/completions", **body: Any) -> httpx.Response:
        """Ask without a client's interpretation."""
        return httpx.post(f"{self.gateway.url}{path}", json=body, timeout=10)

    def chat(self, **body: Any) -> Any:
        """The chat completion."""
        answer = self.post(model="assistant", **{"messages": HELLO, **body})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def events(self, **body: Any) -> list[Any]:
        """The events of a streamed completion; the last one is "[DONE]"."""
        answer = self.post(model="assistant", stream=True, **{"messages": HELLO, **body})
        lines = [part.removeprefix("data: ") for part in answer.text.split("\n\n") if part]
        return [line if line == "[DONE]" else json.loads(line) for line in lines]


@contextmanager
def faced(make: Make, path: str, kind: str, **declared: Any) -> Iterator[Faced]:
    """Start all of it."""
    server, simulator = run_simulator()
    section = Upstream(kind=kind, base_url=f"{server.url}{path}", **declared)
    witness = Witness()
    app = application(
        make("far", section, "secret-of-the-upstream"),
        kind=kind,
        before=[witness],
        route={"timeout_s": 0.5, "first_byte_s": 0.25, "idle_s": 0.25},
    )
    gateway = run_gateway(app)
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="unused", max_retries=0) as client:
        yield Faced(gateway, simulator, client, witness)
    gateway.stop()
    server.stop()


@dataclass(frozen=True)
class Seen:
    """What a client saw: words of text, how it ended, and the error if there was one."""

    words: int = 0
    finish: str | None = None
    status: int | None = None
    code: str | None = None


def look(client: openai.OpenAI, *, stream: bool, **more: Any) -> Seen:
    """Ask, and tell what the client saw."""
    words, finish = 0, None
    ask = {"model": "assistant", "messages": HELLO, **more}
    try:
        if not stream:
            choice = client.chat.completions.create(**ask).choices[0]
            return Seen(len((choice.message.content or "").split()), choice.finish_reason)
        for event in client.chat.completions.create(**ask, stream=True):
            words += len((event.choices[0].delta.content or "").split())
            finish = event.choices[0].finish_reason or finish
    except openai.APIStatusError as error:
        return Seen(status=error.status_code, code=error.code)
    except openai.APIError as error:
        assert 0 <= words <= 12, "what came before the fault was passed on"
        return Seen(code=error.code)
    return Seen(words, finish)


def joined(events: list[Any], field: str = "content") -> str:
    """What the deltas of the events say."""
    deltas = [choice["delta"] for event in events[:-1] for choice in event["choices"]]
    return "".join(delta.get(field) or "" for delta in deltas)
