"""The faults that providers really show, each as one small change of what the simulator would have done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from colonnade.gateway.upstream.composition import Composition, call_tool, noise
from colonnade.gateway.upstream.script import Script, refusal
from colonnade.workload.sections.serving import Fault

SLOW_FIRST_BYTE_S = 10.0
DRIP_S = 1.0
"""A drip is one token a second."""
GREY_FACTOR = 2.0

MEANING: Final[Mapping[Fault, str]] = {
    "refuse": "breaks the connection before answering anything",
    "http_429": "status 429 with `retry-after: 2`",
    "http_429_bare": "status 429 without saying for how long",
    "quota": "status 429, code `insufficient_quota`: waiting does not help",
    "http_500": "status 500",
    "http_502": "status 502 with a page of HTML",
    "http_503": "status 503",
    "http_529": "status 529, overloaded",
    "context_length": "status 400, code `context_length_exceeded`",
    "slow_first_byte": f"the first byte comes {SLOW_FIRST_BYTE_S:g} s late",
    "grey": "every answer is right and takes twice as long",
    "stall": "falls silent in the middle of the answer",
    "drip": "one token a second",
    "cut": "breaks the connection in the middle of the answer",
    "duplicate_chunk": "sends one piece of the text twice",
    "out_of_order": "swaps two pieces of the text",
    "missing_done": "ends a stream without `[DONE]`",
    "malformed_chunk": "sends JSON that breaks off in the middle",
    "empty": "answers with no text at all",
    "length": "stops at half of the answer, finish `length`",
    "content_filter": "stops at half of the answer, finish `content_filter`",
    "refusal": "refuses in the `refusal` field",
    "bad_tool_arguments": "calls a tool with arguments that are not JSON",
    "usage_missing": "reports no usage",
    "usage_wrong": "reports counts that contradict the answer and each other",
    "wrong_model": "names another model than was asked for",
    "nonsense": "well-formed words that mean nothing",
    "cut_early": "breaks the connection before the first word",
    "error_first": "says that it failed, with status 200, before the first word",
    "error_later": "says that it failed in the middle of a stream, with status 200",
    "endless_event": "begins something that never ends",
    "trailing_garbage": "goes on after the end with what is no part of an answer",
    "whole_for_stream": "answers whole where a stream was asked for, and the other way round",
}
"""Fault -> what the simulator does."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How a wire says, with status 200, that it failed: within a stream, and in place of a whole answer."""

    event: bytes
    document: bytes


_FAILED: Final = b'{"error":{"message":"Something broke.","type":"server_error","param":null,"code":null}}'
OPENAI_FAILURE: Final = Failure(b"data: " + _FAILED + b"\n\n", _FAILED)


def streams(fault: Fault | None, *, asked: bool) -> bool:
    """Whether a request is answered with a stream."""
    return asked != (fault == "whole_for_stream")


def refused(fault: Fault) -> Script | None:
    """The script of a fault that answers with an error instead of an answer; None for the others."""
    if fault == "refuse":
        return Script(refused=True)
    given = _REFUSALS.get(fault)
    if given is None:
        return None
    script = refusal(*given)
    if fault == "http_429":
        script.headers["retry-after"] = "2"
    if fault == "http_502":
        page = b"<html><body>Bad Gateway</body></html>"
        script.headers["content-type"] = "text/html"
        script.steps, script.length = [(0.0, page)], len(page)
    return script


def spoil(fault: Fault, composition: Composition, request: dict[str, Any], seed: bytes) -> None:
    """Change what is said."""
    change = _SPOILERS.get(fault)
    if change is not None:
        change(composition, request, seed)


def break_off(fault: Fault, script: Script, failure: Failure = OPENAI_FAILURE) -> None:
    """Change how it is sent. The first step of a stream is the role, the last ones are finish and `[DONE]`."""
    change = _BREAKERS.get(fault)
    if change is not None:
        change(script, failure)


_REFUSALS: Final[Mapping[Fault, tuple[int, str, str | None, str]]] = {
    "http_429": (429, "rate_limit_error", "rate_limit_exceeded", "Slow down."),
    "http_429_bare": (429, "rate_limit_error", "rate_limit_exceeded", "Slow down."),
    "quota": (429, "insufficient_quota", "insufficient_quota", "The quota is used up."),
    "http_500": (500, "server_error", None, "Something broke."),
    "http_502": (502, "server_error", None, "Bad gateway."),
    "http_503": (503, "server_error", None, "Down for a moment."),
    "http_529": (529, "overloaded_error", None, "Overloaded."),
    "context_length": (400, "invalid_request_error", "context_length_exceeded", "Too many tokens."),
}


