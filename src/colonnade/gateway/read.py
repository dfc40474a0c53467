"""The stage `read`: the body is parsed once, and the fields that the gateway touches have the right types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec

from colonnade.errors import InvalidRequest
from colonnade.gateway.call import Call, Forward, Reply

_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Read:
    """Parses `call.body` into `call.request`; fields that are not checked here travel on untouched."""

    name: str = "read"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        """Parse and check.

        Raises:
            InvalidRequest: not a JSON object (`invalid_json`), or a field of a wrong type, named in `param`.
        """
        if call.endpoint != "models":
            request = call.dialect.read(call, _object(call.body))
            call.request = request
            call.model = _model(request)
            if call.endpoint == "chat":
                _check_chat(request)
                call.stream = request.get("stream") is True
            else:
                _check_embeddings(request)
        return await forward(call)


def _object(body: bytes) -> dict[str, Any]:
    try:
        request = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise InvalidRequest("The body of the request is not valid JSON.", code="invalid_json") from None
    if not isinstance(request, dict):
        raise InvalidRequest("The body of the request must be a JSON object.", code="invalid_json")
    return request


def _model(request: dict[str, Any]) -> str:
    model = request.get("model")
    if model is None:
        _missing("model")
    if not isinstance(model, str) or not model:
        _wrong("model", "a string that is not empty")
    return model


def _check_chat(request: dict[str, Any]) -> None:
    messages = request.get("messages")
    if messages is None:
        _missing("messages")
    if not isinstance(messages, list) or not messages:
        _wrong("messages", "an array that is not empty")
    for place, message in enumerate(messages):
        _check_message(place, message)
    for name, (fits, wanted) in _TOUCHED.items():
        value = request.get(name)
        if value is not None and not fits(value):
            _wrong(name, wanted)
    options = request.get("stream_options")
    if options is not None:
        _check_stream_options(request, options)


def _check_message(place: int, message: Any) -> None:
    if not isinstance(message, dict):
        _wrong(f"messages[{place}]", "an object")
    if not isinstance(message.get("role"), str):
        _wrong(f"messages[{place}].role", "a string")
    content = message.get("content")
    if isinstance(content, list):
        if not all(isinstance(part, dict) for part in content):
            _wrong(f"messages[{place}].content", "a string or an array of objects")
    elif content is not None and not isinstance(content, str):
        _wrong(f"messages[{place}].content", "a string or an array of objects")


def _check_stream_options(request: dict[str, Any], options: dict[str, Any]) -> None:
    if request.get("stream") is not True:
        raise InvalidRequest(
            "The field 'stream_options' is only allowed when 'stream' is true.",
            code="invalid_value",
            param="stream_options",
        )
    if not isinstance(options.get("include_usage", False), bool | None):
        _wrong("stream_options.include_usage", "a boolean")


def _check_embeddings(request: dict[str, Any]) -> None:
    given = request.get("input")
    if given is None:
        _missing("input")
    if not _texts(given) and not _numbers(given) and not _token_lists(given):
        _wrong("input", "a string, an array of strings, or arrays of token numbers, not empty")


def _texts(given: Any) -> bool:
    if isinstance(given, list):
        return bool(given) and all(isinstance(text, str) and text for text in given)
    return isinstance(given, str) and given != ""


def _numbers(given: Any) -> bool:
    return isinstance(given, list) and bool(given) and all(type(number) is int for number in given)


def _token_lists(given: Any) -> bool:
    return isinstance(given, list) and bool(given) and all(_numbers(tokens) for tokens in given)


def _positive(value: Any) -> bool:
    return type(value) is int and value >= 1


def _boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _mapping(value: Any) -> bool:
    return isinstance(value, dict)


_TOUCHED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "stream": (_boolean, "a boolean"),
    "max_tokens": (_positive, "a whole number of at least 1"),
    "max_completion_tokens": (_positive, "a whole number of at least 1"),
    "n": (_positive, "a whole number of at least 1"),
    "stream_options": (_mapping, "an object"),
}
"""Fields that stages read; `true` is no number and `1` is no boolean."""


def _missing(param: str) -> NoReturn:
    raise InvalidRequest(f"The field '{param}' is missing.", code="missing_required_parameter", param=param)


def _wrong(param: str, wanted: str) -> NoReturn:
    raise InvalidRequest(f"The field '{param}' must be {wanted}.", code="invalid_type", param=param)
