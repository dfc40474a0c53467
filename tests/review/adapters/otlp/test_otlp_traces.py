"""Traces as three instrumentations write them become the same requests; whatever is no trace is rejected by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import Parse
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Environment, Subject
from colonnade.evidence.request import RequestRecord
from colonnade.review.adapters.adapter import Reading
from colonnade.review.adapters.material import Material
from colonnade.review.adapters.otlp.traces import TRACES

GOLDEN = Path(__file__).parents[1] / "golden" / "otlp"
WRITTEN = ("openllmetry", "openinference")
"""Written by opentelemetry-instrumentation-openai 0.62.4 and openinference-instrumentation-openai 0.1.66."""


def read(*files: bytes, environment: Environment = "staging", name: str = "t.otlp.json") -> Reading:
    scope = Scope(environment, Subject(workload="sha256:w", policy="sha256:p"), 0.0, 4e9)
    return TRACES.read([Material(name, data, Path(name)) for data in files], scope)


def golden(name: str) -> bytes:
    return (GOLDEN / f"{name}.otlp.json").read_bytes()


def span(identifier: str = "00000000000000a1", parent: str = "", **attributes: Any) -> dict[str, Any]:
    kinds = {str: "stringValue", int: "intValue", float: "doubleValue", bool: "boolValue"}
    told = {"gen_ai.operation.name": "chat", **{k.replace("__", "."): v for k, v in attributes.items()}}
    return {
        "traceId": "0" * 31 + "1",
        "spanId": identifier,
        "parentSpanId": parent,
        "startTimeUnixNano": "1790000000000000000",
        "endTimeUnixNano": "1790000001500000000",
        "attributes": [{"key": k, "value": {kinds[type(v)]: v}} for k, v in told.items()],
    }


def trace(*spans: Any) -> bytes:
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}).encode()


def one(**attributes: Any) -> RequestRecord:
    reading = read(trace(span(**attributes)))
    assert not reading.rejects
    return reading.requests[0]


@pytest.mark.parametrize("name", WRITTEN)
def test_what_real_instrumentations_write(name: str) -> None:
    reading = read(golden(name))
    assert not reading.rejects
    told = [(it.endpoint, it.fresh_input, it.output, it.finish, it.outcome) for it in reading.requests]
    assert told == [
        ("chat", 2, 40, "length", "answered"),
        ("chat", 2, 48, "stop", "answered"),
        ("chat", 0, 48, "stop", "answered"),
        ("embeddings", 1, 0, "", "answered"),
    ]
    assert {(it.upstream, it.workload) for it in reading.requests} == {("openai", "letters")}
    assert all(it.labels == {"team": "post", "use_case": "letters"} for it in reading.requests)
    assert not any(it.price_known or it.usd for it in reading.requests), "a trace tells no price"


@pytest.mark.parametrize("name", WRITTEN)
def test_protocol_buffers_tell_the_same(name: str) -> None:
    message = Parse(golden(name), ExportTraceServiceRequest())
    told = read(message.SerializeToString(), name="t.otlp.pb").requests
    assert [(it.opened_at, it.output, it.model) for it in told] == [
        (it.opened_at, it.output, it.model) for it in read(golden(name)).requests
    ]


def test_tokens_are_disjoint() -> None:
    request = one(
        gen_ai__usage__input_tokens=100,
        gen_ai__usage__output_tokens=50,
        **{"gen_ai.usage.cache_read.input_tokens": 60, "gen_ai.usage.cache_creation.input_tokens": 10},
        **{"gen_ai.usage.reasoning.output_tokens": 20},
    )
    assert (request.fresh_input, request.cache_read, request.cache_write) == (30, 60, 10)
    assert (request.output, request.reasoning, request.usage_reported) == (30, 20, True)


def test_names_of_before_are_read_too() -> None:
    old = one(gen_ai__system="openai", gen_ai__usage__prompt_tokens=7, gen_ai__usage__completion_tokens=3)
    assert (old.upstream, old.fresh_input, old.output) == ("openai", 7, 3)


def test_times_and_failures() -> None:
    request = one(error__type="timeout", **{"gen_ai.response.time_to_first_chunk": 0.25})
    assert (request.outcome, request.error_code, request.status) == ("failed", "timeout", 0)
    assert (request.latency_ms, request.first_byte_ms) == (1500.0, 250.0)


def test_a_call_that_two_libraries_told_counts_once() -> None:
    outer, inner = span("00000000000000a1"), span("00000000000000a2", parent="00000000000000a1")
    assert len(read(trace(outer, inner)).requests) == 1
    assert len(read(trace(outer), trace(inner)).requests) == 1, "in two files, too"


def test_the_same_trace_twice_gives_the_same_requests() -> None:
    ids = {it.id for it in read(golden("openinference")).requests}
    assert ids == {it.id for it in read(golden("openinference"), golden("openinference")).requests}


def test_other_spans_are_left_alone() -> None:
    tool = span(gen_ai__operation__name="execute_tool")
    reading = read(trace(tool))
    assert not reading.requests
    assert not reading.rejects


def test_what_is_of_another_environment_is_rejected() -> None:
    reading = read(golden("openinference"), environment="production")
    assert not reading.requests
    assert "of the environment staging" in reading.rejects[0].reason


def test_no_content_is_kept() -> None:
    secret = "the-queens-own-words"
    request = one(**{"gen_ai.input.messages": secret, "gen_ai.output.messages": secret})
    assert secret not in repr(request)
    assert not request.content_stored


def test_lines_of_json() -> None:
    lines = trace(span("00000000000000a1")) + b"\n" + trace(span("00000000000000a2")) + b"\n"
    assert len(read(lines).requests) == 2
    broken = read(lines + b'{"resourceSpans": [}\n')
    assert "line 3" in broken.rejects[0].reason


HOSTILE = [
    b"", b"\0" * 40, b"\xff\xfe\xfa" * 10, b"[" * 100_000, b"{}", b"[]", b'{"resourceSpans": 7}', b'{"resourceSpans": [7, null]}',
    b'{"resourceSpans": [{"scopeSpans": {"spans": 1}}]}', trace(7, None, {"attributes": {}}),
    trace({**span(), "startTimeUnixNano": "1e999"}), trace({**span(), "endTimeUnixNano": -5}), trace({**span(), "traceId": "<b>"}),
    trace({**span(), "attributes": [{"key": "gen_ai.operation.name", "value": {"arrayValue": {"values": 3}}}, {"key": 4}]}),
    b'{"resourceSpans": [{"resource": {"attributes": [{"key": "a", "value": ' + b'{"kvlistValue": {"values": [{"key": "a", "value": ' * 900,
]  # fmt: skip


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_files_are_rejected_or_left_alone(data: bytes) -> None:
    reading = read(data)
    assert not reading.requests
    assert all(reject.where and reject.reason for reject in reading.rejects)


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner) | st.dictionaries(
    st.sampled_from(["resourceSpans", "scopeSpans", "spans", "attributes", "key", "value", "traceId"]), inner
), max_leaves=20))  # fmt: skip
def test_no_shape_raises(value: Any) -> None:
    assert isinstance(read(json.dumps({"resourceSpans": value}).encode()), Reading)


def test_markup_and_control_characters_are_data() -> None:
    request = one(gen_ai__request__model="<script>\x00\n</script>", gen_ai__usage__input_tokens=-5)
    assert "\n" not in request.model
    assert "\x00" not in request.model
    assert request.fresh_input == 0
