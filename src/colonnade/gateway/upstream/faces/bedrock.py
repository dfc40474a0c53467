"""The simulator answers below `/bedrock` as Amazon Bedrock's Converse does, whole and streamed, with its faults."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

import msgspec

from colonnade.gateway.estimate import tokens_in
from colonnade.gateway.upstream import faults
from colonnade.gateway.upstream.composition import Composition, compose, embeddings
from colonnade.gateway.upstream.faces.asked import Asked
from colonnade.gateway.upstream.faces.aws_frames import frame
from colonnade.gateway.upstream.faces.aws_signature import refused_as
from colonnade.gateway.upstream.faces.refusals import refused
from colonnade.gateway.upstream.script import Script, whole
from colonnade.workload.sections.serving import Fault

_PATH: Final = re.compile(r"/model/(.+)/(converse|converse-stream|invoke)")
_NAMES: Final[Mapping[int, str]] = {
    400: "ValidationException", 404: "ResourceNotFoundException", 429: "ThrottlingException",
    500: "InternalServerException", 503: "ServiceUnavailableException",
}  # fmt: skip
_STOPS: Final[Mapping[str, str]] = {
    "stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "content_filtered",
}  # fmt: skip
_THOUGHT: Final = "The question is plain, and so is the answer."

Document = dict[str, Any]


def script(asked: Asked) -> Script:
    """What to do for one request."""
    refusal = refused(asked.fault, _error_of_fault)
    if refusal is not None:
        refusal.headers["x-amzn-errortype"] = _NAMES.get(refusal.status, "")
        return refusal
    named = _PATH.fullmatch(asked.path)
    if named is None:
        return _error(404, "UnknownOperationException", f"There is no {asked.path}.")
    model, method = named.groups()
    wrong = refused_as(f"/bedrock/model/{quote(model, safe='')}/{method}", asked.headers, asked.body)
    if wrong:
        return _error(403, wrong, "The request is not signed well.")
    if method == "invoke":
        return _vectors(asked, model)
    objection = _objection(asked.request)
    if objection:
        return _error(400, "ValidationException", objection)
    return _answered(asked, model, streamed=method == "converse-stream")


def _vectors(asked: Asked, model: str) -> Script:
    """Titan takes one text and counts its tokens, Cohere takes many and counts none in its body."""
    request = asked.request
    wanted = request.get("dimensions") or request.get("output_dimension")
    titan = "amazon.titan" in model
    texts = [request["inputText"]] if titan else request["texts"]
    made = [it["embedding"] for it in embeddings({"input": texts, "dimensions": wanted}, asked.seed)["data"]]
    told = (
        {"embedding": made[0], "inputTextTokenCount": tokens_in(texts[0])}
        if titan
        else {"embeddings": {"float": made}}
    )
    answered = whole(told, after_s=asked.simulation.first_byte_s)
    if asked.fault is not None:
        faults.break_off(asked.fault, answered, _failure())
    return answered


def _answered(asked: Asked, model: str, *, streamed: bool) -> Script:
    inner = _inner(asked.request, model)
    composition = compose(asked.simulation, inner, asked.seed)
    if asked.fault is not None:
        faults.spoil(asked.fault, composition, inner, asked.seed)
    streamed = faults.streams(asked.fault, asked=streamed)
    made = _streamed(asked, composition) if streamed else _whole(asked, composition)
    if asked.fault is not None:
        faults.break_off(asked.fault, made, _failure())
    return made


def _failure() -> faults.Failure:
    document = {"message": "Something broke."}
    told = frame("internalServerException", document, message="exception")
    return faults.Failure(told, msgspec.json.encode(document))


def _error_of_fault(_status: int, fault: Fault) -> Document:
    said = {
        "context_length": "Input is too long for requested model.",
        "quota": "Too many tokens per day, please wait before trying again.",
    }
    return {"message": said.get(fault, "Something is wrong.")}


def _error(status: int, kind: str, sentence: str) -> Script:
    told = whole({"message": sentence}, after_s=0.0, status=status)
    told.headers["x-amzn-errortype"] = kind
    return told


def _objection(request: Mapping[str, Any]) -> str:
    """What Bedrock refuses, too: turns that do not alternate, blank text, results without calls, calls without tools."""
    called: set[str] = set()
    for number, message in enumerate(request["messages"]):
        if message["role"] != ("user", "assistant")[number % 2]:
            return "A conversation must alternate between user and assistant roles."
        if any("text" in block and not block["text"].strip() for block in message["content"]):
            return f"The text field in the ContentBlock object at messages.{number} is blank."
        results = {block["toolResult"]["toolUseId"] for block in message["content"] if "toolResult" in block}
        if results != called:
            return "Expected toolResult blocks for exactly the toolUse blocks of the turn before."
        called = {block["toolUse"]["toolUseId"] for block in message["content"] if "toolUse" in block}
        if (called or results) and "toolConfig" not in request:
            return "The toolConfig field must be defined when using toolUse and toolResult content blocks."
    return "" if request["messages"] else "A conversation must start with a user message."


def _inner(request: Mapping[str, Any], model: str) -> Document:
    """The parts of the request that decide what is said, in OpenAI's form."""
    config = request.get("toolConfig") or {}
    chosen = config.get("toolChoice") or {}
    choice: Any = "required" if "any" in chosen else None
    if "tool" in chosen:
        choice = {"type": "function", "function": chosen["tool"]}
    described = [
        {
            "function": {
                "name": tool["toolSpec"]["name"],
                "parameters": tool["toolSpec"]["inputSchema"]["json"],
            }
        }
        for tool in config.get("tools", ())
        if "toolSpec" in tool
    ]
    messages = [{"content": request.get("system")}, *request["messages"]]
    most = (request.get("inferenceConfig") or {}).get("maxTokens")
    return {
        "model": model,
        "messages": messages,
        "max_tokens": most,
        "tools": described,
        "tool_choice": choice,
    }


