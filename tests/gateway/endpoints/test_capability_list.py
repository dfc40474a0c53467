"""What the list of capabilities says is what happens to a request: both come from one table."""

from __future__ import annotations

from typing import Any, get_args

import httpx
import pytest
from serving import bound

from colonnade.errors import InvalidRequest
from colonnade.gateway.application import ENDPOINTS, create_app
from colonnade.gateway.call import Call, Identity
from colonnade.gateway.capabilities import DROPPED, EMULATED, UNSUPPORTED, settled
from colonnade.gateway.capability_list import CapabilityList, RouteAbility, ability
from colonnade.gateway.upstream.simulator import SimulatorUpstream
from colonnade.workload.endpoints import PURPOSES, SERVED
from colonnade.workload.sections.serving import Route, Target, Upstream, UpstreamKind

KINDS = get_args(UpstreamKind)
EVERY_FIELD = sorted(frozenset[str]().union(*UNSUPPORTED.values()) | {"temperature", "seed", "tools", "stop"})


class Spec:
    """The part of a specification that is looked at."""

    def __init__(self, routes: dict[str, Route], kinds: dict[str, str]) -> None:
        self.routes = routes
        self.models = {
            name: bound(name, routes["it"].endpoint).model_copy(update={"context_tokens": 4096 + len(name)})
            for name in kinds
        }
        self.upstreams = {
            name: Upstream.model_construct(kind=kind, base_url="https://x.example/v1")
            for name, kind in kinds.items()
        }


def told(kind: str, rule: str = "drop_with_header", endpoint: str = "chat", *others: str) -> RouteAbility:
    kinds = {each: each for each in (kind, *others)}
    route = Route(
        endpoint=endpoint, model=kind, targets=[Target(model=it) for it in others], unsupported_fields=rule
    )
    return ability("it", route, Spec({"it": route}, kinds), ENDPOINTS)


def call_with(field: str, rule: str, endpoint: str = "chat") -> Call:
    return Call(
        id="c", endpoint=endpoint, received_at=0.0, started=0.0, authorization=None, headers={}, body=b"",
        request={"model": "it", field: ["asks for something"]}, route_name="it",
        route=Route(model="m", endpoint=endpoint, unsupported_fields=rule), identity=Identity("k", "caller", {}),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kinds", "resume", "expected"),
    [
        (["simulator"], True, True),
        (["simulator"], False, False),
        (["cohere"], True, False),
        (["cohere", "embedded"], True, True),
    ],
)
def test_whether_streams_are_resumed(kinds: list[str], resume: bool, expected: bool) -> None:
    route = Route(model=kinds[0], targets=[Target(model=it) for it in kinds[1:]], resume=resume)
    spec = Spec({"it": route}, {each: each for each in kinds})
    assert ability("it", route, spec, ENDPOINTS).resumes is expected


@pytest.mark.parametrize("endpoint", list(PURPOSES))
@pytest.mark.parametrize("rule", ["drop_with_header", "reject", "emulate"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_treated_as_the_list_says(kind: str, rule: str, endpoint: str) -> None:
    said = told(kind, rule, endpoint).fields
    for field in EVERY_FIELD:
        call = call_with(field, rule, endpoint)
        if field in said.refused:
            with pytest.raises(InvalidRequest, match=field):
                settled(call, kind)
            continue
        request, emulating = settled(call, kind)
        headers = dict(call.reply_headers)
        assert (field in said.dropped) == (field not in request) == (headers.get(DROPPED) == field.encode())
        assert (field in said.emulated) == bool(emulating) == (EMULATED in headers)


@pytest.mark.parametrize(
    ("kind", "rule", "expected"),
    [
        (
            "embedded",
            "drop_with_header",
            {"tools": "dropped", "json_schema": "yes", "n": "dropped", "seed": "yes"},
        ),
        ("embedded", "emulate", {"tools": "emulated", "logprobs": "yes", "n": "dropped"}),
        ("embedded", "reject", {"tools": "refused", "n": "refused"}),
        ("simulator", "emulate", {"tools": "yes", "json_schema": "yes", "n": "dropped"}),
        ("openai_compatible", "reject", {"tools": "passed_on", "json_schema": "passed_on", "n": "passed_on"}),
        ("anthropic", "reject", {"tools": "yes", "logprobs": "refused", "n": "refused", "seed": "refused"}),
        ("gemini", "drop_with_header", {"tools": "yes", "logprobs": "yes", "n": "yes"}),
        ("cohere", "drop_with_header", {"tools": "yes", "logprobs": "dropped", "seed": "yes"}),
    ],
)
def test_features(kind: str, rule: str, expected: dict[str, str]) -> None:
    features = told(kind, rule).features
    assert {name: features[name] for name in expected} == expected


def test_targets_that_differ() -> None:
    said = told("embedded", "drop_with_header", "chat", "anthropic")
    assert said.features["tools"] == "varies"
    assert said.features["n"] == "dropped"
    assert {"tools", "seed"} <= set(said.fields.dropped)
    assert said.context_tokens == 4096 + len("embedded")
    assert [target.kind for target in said.targets] == ["embedded", "anthropic"]


def test_every_kind_and_endpoint_is_in_the_tables() -> None:
    assert set(SERVED) == set(KINDS)
    assert {endpoint for endpoint, _ in ENDPOINTS.values()} == set(PURPOSES)
    assert set(UNSUPPORTED) == set(KINDS)


async def test_the_list_over_http() -> None:
    routes = {"it": Route(model="simulator"), "say": Route(model="simulator", endpoint="speech")}
    spec: Any = Spec(routes, {"simulator": "simulator"})
    service = CapabilityList(lambda: spec, ENDPOINTS)

    async def known(call: Call, forward: Any) -> Any:
        call.identity = Identity("key-1", "caller", {})
        return await forward(call)

    upstream = SimulatorUpstream("simulator")
    app = create_app(
        stages=[], upstreams={"simulator": upstream}, models=[], doors=[known], services=[service]
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://g/v1") as client:
        answer = await client.get("/capabilities")
        refused = await client.post("/capabilities")
    chat, say = answer.json()["data"]
    assert "/v1/chat/completions" in chat["paths"]
    assert "openai" in chat["dialects"]
    assert (chat["streaming"], chat["max_output_tokens"]) == (True, 512)
    assert (say["paths"], say["features"], say["context_tokens"]) == (["/v1/audio/speech"], {}, 0)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")
