"""The simulator answers below `/cohere/v2` as Cohere does: chat whole and streamed, embed and rerank, with faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from colonnade.gateway.estimate import tokens_in
from colonnade.gateway.upstream import faults
from colonnade.gateway.upstream.composition import Composition, compose, embeddings
from colonnade.gateway.upstream.faces.asked import Asked
from colonnade.gateway.upstream.faces.refusals import refused
from colonnade.gateway.upstream.script import Script, event, whole
from colonnade.workload.sections.serving import Fault

_FINISHES: Final[Mapping[str, str]] = {
    "stop": "COMPLETE", "length": "MAX_TOKENS", "tool_calls": "TOOL_CALL", "content_filter": "ERROR",
}  # fmt: skip

Event = dict[str, Any]


def script(asked: Asked) -> Script:
    """What to do for one request."""
    refusal = refused(asked.fault, _error_of_fault)
    if refusal is not None:
        return refusal
    answer = _ANSWERS.get(asked.path)
    if answer is None:
        return whole({"message": f"There is no {asked.path}."}, after_s=0.0, status=404)
    if not asked.request.get("model"):
        return whole({"message": "model is required"}, after_s=0.0, status=400)
    made = answer(asked)
    if asked.fault is not None:
        faults.break_off(asked.fault, made, _failure())
    return made


def _failure() -> faults.Failure:
    told = {"type": "message-end", "delta": {"error": "Something broke.", "finish_reason": "ERROR"}}
    document = {"id": "simulated", "message": "Something broke."}
    return faults.Failure(_event(told), msgspec.json.encode(document))


def _error_of_fault(_status: int, fault: Fault) -> Event:
    long = "too many tokens: total number of tokens in the prompt cannot exceed 128000"
    return {"id": "simulated", "message": long if fault == "context_length" else "Something is wrong."}


def _chat(asked: Asked) -> Script:
    inner = _inner(asked.request)
    composition = compose(asked.simulation, inner, asked.seed)
    if asked.fault is not None:
        faults.spoil(asked.fault, composition, inner, asked.seed)
    if faults.streams(asked.fault, asked=bool(asked.request.get("stream"))):
        return _streamed(asked, composition)
    after_s = asked.simulation.first_byte_s + len(composition.pieces) / asked.simulation.tokens_per_s
    return whole(_answer(asked, composition), after_s=after_s)


def _inner(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request in OpenAI's form, as far as it decides what is said."""
    choice = "required" if request.get("tool_choice") == "REQUIRED" else None
    return {**request, "tool_choice": choice}


def _usage(composition: Composition) -> Event | None:
    """Cohere bills less than it reads: it adds a preamble of its own."""
    if composition.usage is None:
        return None
    billed = {
        "input_tokens": float(composition.usage["prompt_tokens"]),
        "output_tokens": float(composition.usage["completion_tokens"]),
    }
    return {"billed_units": billed, "tokens": {**billed, "input_tokens": billed["input_tokens"] + 496.0}}


def _answer(asked: Asked, composition: Composition) -> Event:
    message: Event = {"role": "assistant"}
    if composition.tool is not None:
        message |= {"tool_plan": _plan(composition), "tool_calls": [_tool_call(asked, composition)]}
    else:
        message["content"] = [{"type": "text", "text": composition.text}]
        if asked.request.get("documents"):
            message["citations"] = [_citation(composition)]
    document = {"id": _id(asked), "finish_reason": _FINISHES[composition.finish], "message": message}
    usage = _usage(composition)
    return document if usage is None else {**document, "usage": usage}


def _id(asked: Asked) -> str:
    return asked.seed.hex()


def _plan(composition: Composition) -> str:
    return f"I will call {composition.tool['name']}." if composition.tool else ""


def _tool_call(asked: Asked, composition: Composition) -> Event:
    return {"id": f"call_{asked.seed.hex()[:12]}", "type": "function", "function": composition.tool}


