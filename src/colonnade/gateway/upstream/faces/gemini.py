"""The simulator answers below `/gemini` as Gemini does: whole, streamed and with vectors, with its faults."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from colonnade.gateway.estimate import tokens_in
from colonnade.gateway.upstream import faults
from colonnade.gateway.upstream.composition import Composition, compose, embeddings
from colonnade.gateway.upstream.faces.asked import Asked
from colonnade.gateway.upstream.faces.refusals import refused
from colonnade.gateway.upstream.script import Script, event, whole
from colonnade.workload.sections.serving import Fault

_PATH: Final = re.compile(r"/v1(?:beta)?/(?:publishers/google/)?(?:models|tunedModels)/([^:/]+):(\w+)")
_NAMES: Final[Mapping[int, str]] = {
    400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL",
    503: "UNAVAILABLE",
}  # fmt: skip
_FINISHES: Final[Mapping[str, str]] = {
    "stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP", "content_filter": "SAFETY",
}  # fmt: skip
_SNAKE: Final = re.compile(r"_([a-z])")
_DATA: Final = frozenset(
    {"args", "parameters", "parametersJsonSchema", "response", "responseJsonSchema", "responseSchema"}
)
_TYPE: Final = "type.googleapis.com/google.rpc."
_THOUGHT: Final = "The question is plain, and so is the answer."
_FEWEST_CACHED: Final = 1024

Event = dict[str, Any]


def script(asked: Asked) -> Script:
    """What to do for one request."""
    asked = replace(asked, request=_in_camel_case(asked.request))
    refusal = refused(asked.fault, _error_of_fault)
    if refusal is not None:
        return refusal
    named = _PATH.fullmatch(asked.path)
    if named is None:
        return _error(404, f"There is no {asked.path}.")
    if "x-goog-api-key" not in asked.headers:
        return _error(403, "Method doesn't allow unregistered callers.")
    model, method = named.groups()
    if method == "batchEmbedContents":
        made = _vectors(asked)
    elif method == "predict":
        made = _predicted(asked, model)
    elif method in {"generateContent", "streamGenerateContent"}:
        made = _generated(asked, model, streamed=method.startswith("stream"))
    else:
        return _error(404, f"There is no {method}.")
    if asked.fault is not None:
        faults.break_off(asked.fault, made, _failure())
    return made


def _predicted(asked: Asked, model: str) -> Script:
    """As Vertex AI does, whose Gemini models take one instance."""
    instances, asked_for = asked.request["instances"], asked.request.get("parameters") or {}
    if model.startswith("gemini-embedding") and len(instances) > 1:
        return _error(400, "1 instance(s) is allowed per prediction.")
    texts = [each["content"] for each in instances]
    made = embeddings({"input": texts, "dimensions": asked_for.get("outputDimensionality")}, asked.seed)
    predictions = [
        {"embeddings": {"values": each["embedding"], "statistics": {"token_count": float(tokens_in(text))}}}
        for each, text in zip(made["data"], texts, strict=True)
    ]
    return whole({"predictions": predictions}, after_s=asked.simulation.first_byte_s)


def _in_camel_case(document: Any) -> Any:
    """Google takes the names of its fields in snake case, too; what is data and no field stays as it is."""
    if isinstance(document, list):
        return [_in_camel_case(each) for each in document]
    if not isinstance(document, dict):
        return document
    named = {_SNAKE.sub(lambda found: found[1].upper(), name): value for name, value in document.items()}
    return {name: value if name in _DATA else _in_camel_case(value) for name, value in named.items()}


def _failure() -> faults.Failure:
    document = _error_document(500, "Something broke.")
    return faults.Failure(event(document), msgspec.json.encode(document))


def _error_of_fault(status: int, fault: Fault) -> Event:
    if fault == "context_length":
        return _error_document(
            status, "The input token count (2097153) exceeds the maximum number of tokens allowed."
        )
    details: list[Event] = []
    if fault == "http_429":
        details.append({"@type": f"{_TYPE}RetryInfo", "retryDelay": "2s"})
    if fault == "quota":
        spent = {"quotaId": "GenerateRequestsPerDayPerProjectPerModel"}
        details.append({"@type": f"{_TYPE}QuotaFailure", "violations": [spent]})
    return _error_document(status, "Something is wrong.", *details)


def _error(status: int, sentence: str) -> Script:
    return whole(_error_document(status, sentence), after_s=0.0, status=status)


def _error_document(status: int, sentence: str, *details: Event) -> Event:
    error = {"code": status, "message": sentence, "status": _NAMES.get(status, "UNKNOWN")}
    return {"error": {**error, "details": details} if details else error}


def _vectors(asked: Asked) -> Script:
    requests = asked.request["requests"]
    texts = ["".join(part["text"] for part in one["content"]["parts"]) for one in requests]
    made = embeddings({"input": texts, "dimensions": requests[0].get("outputDimensionality")}, asked.seed)
    vectors = [{"values": each["embedding"]} for each in made["data"]]
    counted = {"promptTokenCount": made["usage"]["prompt_tokens"]}
    return whole({"embeddings": vectors, "usageMetadata": counted}, after_s=asked.simulation.first_byte_s)


def _generated(asked: Asked, model: str, *, streamed: bool) -> Script:
    objection = _objection(asked.request, model)
    if objection:
        return _error(400, objection)
    compositions = list(_compositions(asked, model))
    if faults.streams(asked.fault, asked=streamed):
        gap_s = 1.0 / asked.simulation.tokens_per_s
        steps = [(gap_s, event(told)) for told in _events(asked, compositions)]
        steps[0] = (asked.simulation.first_byte_s, steps[0][1])
        return Script(headers={"content-type": "text/event-stream"}, steps=steps)
    candidates = [_candidate(asked, one, index) for index, one in enumerate(compositions)]
    after_s = asked.simulation.first_byte_s + len(compositions[0].pieces) / asked.simulation.tokens_per_s
    return whole(_response(asked, compositions, candidates), after_s=after_s)


def _objection(request: Mapping[str, Any], model: str) -> str:
    """What Gemini refuses, too: no turns, results without calls, calls that nobody signed."""
    if not request.get("contents"):
        return "contents is not specified"
    calls = 0
    for content in request["contents"]:
        if content["role"] not in {"user", "model"}:
            return "Please use a valid role: user, model."
        results = sum("functionResponse" in part for part in content["parts"])
        if results != calls and (results or calls):
            return "The number of function response parts should equal that of the function calls of the turn before."
        called = [part for part in content["parts"] if "functionCall" in part]
        if called and model.startswith("gemini-3") and "thoughtSignature" not in called[0]:
            return "Function call is missing a thought_signature in functionCall parts."
        calls = len(called)
    return ""


def _compositions(asked: Asked, model: str) -> Iterator[Composition]:
    inner = _inner(asked.request, model)
    for index in range(_config(asked).get("candidateCount") or 1):
        seed = (
            asked.seed
            if index == 0
            else hashlib.blake2b(b"%b%d" % (asked.seed, index), digest_size=16).digest()
        )
        composition = compose(asked.simulation, inner, seed)
        if asked.fault is not None:
            faults.spoil(asked.fault, composition, inner, seed)
        yield composition


def _config(asked: Asked) -> Mapping[str, Any]:
    config: Mapping[str, Any] = asked.request.get("generationConfig") or {}
    return config


def _inner(request: Mapping[str, Any], model: str) -> Event:
    """The parts of the request that decide what is said, in OpenAI's form."""
    chosen = ((request.get("toolConfig") or {}).get("functionCallingConfig")) or {}
    names = chosen.get("allowedFunctionNames")
    choice: Any = "required" if chosen.get("mode") == "ANY" else None
    if choice and names:
        choice = {"type": "function", "function": {"name": names[0]}}
    declared = [each for tool in request.get("tools") or [] for each in tool.get("functionDeclarations", ())]
    described = [
        {
            "function": {
                "name": each["name"],
                "parameters": each.get("parametersJsonSchema") or each.get("parameters") or {},
            }
        }
        for each in declared
    ]
    contents = [request.get("systemInstruction") or {}, *request["contents"]]
    messages = [{"content": content.get("parts")} for content in contents]
    most = (request.get("generationConfig") or {}).get("maxOutputTokens")
    return {
        "model": model,
        "messages": messages,
        "max_tokens": most,
        "tools": described,
        "tool_choice": choice,
    }


