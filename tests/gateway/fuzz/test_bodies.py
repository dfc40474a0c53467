"""Bodies that are no JSON, or JSON that nobody expects, are refused by every endpoint; none is a defect of ours."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutated import mutations
from running import FAST
from serving import Kept, bound, gateway_of

from colonnade.gateway.application import ENDPOINTS, Gateway
from colonnade.gateway.upstream.simulator import SimulatorUpstream
from colonnade.workload.sections.serving import Route

PATHS = sorted(ENDPOINTS)
FIELDS = {
    "messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}],
    "prompt": ["x"],
    "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x"}]}],
    "max_tokens": 3,
    "stream": True,
    "stream_options": {"include_usage": True},
    "n": 1,
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
    "tool_choice": {"type": "tool", "name": "f"},
    "response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}},
    "logprobs": True,
    "top_logprobs": 2,
    "stop": ["x"],
    "system": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}],
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "reasoning": {"effort": "low"},
    "text": {"format": {"type": "text"}},
    "metadata": {"a": "b"},
    "temperature": 0.5,
    "query": "x",
    "documents": ["x", {"text": "y"}],
    "top_n": 1,
    "voice": "alloy",
    "size": "1x1",
    "previous_response_id": "resp_x",
    "store": False,
}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**40), 10**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.sampled_from([2**63, 2**64, 1e308, -1, 0, "\0", "{}", "[DONE]", "data:"]),
)
VALUES = st.recursive(
    ODD | st.sampled_from(list(FIELDS.values())),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [*FIELDS, "type", "role", "content", "text", "name", "function", "id", "arguments"]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
TURN = [{"role": "user", "content": "x"}]
GOOD: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": TURN},
    "/v1/completions": {"prompt": "x"},
    "/v1/messages": {"messages": TURN, "max_tokens": 9},
    "/v1/responses": {"input": "x", "store": False},
    "/v1/embeddings": {"input": "x"},
    "/v1/images/generations": {"prompt": "x"},
    "/v1/audio/speech": {"input": "x", "voice": "alloy"},
    "/v1/moderations": {"input": "x"},
    "/v1/rerank": {"query": "x", "documents": ["x"]},
}
"""What every endpoint that takes JSON answers well."""
CRAZY = [
    b'{"model": "chat", "messages": ' + b"[" * 100_000,
    b"[" * 500 + b"]" * 500,
    b'{"a":' * 400 + b"1" + b"}" * 400,
    b'{"model": "chat", "model": 3}',
    b'{"model": "chat", "n": ' + b"9" * 5000 + b"}",
    b'{"model": "chat", "n": 1e999}',
    b'{"model": "chat", "n": NaN}',
    b'{"model": "\\ud800"}',
    b'{"model": "\xed\xa0\x80"}',
    b'{"model": "\xff"}',
    b'\xef\xbb\xbf{"model": "chat"}',
    b'{"model": "chat"} {}',
    b"",
]


def every_route() -> Gateway:
    kinds = sorted({endpoint for endpoint, _ in ENDPOINTS.values()})
    routes = {each: Route(endpoint=each, model=each, free_system_prompt=True) for each in kinds}
    upstream = SimulatorUpstream("sim", FAST)
    bindings = {each: bound("sim", each) for each in kinds}
    return gateway_of(routes, bindings, {"sim": upstream}, {"sim": "simulator"}, Kept())


async def post(app: Gateway, path: str, body: bytes) -> tuple[int, bytes]:
    """Ask the application as a server would."""
    sent: list[dict[str, Any]] = []
    asked = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        if asked:
            return asked.pop()
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "headers": [], "query_string": b""}
    await asyncio.wait_for(app(scope, receive, send), 10)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def hold(path: str, body: bytes) -> None:
    status, told = asyncio.run(post(every_route(), path, body))
    assert status in {200, 400, 404, 413}, told
    assert b"internal_error" not in told
    if status != 200:
        assert json.loads(told)["error"]["message"]


@pytest.mark.parametrize("path", PATHS)
def test_bodies_that_break_parsers(path: str) -> None:
    for body in CRAZY:
        hold(path, body)


@pytest.mark.parametrize("path", GOOD)
def test_the_good_bodies_are_good(path: str) -> None:
    body = json.dumps({"model": ENDPOINTS[path][0], **GOOD[path]}).encode()
    assert asyncio.run(post(every_route(), path, body))[0] == 200


@settings(max_examples=400)
@given(
    path=st.sampled_from(list(GOOD)),
    names=st.sets(st.sampled_from(list(FIELDS)), max_size=2),
    changed=st.dictionaries(st.sampled_from(list(FIELDS)), VALUES, max_size=2),
)
def test_fields_of_any_value(path: str, names: set[str], changed: dict[str, Any]) -> None:
    fields = {name: FIELDS[name] for name in sorted(names)} | GOOD[path] | changed
    hold(path, json.dumps({"model": ENDPOINTS[path][0], **fields}).encode("utf-8", "replace"))


def _mutated(path: str) -> st.SearchStrategy[tuple[str, bytes]]:
    good = {"model": ENDPOINTS[path][0], "stream": True, **GOOD[path]}
    return st.tuples(st.just(path), mutations(json.dumps(good).encode(), most=3))


@settings(max_examples=200)
@given(path_body=st.sampled_from(list(GOOD)).flatmap(_mutated))
def test_mutated_json(path_body: tuple[str, bytes]) -> None:
    hold(*path_body)
