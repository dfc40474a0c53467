"""Spans of calls to models become requests: one a call, however many libraries wrapped it.

What a span does not say stays unsaid: no price, no policy digest of a gateway that never saw the call, no content.
Prompts and answers that a span carries are left alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.evidence.collection import Scope
from colonnade.evidence.request import DecisionLine, RequestRecord
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.environments import is_production
from colonnade.review.adapters.material import Material, Unreadable, plain
from colonnade.review.adapters.otlp.conventions import Operation, labels_of, operation_of, read
from colonnade.review.adapters.otlp.wire import attributes, number, trace_documents
from colonnade.review.adapters.taking import MOST_REJECTS, listed, mapped

_HEX = re.compile(r"[0-9A-Za-z+/=]{8,44}")
_ERROR = {2, "STATUS_CODE_ERROR"}


@dataclass(frozen=True, slots=True)
class Span:
    """A span that tells of a call to a model; times in seconds since the epoch."""

    trace: str
    id: str
    parent: str
    operation: Operation
    start: float
    end: float
    failed: bool
    attributes: Mapping[str, Any]


def _read(materials: Sequence[Material], scope: Scope) -> Reading:
    reading = Reading()
    spans: dict[tuple[str, str], Span] = {}
    for material in materials:
        try:
            for document in trace_documents(material):
                for span in _spans(document, material.name, reading):
                    spans[span.trace, span.id] = span
        except Unreadable as problem:
            reading.reject(material.name, str(problem))
    inner = _inner(spans)
    for span in spans.values():
        if (span.trace, span.id) not in inner:
            _take(span, scope, reading)
    return reading


TRACES = Adapter(
    "otlp-traces", 1, "calls to models in traces of OpenTelemetry (JSON, JSON lines, Protocol Buffers)",
    ("*.otlp.json", "*traces*.json", "*traces*.jsonl", "*.otlp.jsonl", "*.otlp.pb", "*traces*.binpb"),
    _read,
)  # fmt: skip


def _spans(document: dict[str, Any], where: str, reading: Reading) -> Iterator[Span]:
    rejected = 0
    for group in listed(document.get("resourceSpans", document.get("resource_spans"))):
        resource = attributes(mapped(mapped(group).get("resource")).get("attributes"))
        for scope in listed(mapped(group).get("scopeSpans", mapped(group).get("scope_spans"))):
            for number_, raw in enumerate(listed(mapped(scope).get("spans"))):
                told = {**resource, **attributes(mapped(raw).get("attributes"))}
                operation = operation_of(told)
                if operation is None:
                    continue  # tools, retrieval, HTTP: not calls to models
                span = _span(mapped(raw), operation, told)
                if span is not None:
                    yield span
                    continue
                rejected += 1
                if rejected <= MOST_REJECTS:
                    reading.reject(
                        f"{where}: span {number_}", "has no id, no times, or ends before it begins"
                    )


def _span(raw: dict[str, Any], operation: Operation, told: dict[str, Any]) -> Span | None:
    start, end = number(raw.get("startTimeUnixNano")), number(raw.get("endTimeUnixNano"))
    trace, identifier = raw.get("traceId"), raw.get("spanId")
    if not (isinstance(trace, str) and isinstance(identifier, str) and _HEX.fullmatch(trace)):
        return None
    if not _HEX.fullmatch(identifier) or not start or not end or end < start:
        return None
    failed = mapped(raw.get("status")).get("code") in _ERROR or read(told, "error") is not None
    parent = raw.get("parentSpanId")
    return Span(
        trace,
        identifier,
        parent if isinstance(parent, str) else "",
        operation,
        start / 1e9,
        end / 1e9,
        failed,
        told,
    )


def _inner(spans: Mapping[tuple[str, str], Span]) -> set[tuple[str, str]]:
    """Calls within calls: a library that wraps another one tells of the same call once more."""
    return {key for key, span in spans.items() if (span.trace, span.parent) in spans}


def _take(span: Span, scope: Scope, reading: Reading) -> None:
    told = read(span.attributes, "environment")
    if isinstance(told, str) and is_production(told) != (scope.environment == "production"):
        reading.reject(
            plain(f"span {span.id}"), plain(f"is of the environment {told}, not of {scope.environment}")
        )
        return
    reading.requests.append(_request(span, scope))


def _request(span: Span, scope: Scope) -> RequestRecord:
    told, tokens = span.attributes, _tokens(span.attributes)
    first, status = read(told, "first_chunk_s"), number(read(told, "status"))
    error = plain(read(told, "error") or "error", 80) if span.failed else ""
    provider = plain(read(told, "provider") or "", 80)
    return RequestRecord(
        id=f"otlp-{hashlib.sha256(f'{span.trace}/{span.id}'.encode()).hexdigest()[:24]}",
        opened_at=span.start,
        closed_at=span.end,
        latency_ms=(span.end - span.start) * 1000.0,
        first_byte_ms=first * 1000.0 if isinstance(first, float | int) and first >= 0 else None,
        environment=scope.environment,
        workload=plain(told.get("service.name", ""), 80),
        workload_digest=scope.subject.workload,
        policy=scope.subject.policy,
        endpoint=span.operation,
        stream=read(told, "stream") is True,
        labels=labels_of(told),
        model=plain(read(told, "asked_model") or "", 120),
        answered_by=plain(read(told, "model") or "", 120),
        upstream=provider,
        reached_upstream=True,
        attempts=1,
        prompt_name=plain(read(told, "prompt") or "", 80),
        prompt_version=plain(read(told, "prompt_version") or "", 80),
        output_cap=number(read(told, "cap")) or 0,
        outcome="failed" if span.failed else "answered",
        status=status or (200 if not span.failed else 0),
        error_code=error,
        finish=_finish(read(told, "finish")),
        usage_reported=read(told, "input") is not None or read(told, "output") is not None,
        region=plain(read(told, "region") or "", 80),
        session_digest=_digest(read(told, "session")),
        decisions=[DecisionLine("import", f"from a trace; {_sampling(told)}", 0.0)],
        **tokens,
    )


def _tokens(told: Mapping[str, Any]) -> dict[str, Any]:
    """Disjoint counts: OpenTelemetry counts what a cache held among the input, and reasoning among the output."""
    given = {name: max(0, number(read(told, name)) or 0) for name in _COUNTED}
    return {
        "fresh_input": max(0, given["input"] - given["cache_read"] - given["cache_write"]),
        "cache_read": given["cache_read"],
        "cache_write": given["cache_write"],
        "output": max(0, given["output"] - given["reasoning"]),
        "reasoning": given["reasoning"],
    }


_COUNTED = ("input", "output", "cache_read", "cache_write", "reasoning")


def _finish(value: object) -> str:
    first = value[0] if isinstance(value, list) and value else value
    return plain(first, 40) if isinstance(first, str) else ""


def _sampling(told: Mapping[str, Any]) -> str:
    rate = read(told, "sampled")
    return f"sampled at {rate}" if isinstance(rate, float | int) else "sampling not told"


def _digest(session: object) -> str:
    return (
        "sha256:" + hashlib.sha256(session.encode()).hexdigest()
        if isinstance(session, str) and session
        else ""
    )