def _thinks(asked: Asked) -> bool:
    return bool((asked.request.get("outputConfig") or {}).get("effort"))


def _signature(asked: Asked) -> str:
    return base64.b64encode(asked.seed).decode()


def _tool_use(asked: Asked, composition: Composition) -> Document:
    assert composition.tool is not None, "only who calls a tool says so"
    return {"toolUseId": f"tooluse_{asked.seed.hex()[:22]}", "name": composition.tool["name"]}


def _content(asked: Asked, composition: Composition) -> tuple[list[Document], str]:
    """The blocks of a whole answer and why it ended: input of a tool that is no JSON never leaves Bedrock."""
    stop = _STOPS[composition.finish] if composition.refusal is None else "guardrail_intervened"
    told = {"text": _THOUGHT, "signature": _signature(asked)}
    blocks: list[Document] = [{"reasoningContent": {"reasoningText": told}}] if _thinks(asked) else []
    if composition.tool is None:
        return ([*blocks, {"text": composition.text}] if composition.pieces else blocks), stop
    try:
        given = msgspec.json.decode(composition.tool["arguments"])
    except msgspec.DecodeError:
        return blocks, "malformed_tool_use"
    return [*blocks, {"toolUse": {**_tool_use(asked, composition), "input": given}}], stop


def _whole(asked: Asked, composition: Composition) -> Script:
    content, stop = _content(asked, composition)
    usage = _usage(asked, composition)
    document = {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop,
        "metrics": {"latencyMs": 1},
        **({} if usage is None else {"usage": usage}),
    }
    after_s = asked.simulation.first_byte_s + len(composition.pieces) / asked.simulation.tokens_per_s
    return whole(document, after_s=after_s)


def _streamed(asked: Asked, composition: Composition) -> Script:
    gap_s = 1.0 / asked.simulation.tokens_per_s
    steps = [
        (gap_s, frame(kind, {**document, "p": "abcdef"})) for kind, document in _events(asked, composition)
    ]
    steps[0] = (asked.simulation.first_byte_s, steps[0][1])
    return Script(headers={"content-type": "application/vnd.amazon.eventstream"}, steps=steps)


def _events(asked: Asked, composition: Composition) -> Iterator[tuple[str, Document]]:
    yield "messageStart", {"role": "assistant"}
    index = 0
    if _thinks(asked):
        for told in ({"text": _THOUGHT}, {"signature": _signature(asked)}):
            yield "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"reasoningContent": told}}
        yield "contentBlockStop", {"contentBlockIndex": 0}
        index = 1
    if composition.tool is not None:
        start = {"toolUse": _tool_use(asked, composition)}
        yield "contentBlockStart", {"contentBlockIndex": index, "start": start}
    for delta in _deltas(composition):
        yield "contentBlockDelta", {"contentBlockIndex": index, "delta": delta}
    yield "contentBlockStop", {"contentBlockIndex": index}
    stop = _STOPS[composition.finish] if composition.refusal is None else "guardrail_intervened"
    yield "messageStop", {"stopReason": stop}
    usage = _usage(asked, composition)
    yield "metadata", {"metrics": {"latencyMs": 1}, **({} if usage is None else {"usage": usage})}


def _deltas(composition: Composition) -> Iterator[Document]:
    if composition.tool is None:
        for piece in composition.pieces:
            yield {"text": piece}
        return
    arguments = composition.tool["arguments"]
    middle = len(arguments) // 2
    for piece in ("", arguments[:middle], arguments[middle:]):
        yield {"toolUse": {"input": piece}}


def _usage(asked: Asked, composition: Composition) -> Document | None:
    """The counts: what a cache point ends is written by the first turn, and read by later ones."""
    told = composition.usage
    if told is None:
        return None
    given, said = told["prompt_tokens"], told["completion_tokens"]
    before, hours = _before_cache_point(asked.request)
    before = min(before, given)
    later = len(asked.request["messages"]) > 1
    written = 0 if later else before
    wrong = told["total_tokens"] != given + said
    counts: Document = {
        "inputTokens": given - before,
        "outputTokens": said,
        "totalTokens": told["total_tokens"] if wrong else given + said,
        "cacheReadInputTokens": before if later else 0,
        "cacheWriteInputTokens": written,
    }
    kept = {"ttl": "1h" if hours else "5m", "inputTokens": written}
    return {**counts, "cacheDetails": [kept]} if written else counts


def _before_cache_point(request: Mapping[str, Any]) -> tuple[int, bool]:
    """How many tokens stand before the last cache point of the request, and whether they are kept for an hour."""
    blocks = [
        *(request.get("system") or ()),
        *(block for turn in request["messages"] for block in turn["content"]),
    ]
    places = [place for place, block in enumerate(blocks) if "cachePoint" in block]
    if not places:
        return 0, False
    return tokens_in(blocks[: places[-1]]), blocks[places[-1]]["cachePoint"].get("ttl") == "1h"
