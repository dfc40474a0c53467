"""The simulator answers `POST /anthropic/v1/messages` as Anthropic does, whole and streamed, with its faults."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from colonnade.gateway.estimate import tokens_in
from colonnade.gateway.upstream import faults
from colonnade.gateway.upstream.composition import Composition, compose
from colonnade.gateway.upstream.faces.asked import Asked
from colonnade.gateway.upstream.faces.refusals import refused
from colonnade.gateway.upstream.script import Script, whole
from colonnade.workload.sections.serving import Fault

_TYPES: Final[Mapping[int, str]] = {
    400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error",
    529: "overloaded_error",
}  # fmt: skip
_STOPS: Final[Mapping[str, str]] = {
    "stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal",
}  # fmt: skip
_THOUGHT: Final = "The question is plain, and so is the answer."

Event = dict[str, Any]


def script(asked: Asked) -> Script:
    """What to do for one request."""
    refusal = refused(asked.fault, _error_of_fault) or _objection(asked)
    if refusal is not None:
        return refusal
    composition = compose(asked.simulation, _inner(asked.request), asked.seed)
    if asked.fault is not None:
        faults.spoil(asked.fault, composition, _inner(asked.request), asked.seed)
    stream = faults.streams(asked.fault, asked=bool(asked.request.get("stream")))
    made = _streamed(asked, composition) if stream else _whole(asked, composition)
    if asked.fault is not None:
        faults.break_off(asked.fault, made, _failure())
    return made


def _objection(asked: Asked) -> Script | None:
    """What Anthropic refuses, too: another path, no version, no limit, no turns, or turns that it does not know."""
    if asked.path != "/v1/messages":
        return _error(404, f"There is no {asked.path}.")
    if "anthropic-version" not in asked.headers:
        return _error(400, "anthropic-version: header is required")
    for name in ("model", "max_tokens", "messages"):
        if not asked.request.get(name):
            return _error(400, f"{name}: Field required")
    if any(turn["role"] not in {"user", "assistant"} for turn in asked.request["messages"]):
        return _error(400, "messages: Unexpected role")
    return None


def _error_of_fault(status: int, fault: Fault) -> Event:
    long = "prompt is too long: 250000 tokens > 200000 maximum"
    return _error_document(status, long if fault == "context_length" else "Something is wrong.")


def _error(status: int, sentence: str) -> Script:
    return whole(_error_document(status, sentence), after_s=0.0, status=status)


def _failure() -> faults.Failure:
    document = _error_document(500, "Something broke.")
    return faults.Failure(_event(document), msgspec.json.encode(document))


def _error_document(status: int, sentence: str) -> Event:
    kind = _TYPES.get(status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": sentence}, "request_id": "req_simulated"}


def _inner(request: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of the request that decide what is said, in OpenAI's form."""
    choice = request.get("tool_choice") or {}
    named = {"type": "function", "function": {"name": choice.get("name")}}
    chosen = {"any": "required", "tool": named}.get(choice.get("type", ""))
    described = [
        {"function": {"name": tool["name"], "parameters": tool.get("input_schema") or {}}}
        for tool in request.get("tools") or []
    ]
    inner = {"messages": [*_system(request), *request["messages"]], "tools": described, "tool_choice": chosen}
    return {"model": request["model"], "max_tokens": request["max_tokens"], **inner}


def _system(request: Mapping[str, Any]) -> list[Event]:
    return [{"content": request["system"]}] if request.get("system") else []


def _thinks(asked: Asked) -> bool:
    return (asked.request.get("thinking") or {}).get("type") in {"enabled", "adaptive"}


def _usage(asked: Asked, composition: Composition) -> Event | None:
    """The counts: what is marked is written to the cache by the first turn, and read from it by later ones."""
    if composition.usage is None:
        return None
    given, output = composition.usage["prompt_tokens"], composition.usage["completion_tokens"]
    marked, hours = _marked(asked.request)
    marked = min(marked, given)
    later = any(turn["role"] == "assistant" for turn in asked.request["messages"])
    read, written = (marked, 0) if later else (0, marked)
    by_time = {
        "ephemeral_5m_input_tokens": 0 if hours else written,
        "ephemeral_1h_input_tokens": written if hours else 0,
    }
    thought = tokens_in(_THOUGHT) if _thinks(asked) and output else 0
    return {
        "input_tokens": given - marked,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
        "cache_creation": by_time,
        "output_tokens": output + thought,
        "output_tokens_details": {"thinking_tokens": thought},
        "service_tier": "standard",
    }