def _citation(composition: Composition) -> Event:
    """The first word is cited from the first document."""
    word = composition.pieces[0] if composition.pieces else ""
    source = {"type": "document", "id": "doc:0", "document": {"id": "doc:0"}}
    return {"start": 0, "end": len(word), "text": word, "sources": [source], "type": "TEXT_CONTENT"}


def _streamed(asked: Asked, composition: Composition) -> Script:
    gap_s = 1.0 / asked.simulation.tokens_per_s
    steps = [(gap_s, _event(told)) for told in _events(asked, composition)]
    steps[0] = (asked.simulation.first_byte_s, steps[0][1])
    last_s, last = steps[-1]
    steps[-1] = (last_s, last + b"data: [DONE]\n\n")
    return Script(headers={"content-type": "text/event-stream"}, steps=steps)


def _events(asked: Asked, composition: Composition) -> Iterator[Event]:
    yield {
        "type": "message-start",
        "id": _id(asked),
        "delta": {"message": {"role": "assistant", "content": []}},
    }
    yield from _calling(asked, composition) if composition.tool is not None else _saying(asked, composition)
    delta: Event = {"finish_reason": _FINISHES[composition.finish]}
    usage = _usage(composition)
    yield {"type": "message-end", "delta": delta if usage is None else {**delta, "usage": usage}}


def _saying(asked: Asked, composition: Composition) -> Iterator[Event]:
    yield _of_message("content-start", content={"type": "text", "text": ""})
    for piece in composition.pieces:
        yield _of_message("content-delta", content={"text": piece})
    yield {"type": "content-end", "index": 0}
    if asked.request.get("documents"):
        yield _of_message("citation-start", citations=_citation(composition))
        yield {"type": "citation-end", "index": 0}


def _calling(asked: Asked, composition: Composition) -> Iterator[Event]:
    call = _tool_call(asked, composition)
    arguments = call["function"]["arguments"]
    yield {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": _plan(composition)}}}
    yield _of_message(
        "tool-call-start",
        tool_calls={**call, "function": {"name": call["function"]["name"], "arguments": ""}},
    )
    for piece in (arguments[: len(arguments) // 2], arguments[len(arguments) // 2 :]):
        yield _of_message("tool-call-delta", tool_calls={"function": {"arguments": piece}})
    yield {"type": "tool-call-end", "index": 0}


def _of_message(kind: str, **added: Any) -> Event:
    return {"type": kind, "index": 0, "delta": {"message": added}}


def _event(document: Event) -> bytes:
    return b"event: %b\n%b" % (document["type"].encode(), event(document))


def _embed(asked: Asked) -> Script:
    wanted = asked.request["embedding_types"][0]
    inner = {
        "input": asked.request["texts"],
        "dimensions": asked.request.get("output_dimension"),
        "encoding_format": wanted,
    }
    if not asked.request.get("input_type"):
        return whole({"message": "input_type is required"}, after_s=0.0, status=400)
    vectors = [one["embedding"] for one in embeddings(inner, asked.seed)["data"]]
    billed = {"billed_units": {"input_tokens": float(tokens_in(inner["input"]))}}
    answer = {"id": _id(asked), "embeddings": {wanted: vectors}, "texts": inner["input"], "meta": billed}
    return whole(answer, after_s=asked.simulation.first_byte_s)


def _rerank(asked: Asked) -> Script:
    """The share of the query's words that a document holds is its score."""
    wanted = set(asked.request["query"].lower().split())
    documents: list[str] = asked.request["documents"]
    scores = [len(wanted & set(text.lower().split())) / max(len(wanted), 1) for text in documents]
    order = sorted(range(len(documents)), key=lambda index: -scores[index])
    results = [{"index": index, "relevance_score": scores[index]} for index in order]
    answer = {
        "id": _id(asked),
        "results": results[: asked.request.get("top_n")],
        "meta": {"api_version": {"version": "2"}, "billed_units": {"search_units": 1.0}},
    }
    return whole(answer, after_s=asked.simulation.first_byte_s)


_ANSWERS: Final[Mapping[str, Callable[[Asked], Script]]] = {
    "/v2/chat": _chat,
    "/v2/embed": _embed,
    "/v2/rerank": _rerank,
}