def _thinks(asked: Asked) -> bool:
    return bool((_config(asked).get("thinkingConfig") or {}).get("includeThoughts"))


def _parts(asked: Asked, composition: Composition) -> list[Event]:
    """Thoughts first; a call of a function carries the signature of the thoughts before it."""
    parts: list[Event] = [{"text": _THOUGHT, "thought": True}] if _thinks(asked) else []
    if composition.tool is not None and not _unreadable(composition):
        called = {
            "name": composition.tool["name"],
            "args": msgspec.json.decode(composition.tool["arguments"]),
        }
        parts.append({"functionCall": called, "thoughtSignature": base64.b64encode(asked.seed).decode()})
    return parts + [{"text": piece} for piece in composition.pieces]


def _unreadable(composition: Composition) -> bool:
    """Gemini sends arguments as an object: what is no JSON never leaves it."""
    try:
        msgspec.json.decode(composition.tool["arguments"] if composition.tool else "{}")
    except msgspec.DecodeError:
        return True
    return False


def _finish(composition: Composition) -> str:
    if _unreadable(composition):
        return "MALFORMED_FUNCTION_CALL"
    return "SAFETY" if composition.refusal is not None else _FINISHES[composition.finish]


def _candidate(asked: Asked, composition: Composition, index: int) -> Event:
    parts = _parts(asked, composition)
    if composition.pieces:
        parts = [*parts[: -len(composition.pieces)], {"text": composition.text}]
    content = {"content": {"role": "model", **({"parts": parts} if parts else {})}}
    return {**content, "finishReason": _finish(composition), **({"index": index} if index else {})}