def _marked(request: Mapping[str, Any]) -> tuple[int, bool]:
    """How many tokens of system and turns carry a mark of the cache, and whether they are kept for an hour."""
    contents = [request.get("system"), *(turn["content"] for turn in request["messages"])]
    blocks = [block for content in contents if isinstance(content, list) for block in content]
    marked = [block for block in blocks if block.get("cache_control")]
    hours = any(block["cache_control"].get("ttl") == "1h" for block in marked)
    return tokens_in(marked), hours


def _blocks(asked: Asked, composition: Composition) -> list[Event]:
    blocks: list[Event] = []
    if _thinks(asked):
        signature = base64.b64encode(asked.seed).decode()
        blocks.append({"type": "thinking", "thinking": _THOUGHT, "signature": signature})
    if composition.tool is not None:
        named = {"id": f"toolu_{asked.seed.hex()[:24]}", "name": composition.tool["name"]}
        blocks.append({"type": "tool_use", **named, "input": _input(composition.tool["arguments"])})
    elif composition.pieces:
        blocks.append({"type": "text", "text": composition.text})
    return blocks


def _input(arguments: str) -> Any:
    """On this wire a whole answer holds an object, never its text: what is no JSON arrives empty."""
    try:
        return msgspec.json.decode(arguments)
    except msgspec.DecodeError:
        return {}


def _message(asked: Asked, composition: Composition) -> Event:
    return {
        "id": f"msg_{asked.seed.hex()[:24]}",
        "type": "message",
        "role": "assistant",
        "model": composition.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def _stop(composition: Composition) -> Event:
    stop = "refusal" if composition.refusal is not None else _STOPS[composition.finish]
    return {"stop_reason": stop, "stop_sequence": None}


def _whole(asked: Asked, composition: Composition) -> Script:
    usage = _usage(asked, composition)
    message = _message(asked, composition) | _stop(composition) | {"content": _blocks(asked, composition)}
    pace = asked.simulation
    after_s = pace.first_byte_s + len(composition.pieces) / pace.tokens_per_s
    return whole(message if usage is None else {**message, "usage": usage}, after_s=after_s)


def _streamed(asked: Asked, composition: Composition) -> Script:
    gap_s = 1.0 / asked.simulation.tokens_per_s
    steps = [(gap_s, _event(event)) for event in _events(asked, composition)]
    steps[0] = (asked.simulation.first_byte_s, steps[0][1])
    return Script(headers={"content-type": "text/event-stream"}, steps=steps)


def _events(asked: Asked, composition: Composition) -> Iterator[Event]:
    usage = _usage(asked, composition)
    message = _message(asked, composition)
    beginning = message if usage is None else {**message, "usage": {**usage, "output_tokens": 1}}
    yield {"type": "message_start", "message": beginning}
    yield {"type": "ping"}
    for index, block in enumerate(_blocks(asked, composition)):
        yield {"type": "content_block_start", "index": index, "content_block": _emptied(block)}
        for delta in _deltas(block, composition):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    ending = {"type": "message_delta", "delta": _stop(composition)}
    yield ending if usage is None else {**ending, "usage": {"output_tokens": usage["output_tokens"]}}
    yield {"type": "message_stop"}


def _emptied(block: Event) -> Event:
    empty: dict[str, Event] = {
        "text": {"text": ""},
        "thinking": {"thinking": "", "signature": ""},
        "tool_use": {"input": {}},
    }
    return {**block, **empty[block["type"]]}


def _deltas(block: Event, composition: Composition) -> Iterator[Event]:
    if block["type"] == "thinking":
        yield {"type": "thinking_delta", "thinking": block["thinking"]}
        yield {"type": "signature_delta", "signature": block["signature"]}
    elif composition.tool is not None:
        arguments = composition.tool["arguments"]
        middle = len(arguments) // 2
        pieces = ("",) if arguments == "{}" else ("", arguments[:middle], arguments[middle:])
        for piece in pieces:
            yield {"type": "input_json_delta", "partial_json": piece}
    else:
        for piece in composition.pieces:
            yield {"type": "text_delta", "text": piece}


def _event(document: Event) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (document["type"].encode(), msgspec.json.encode(document))
