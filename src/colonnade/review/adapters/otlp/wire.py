"""OTLP as files hold it: one JSON document, one JSON document a line, or Protocol Buffers.

JSON writes ids in hex and whole numbers as text; Protocol Buffers are turned into the same shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from colonnade.review.adapters.bounded import DEEPEST
from colonnade.review.adapters.material import Material, Unreadable
from colonnade.review.adapters.taking import listed, mapped


def trace_documents(material: Material) -> Iterator[dict[str, Any]]:
    """Every export request of a file, with a list `resourceSpans`.

    Raises:
        Unreadable: neither of the three.
    """
    start = material.data.lstrip()[:1]
    if start not in {b"{", b"["}:
        yield _from_protobuf(material.data)
        return
    found = False
    for document in _documents(material):
        if "resourceSpans" in document or "resource_spans" in document:
            found = True
            yield document
    if not found:
        raise Unreadable("holds no `resourceSpans`: export traces as OTLP")


def _documents(material: Material) -> Iterator[dict[str, Any]]:
    lines = [line for line in material.data.splitlines() if line.strip()]
    if len(lines) > 1 and all(line.lstrip()[:1] == b"{" and line.rstrip()[-1:] == b"}" for line in lines[:2]):
        for number, line in enumerate(lines, start=1):
            try:
                yield mapped(Material(material.name, line, material.path).json())
            except Unreadable as problem:
                raise Unreadable(f"line {number} {problem}") from problem
        return
    value = material.json()
    yield from (mapped(each) for each in (listed(value) or [value]))


def _from_protobuf(data: bytes) -> dict[str, Any]:
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(data)
        found: dict[str, Any] = MessageToDict(request)
    except (DecodeError, RecursionError, ValueError) as problem:
        raise Unreadable("is neither JSON nor an OTLP trace request in Protocol Buffers") from problem
    if "resourceSpans" not in found:
        raise Unreadable("is neither JSON nor an OTLP trace request in Protocol Buffers")
    return found


def attributes(value: object, depth: int = 0) -> dict[str, Any]:
    """A list of keys and values as a mapping; the last one counts where a key stands twice."""
    found: dict[str, Any] = {}
    for each in listed(value):
        entry = mapped(each)
        if isinstance(entry.get("key"), str):
            found[entry["key"]] = _value(entry.get("value"), depth + 1)
    return found


def _value(value: object, depth: int) -> Any:
    if depth > DEEPEST:
        return None
    kind, inner = next(iter(mapped(value).items()), ("", None))
    if kind == "intValue":
        return number(inner)
    if kind == "arrayValue":
        return [_value(each, depth + 1) for each in listed(mapped(inner).get("values"))]
    if kind == "kvlistValue":
        return attributes(mapped(inner).get("values"), depth + 1)
    return inner if kind in {"stringValue", "boolValue", "doubleValue"} else None


def number(value: object) -> int | None:
    """A whole number, which JSON may hold as text; None where it is none."""
    try:
        return msgspec.convert(value, int, strict=False)
    except (msgspec.ValidationError, ValueError, OverflowError):
        return None
