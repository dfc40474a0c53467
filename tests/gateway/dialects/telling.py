"""Inner answers made for tests, and what a reader of a dialect's events understands of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx
from running import application

from colonnade.gateway.call import Call, Reply
from colonnade.gateway.dialect import Dialect
from colonnade.gateway.events import Framing
from colonnade.gateway.upstream.interface import Answer, Ask

USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}


def event(document: Any) -> bytes:
    return b"data: " + json.dumps(document).encode() + b"\n\n"


def chunk(delta: dict[str, Any], finish: str | None = None, index: int = 0, **of_choice: Any) -> bytes:
    choice = {"index": index, "delta": delta, "finish_reason": finish, **of_choice}
    return event({"id": "chatcmpl-1", "created": 7, "model": "m-1", "choices": [choice]})


def whole(message: dict[str, Any], finish: str, **of_choice: Any) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish, **of_choice}
    return json.dumps({"id": "chatcmpl-1", "created": 7, "model": "m-1", "choices": [choice]}).encode()


def a_call(dialect: Dialect, **request: Any) -> Call:
    call = Call(
        id="req-1", endpoint="chat", received_at=0.0, started=0.0, authorization=None, headers={}, body=b"",
        dialect=dialect, model="assistant",
    )  # fmt: skip
    call.request = request
    return call


def written(writer: Any, stream: bytes, cuts: Iterable[int] = ()) -> bytes:
    """What the writer says of a stream that arrives in pieces cut at `cuts`."""
    framing, out, begun = Framing(), b"", 0
    for end in [*sorted(cuts), len(stream)]:
        block = framing.take(stream[begun:end])
        begun = max(begun, end)
        if block:
            out += writer.take(block)
    return out


@dataclass
class Message:
    """A message of Anthropic's as a strict reader puts it together from events."""

    blocks: list[dict[str, Any]] = field(default_factory=list)
    open: set[int] = field(default_factory=set)
    stop: dict[str, Any] = field(default_factory=dict)
    usage: dict[str, Any] = field(default_factory=dict)
    begun: bool = False
    ended: bool = False
    error: dict[str, Any] | None = None

    def take(self, name: str, data: dict[str, Any]) -> None:
        assert name == data["type"]
        assert not self.ended
        assert self.error is None
        assert self.begun or name in {"message_start", "error"}
        getattr(self, "_" + name)(data)

    def _message_start(self, data: dict[str, Any]) -> None:
        assert not self.begun
        self.begun = True
        assert data["message"]["content"] == []

    def _content_block_start(self, data: dict[str, Any]) -> None:
        assert data["index"] == len(self.blocks)
        self.blocks.append({**data["content_block"], "pieces": ""})
        self.open.add(data["index"])

    def _content_block_delta(self, data: dict[str, Any]) -> None:
        assert data["index"] in self.open
        block, delta = self.blocks[data["index"]], data["delta"]
        match delta["type"]:
            case "text_delta":
                block["text"] += delta["text"]
            case "thinking_delta":
                block["thinking"] += delta["thinking"]
            case "signature_delta":
                block["signature"] = delta["signature"]
            case "input_json_delta":
                block["pieces"] += delta["partial_json"]
            case "citations_delta":
                block.setdefault("citations", []).append(delta["citation"])

    def _content_block_stop(self, data: dict[str, Any]) -> None:
        self.open.remove(data["index"])
        block = self.blocks[data["index"]]
        pieces = block.pop("pieces")
        if pieces:
            block["input"] = json.loads(pieces)

    def _message_delta(self, data: dict[str, Any]) -> None:
        assert not self.open
        self.stop, self.usage = data["delta"], data["usage"]

    def _message_stop(self, data: dict[str, Any]) -> None:
        assert self.stop
        self.ended = True

    def _error(self, data: dict[str, Any]) -> None:
        self.error = data["error"]


def understood(stream: bytes) -> Message:
    message = Message()
    for part in stream.decode().split("\n\n")[:-1]:
        if part.startswith(":"):
            continue
        named, data = part.split("\n")
        message.take(named.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
    return message


class Scripted:
    """An upstream that gives what it was told to give, and remembers what it was asked."""

    name = "scripted"

    def __init__(self, body: bytes = b"", chunks: Iterable[bytes] = ()) -> None:
        self.body, self.chunks = body, list(chunks)
        self.asked: list[Ask] = []

    async def ask(self, ask: Ask) -> Answer:
        self.asked.append(ask)
        return Answer(200, chunks=self._told()) if ask.stream else Answer(200, body=self.body)

    async def _told(self) -> AsyncIterator[bytes]:
        for each in self.chunks:
            yield each

    async def ready(self) -> str | None:
        return None

    async def close(self) -> None: ...


async def post(
    upstream: Scripted, path: str, body: dict[str, Any], headers: dict[str, str] | None = None, **more: Any
) -> httpx.Response:
    """Ask a gateway before the scripted upstream."""
    transport = httpx.ASGITransport(app=application(upstream, **more))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        return await client.post(path, json=body, headers=headers)


def finished(reply: Reply | None = None, text: str = "said") -> Reply:
    made = reply or Reply()
    made.text, made.understood = text, True
    return made