def _response(asked: Asked, compositions: list[Composition], candidates: list[Event]) -> Event:
    usage = _usage(asked, compositions)
    named = {"modelVersion": compositions[0].model, "responseId": asked.seed.hex()}
    return {"candidates": candidates, **({} if usage is None else {"usageMetadata": usage}), **named}


def _events(asked: Asked, compositions: list[Composition]) -> Iterator[Event]:
    """One event for each part, and the finishes of all candidates in the last one."""
    for index, composition in enumerate(compositions):
        place = {"index": index} if index else {}
        for part in _parts(asked, composition):
            yield _response(asked, compositions, [{"content": {"role": "model", "parts": [part]}, **place}])
    ends = [
        {"content": {"role": "model", "parts": [{"text": ""}]}, "finishReason": _finish(each), "index": index}
        for index, each in enumerate(compositions)
    ]
    yield _response(asked, compositions, ends)


def _usage(asked: Asked, compositions: list[Composition]) -> Event | None:
    """Google's counts; what is zero is left out."""
    told = compositions[0].usage
    if told is None:
        return None
    given = told["prompt_tokens"]
    said = sum(each.usage["completion_tokens"] for each in compositions if each.usage)
    thought = tokens_in(_THOUGHT) if _thinks(asked) and said else 0
    wrong = told["total_tokens"] != given + told["completion_tokens"]
    counts = {
        "promptTokenCount": given,
        "cachedContentTokenCount": _cached(asked.request),
        "candidatesTokenCount": said,
        "thoughtsTokenCount": thought,
        "totalTokenCount": told["total_tokens"] if wrong else given + said + thought,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": given}],
    }
    return {name: count for name, count in counts.items() if count}


def _cached(request: Mapping[str, Any]) -> int:
    """What earlier turns brought is read from the cache where it is long enough to have been kept."""
    contents = request["contents"]
    if not any(content["role"] == "model" for content in contents):
        return 0
    earlier = [request.get("systemInstruction") or {}, *contents[:-1]]
    tokens = tokens_in([content.get("parts") for content in earlier])
    return tokens if tokens >= _FEWEST_CACHED else 0
