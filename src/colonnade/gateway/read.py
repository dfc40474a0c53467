"""The stage `read`: the body is parsed once, and the fields that the gateway touches have the right types."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from colonnade.errors import InvalidRequest
from colonnade.gateway.call import Call, Endpoint, Forward, Reply
from colonnade.gateway.dialects.prompts import asks_several, one_by_one
from colonnade.gateway.endpoint_fields import CHECKS
from colonnade.gateway.field_faults import MOST_CHOICES, choices, missing, positive, wrong
from colonnade.gateway.multipart import FilePart, is_form, read_form

_decode = msgspec.json.Decoder().decode

TAKE_FORMS: Final[frozenset[Endpoint]] = frozenset({"images", "transcriptions"})
STREAMED: Final[frozenset[Endpoint]] = frozenset({"chat", "images", "speech", "transcriptions"})
"""Endpoints whose answers may come in parts."""
MODEL_OPTIONAL: Final[frozenset[Endpoint]] = frozenset({"images", "moderations"})
"""Endpoints where OpenAI's clients may leave the model out; the stage `direct` then takes the only route there is."""
_JSON = b"application/json"
_SOON_READ = 256 << 10
"""Bytes of a form that are read and digested within half a millisecond."""


@dataclass(frozen=True, slots=True)
class Read:
    """Turns `call.body` into `call.request` and `call.files`; JSON is let go when it is parsed. What is not checked here travels on untouched."""

    name: str = "read"

    def __call__(self, call: Call, forward: Forward) -> Awaitable[Reply]:
        """Parse and check.

        Raises:
            InvalidRequest: not a JSON object (`invalid_json`), a form that cannot be read (`invalid_multipart`) or is
                not taken here (`unsupported_content_type`), or a field of a wrong type, named in `param`.
        """
        if call.endpoint == "models":
            return forward(call)
        if is_form(call.content_type):
            return _with_form(call, forward)
        _check_kind(call.content_type)
        call.request, call.body = call.dialect.read(call, _object(call.body)), b""
        _check(call)
        return one_by_one(call, forward) if asks_several(call) else forward(call)


async def _with_form(call: Call, forward: Forward) -> Reply:
    await _take_form(call)
    _check(call)
    return await forward(call)


def _check(call: Call) -> None:
    call.model = _model(call)
    if call.endpoint == "chat":
        _check_chat(call.request)
    else:
        CHECKS[call.endpoint](call)
    call.stream = _streamed(call)


def _check_kind(content_type: bytes) -> None:
    """As OpenAI does: a body that says that it is something else than JSON is not taken for JSON."""
    if content_type != _JSON and content_type.partition(b";")[0].strip().lower() != _JSON:
        raise InvalidRequest("This endpoint takes application/json.", code="unsupported_content_type")


def _object(body: bytes) -> dict[str, Any]:
    try:
        request = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise InvalidRequest("The body of the request is not valid JSON.", code="invalid_json") from None
    if not isinstance(request, dict):
        raise InvalidRequest("The body of the request must be a JSON object.", code="invalid_json")
    return request


async def _take_form(call: Call) -> None:
    if call.endpoint not in TAKE_FORMS:
        raise InvalidRequest("This endpoint takes JSON and no forms.", code="unsupported_content_type")
    soon = len(call.body) <= _SOON_READ
    call.request, call.files = _form(call) if soon else await asyncio.to_thread(_form, call)


def _form(call: Call) -> tuple[dict[str, Any], tuple[FilePart, ...]]:
    form = read_form(call.body, call.content_type)
    return form.request(), form.files


def _model(call: Call) -> str:
    model = call.request.get("model")
    if model is None and call.endpoint in MODEL_OPTIONAL:
        return ""
    if model is None:
        missing("model")
    if not isinstance(model, str) or not model:
        wrong("model", "a string that is not empty")
    return model


def _streamed(call: Call) -> bool:
    """Speech is passed on as it comes, unless nobody listens; forms write `true` as a text."""
    if call.endpoint == "speech":
        return not call.batch
    return call.request.get("stream") in (True, "true") and call.endpoint in STREAMED


def _check_chat(request: dict[str, Any]) -> None:
    messages = request.get("messages")
    if messages is None:
        missing("messages")
    if not isinstance(messages, list) or not messages:
        wrong("messages", "an array that is not empty")
    for place, message in enumerate(messages):
        _check_message(place, message)
    for name in request:
        if name in _TOUCHED:
            _check_field(request, name)


def _check_field(request: dict[str, Any], name: str) -> None:
    value, (fits, wanted) = request[name], _TOUCHED[name]
    if value is None:
        return
    if not fits(value):
        wrong(name, wanted)
    if name == "stream_options":
        _check_stream_options(request, value)


def _check_message(place: int, message: Any) -> None:
    if not isinstance(message, dict):
        wrong(f"messages[{place}]", "an object")
    if not isinstance(message.get("role"), str):
        wrong(f"messages[{place}].role", "a string")
    content = message.get("content")
    if not isinstance(content, str) and content is not None and not _parts(content):
        wrong(f"messages[{place}].content", "a string or an array of objects")


def _parts(content: Any) -> bool:
    return isinstance(content, list) and all(isinstance(part, dict) for part in content)


def _check_stream_options(request: dict[str, Any], options: dict[str, Any]) -> None:
    if request.get("stream") is not True:
        raise InvalidRequest(
            "The field 'stream_options' is only allowed when 'stream' is true.",
            code="invalid_value",
            param="stream_options",
        )
    if not isinstance(options.get("include_usage", False), bool | None):
        wrong("stream_options.include_usage", "a boolean")


def _boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _mapping(value: Any) -> bool:
    return isinstance(value, dict)


_TOUCHED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "stream": (_boolean, "a boolean"),
    "max_tokens": (positive, "a whole number of at least 1"),
    "max_completion_tokens": (positive, "a whole number of at least 1"),
    "n": (choices, f"a whole number from 1 to {MOST_CHOICES}"),
    "stream_options": (_mapping, "an object"),
}
"""Fields that stages read; `true` is no number and `1` is no boolean."""
