"""Every line of an input file is checked before any is run, and every fault is told with its line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from colonnade.gateway.batches.batch import LineFault
from colonnade.gateway.batches.lines import LineTooLong, lines
from colonnade.gateway.batches.rows import NewRow
from colonnade.gateway.call import Endpoint
from colonnade.gateway.read import MODEL_OPTIONAL
from colonnade.workload.sections.serving import Route

MOST_ROWS = 50_000
MOST_FAULTS = 100
"""Faults that are told; more of them help nobody."""
_LONGEST_ID = 512


class _Line(msgspec.Struct):
    custom_id: str
    method: str
    url: str
    body: msgspec.Raw


class _Body(msgspec.Struct):
    model: str = ""
    stream: bool | None = None


_line = msgspec.json.Decoder(_Line).decode
_body = msgspec.json.Decoder(_Body).decode


class _Faulty(Exception):
    def __init__(self, code: str, message: str, param: str) -> None:
        self.code, self.message, self.param = code, message, param
        super().__init__(message)


@dataclass(slots=True)
class Validation:
    """Checks the lines of one file for one endpoint; `faults` grows while `rows` is read.

    Args:
        url: the endpoint's path, which every line must name.
        endpoint: what kind of work it is.
        routes: what may be named as `model`.
    """

    url: str
    endpoint: Endpoint
    routes: Mapping[str, Route]
    faults: list[LineFault] = field(default_factory=list)
    count: int = 0
    _seen: set[bytes] = field(default_factory=set)

    def rows(self, parts: Iterable[bytes]) -> Iterable[NewRow]:
        """The rows of the lines that are right; ends early when there are too many faults or rows."""
        try:
            for number, line in lines(parts):
                row = self._checked(number, line)
                if row is not None:
                    yield row
                if len(self.faults) >= MOST_FAULTS or self._too_many():
                    return
        except LineTooLong as error:
            self._fault("line_too_long", "A line is longer than a request may be.", None, error.line)
        if not self.count and not self.faults:
            self._fault("empty_file", "The input file holds no requests.", None, None)

    def _checked(self, number: int, line: bytes) -> NewRow | None:
        self.count += 1
        try:
            return self._row(number, line)
        except _Faulty as fault:
            self._fault(fault.code, fault.message, fault.param, number)
        return None

    def _row(self, number: int, line: bytes) -> NewRow:
        found = _decoded(line)
        digest = hashlib.blake2b(found.custom_id.encode(), digest_size=16).digest()
        if not 1 <= len(found.custom_id) <= _LONGEST_ID:
            raise _Faulty("invalid_custom_id", f"It must have 1 to {_LONGEST_ID} characters.", "custom_id")
        if digest in self._seen:
            raise _Faulty("duplicate_custom_id", "Another line has the same custom_id.", "custom_id")
        self._seen.add(digest)
        if found.method != "POST":
            raise _Faulty("invalid_method", "The method must be POST.", "method")
        if found.url != self.url:
            raise _Faulty("invalid_url", f"The url must be the batch's endpoint, {self.url}.", "url")
        self._check_body(bytes(found.body))
        return NewRow(number, found.custom_id, bytes(found.body))

    def _check_body(self, body: bytes) -> None:
        try:
            asked = _body(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise _Faulty(
                "invalid_request", "The body must be an object, its model a string.", "body"
            ) from None
        route = self._route(asked.model)
        if route is None:
            raise _Faulty("model_not_found", "The model does not exist.", "body.model")
        if route.endpoint != self.endpoint:
            raise _Faulty("unsupported_endpoint", f"The model serves {route.endpoint}.", "body.model")
        if asked.stream:
            raise _Faulty("invalid_request", "A row of a batch cannot be streamed.", "body.stream")

    def _route(self, model: str) -> Route | None:
        if model or self.endpoint not in MODEL_OPTIONAL:
            return self.routes.get(model)
        serving = [route for route in self.routes.values() if route.endpoint == self.endpoint]
        return serving[0] if len(serving) == 1 else None

    def _too_many(self) -> bool:
        if self.count <= MOST_ROWS:
            return False
        self._fault("too_many_requests", f"A batch may have {MOST_ROWS} requests.", None, None)
        return True

    def _fault(self, code: str, message: str, param: str | None, line: int | None) -> None:
        self.faults.append(LineFault(code, message, param, line))


def _decoded(line: bytes) -> _Line:
    try:
        return _line(line)
    except msgspec.ValidationError as error:
        raise _Faulty("invalid_line", f"{error}.", "") from None  # it names fields and types, no values
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _Faulty("invalid_json_line", "This line is not parseable as valid JSON.", "") from None
