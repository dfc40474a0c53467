"""A script is what the simulator does for one request: status, headers, bytes with pauses, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from colonnade.gateway.upstream.composition import Composition

Ending = Literal["well", "abort", "hang", "endless"]
"""`abort` breaks the connection, `hang` falls silent until the other side gives up, `endless` repeats the last step
until then."""


@dataclass(slots=True)
class Script:
    """`steps` are pauses in seconds, each with the bytes that follow it. `length` is announced for whole answers.

    `refused` means that not even a status is sent.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    steps: list[tuple[float, bytes]] = field(default_factory=list)
    ending: Ending = "well"
    refused: bool = False
    length: int | None = None


def whole(document: Any, *, after_s: float, status: int = 200) -> Script:
    """A script that answers with one document."""
    body = msgspec.json.encode(document)
    return Script(
        status=status,
        headers={"content-type": "application/json"},
        steps=[(after_s, body)],
        length=len(body),
    )


def refusal(status: int, kind: str, code: str | None, sentence: str) -> Script:
    """A script that answers with an error in OpenAI's shape."""
    return whole(
        {"error": {"message": sentence, "type": kind, "param": None, "code": code}},
        after_s=0.0,
        status=status,
    )


def completion(composition: Composition) -> dict[str, Any]:
    """The whole answer as OpenAI writes it."""
    message: dict[str, Any] = {"role": "assistant", "content": composition.text or None}
    if composition.tool is not None:
        message["tool_calls"] = [_tool(composition)]
    elif composition.refusal is not None:
        message.update(content=None, refusal=composition.refusal)
    else:
        message["content"] = composition.text
    choice = {"index": 0, "message": message, "finish_reason": composition.finish}
    if composition.logprobs:
        choice["logprobs"] = {"content": [_logprob(piece) for piece in composition.pieces]}
    document = {**_envelope(composition, "chat.completion"), "choices": [choice]}
    return document if composition.usage is None else {**document, "usage": composition.usage}


def chunks(composition: Composition, *, include_usage: bool) -> Iterator[dict[str, Any]]:
    """The events of the streamed answer, without `[DONE]`."""
    yield _chunk(composition, {"role": "assistant", "content": ""})
    if composition.tool is not None:
        yield _chunk(composition, {"tool_calls": [{"index": 0, **_tool(composition)}]})
    if composition.refusal is not None:
        yield _chunk(composition, {"refusal": composition.refusal})
    for piece in composition.pieces:
        yield _chunk(composition, {"content": piece})
    yield _chunk(composition, {}, finish=composition.finish)
    if include_usage and composition.usage is not None:
        envelope = _envelope(composition, "chat.completion.chunk")
        yield {**envelope, "choices": [], "usage": composition.usage}


def event(document: Any) -> bytes:
    """One server-sent event."""
    return b"data: " + msgspec.json.encode(document) + b"\n\n"


def _envelope(composition: Composition, kind: str) -> dict[str, Any]:
    return {"id": composition.id, "object": kind, "created": 1_700_000_000, "model": composition.model}


def _chunk(composition: Composition, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice: dict[str, Any] = {"index": 0, "delta": delta, "finish_reason": finish}
    if composition.logprobs and delta.get("content"):
        choice["logprobs"] = {"content": [_logprob(delta["content"])]}
    return {**_envelope(composition, "chat.completion.chunk"), "choices": [choice]}


def _tool(composition: Composition) -> dict[str, Any]:
    return {"id": f"call_{composition.id[-12:]}", "type": "function", "function": composition.tool}


def _logprob(piece: str) -> dict[str, Any]:
    return {"token": piece, "logprob": -0.25, "bytes": list(piece.encode()), "top_logprobs": []}