def _halve(finish: str) -> Callable[[Composition, dict[str, Any], bytes], None]:
    def change(composition: Composition, _request: dict[str, Any], _seed: bytes) -> None:
        composition.pieces = composition.pieces[: len(composition.pieces) // 2]
        composition.finish = finish

    return change


def _empty(composition: Composition, _request: dict[str, Any], _seed: bytes) -> None:
    composition.pieces = []
    if composition.usage is not None:
        composition.usage |= {"completion_tokens": 0, "total_tokens": composition.usage["prompt_tokens"]}


def _refuse(composition: Composition, _request: dict[str, Any], _seed: bytes) -> None:
    composition.pieces, composition.refusal = [], "I cannot help with that."


def _bad_arguments(composition: Composition, request: dict[str, Any], _seed: bytes) -> None:
    call_tool(composition, request)
    if composition.tool is not None:
        composition.tool["arguments"] = '{"unfinished": '


def _no_usage(composition: Composition, _request: dict[str, Any], _seed: bytes) -> None:
    composition.usage = None


def _wrong_usage(composition: Composition, _request: dict[str, Any], _seed: bytes) -> None:
    if composition.usage is not None:
        composition.usage |= {"completion_tokens": 0, "total_tokens": 7}


def _other_model(composition: Composition, _request: dict[str, Any], _seed: bytes) -> None:
    composition.model = "another-model-2020"


def _nonsense(composition: Composition, _request: dict[str, Any], seed: bytes) -> None:
    composition.pieces = noise(seed, len(composition.pieces))


_SPOILERS: Final[Mapping[Fault, Callable[[Composition, dict[str, Any], bytes], None]]] = {
    "length": _halve("length"),
    "content_filter": _halve("content_filter"),
    "empty": _empty,
    "refusal": _refuse,
    "bad_tool_arguments": _bad_arguments,
    "usage_missing": _no_usage,
    "usage_wrong": _wrong_usage,
    "wrong_model": _other_model,
    "nonsense": _nonsense,
}


def _middle(script: Script) -> int:
    return len(script.steps) // 2


def _half_answer(script: Script) -> None:
    """Leave the second half away; of a whole answer, half of its bytes."""
    if len(script.steps) == 1:
        pause, body = script.steps[0]
        script.steps = [(pause, body[: len(body) // 2])]
    else:
        pause, cut = script.steps[_middle(script)]
        script.steps = [*script.steps[: _middle(script)], (pause, cut[: len(cut) // 2])]


def _cut(script: Script, _failure: Failure) -> None:
    _half_answer(script)
    script.ending = "abort"


def _cut_early(script: Script, _failure: Failure) -> None:
    """The head, and half of the first event; of a whole answer the head alone."""
    pause, first = script.steps[0]
    script.steps = [(pause, first[: len(first) // 2] if script.length is None else b"")]
    script.ending = "abort"


def _stall(script: Script, _failure: Failure) -> None:
    _half_answer(script)
    script.ending = "hang"


def _late(script: Script, _failure: Failure) -> None:
    pause, first = script.steps[0]
    script.steps[0] = (pause + SLOW_FIRST_BYTE_S, first)


def _drip(script: Script, _failure: Failure) -> None:
    script.steps = [(DRIP_S, part) for _pause, part in script.steps]


def _grey(script: Script, _failure: Failure) -> None:
    script.steps = [(pause * GREY_FACTOR, part) for pause, part in script.steps]


def _twice(script: Script, _failure: Failure) -> None:
    if len(script.steps) > 1:
        script.steps.insert(_middle(script), script.steps[_middle(script)])


def _swap(script: Script, _failure: Failure) -> None:
    if len(script.steps) > 4:
        place = _middle(script)
        script.steps[place], script.steps[place - 1] = script.steps[place - 1], script.steps[place]


def _no_done(script: Script, _failure: Failure) -> None:
    if len(script.steps) > 1:
        script.steps.pop()


def _malformed(script: Script, _failure: Failure) -> None:
    place = _middle(script)
    pause, part = script.steps[place]
    if len(script.steps) > 1:
        script.steps[place] = (pause, part[: len(part) // 2] + b"\n\n")
    else:
        _replace(script, part[: len(part) // 2])


def _fail_first(script: Script, failure: Failure) -> None:
    _fail_from(0, script, failure)


def _fail_later(script: Script, failure: Failure) -> None:
    _fail_from(_middle(script), script, failure)


def _fail_from(place: int, script: Script, failure: Failure) -> None:
    """The answer up to a place, and then the failure; of a whole answer, the failure alone."""
    if script.length is not None:
        _replace(script, failure.document)
    else:
        script.steps = [*script.steps[:place], (script.steps[place][0], failure.event)]


def _endless(script: Script, _failure: Failure) -> None:
    """Half an answer, and then letters: within the text of an event, or of the document."""
    _half_answer(script)
    script.steps.append((0.0, b"a" * _PIECE))
    script.length, script.ending = None, "endless"


def _garbage(script: Script, _failure: Failure) -> None:
    if script.length is None:
        script.steps.append((0.0, _GARBAGE))
    else:
        _replace(script, script.steps[0][1] + _GARBAGE)


def _replace(script: Script, body: bytes) -> None:
    """Another body of a whole answer."""
    script.steps, script.length = [(script.steps[0][0], body)], len(body)


_PIECE: Final = 64 << 10
_GARBAGE: Final = b'data: {"choices":[{"index":0,"delta":{"content":" and more"}\n\n<html>'
_BREAKERS: Final[Mapping[Fault, Callable[[Script, Failure], None]]] = {
    "cut": _cut,
    "cut_early": _cut_early,
    "stall": _stall,
    "slow_first_byte": _late,
    "drip": _drip,
    "grey": _grey,
    "duplicate_chunk": _twice,
    "out_of_order": _swap,
    "missing_done": _no_done,
    "malformed_chunk": _malformed,
    "error_first": _fail_first,
    "error_later": _fail_later,
    "endless_event": _endless,
    "trailing_garbage": _garbage,
}
