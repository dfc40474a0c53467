"""Configurations of other gateways: what runs counts, what a file asks for can only fail."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest
import yaml
from observed import SCOPE

from colonnade.evidence.effective import RouteTable
from colonnade.performance.practices.tokens import every_route_has_a_cap
from colonnade.reliability.practices.redundancy import (
    calls_to_models_are_bounded,
    every_route_has_two_targets_that_are_looked_at,
)
from colonnade.review.adapters.envoy.adapter import ENVOY
from colonnade.review.adapters.fetching import fetch
from colonnade.review.adapters.litellm.adapter import LITELLM
from colonnade.review.adapters.material import Material
from colonnade.review.adapters.routes import amount, seconds

GOLDEN = Path(__file__).parents[1] / "golden" / "litellm"
ANSWERS = ("model-info.json", "get-config-callbacks.json", "cache-ping.json")


def _golden(*names):
    return [Material(name, (GOLDEN / name).read_bytes(), GOLDEN / name) for name in names]


def _table(adapter, materials) -> RouteTable:
    reading = adapter.read(materials, SCOPE)
    assert reading.rejects == []
    [record] = reading.records
    table = msgspec.convert(record.facts, RouteTable)
    assert record.kind == ("config" if table.read_back else "repo")
    return table


class _Proxy(BaseHTTPRequestHandler):
    def do_GET(self):
        file = GOLDEN / (self.path.strip("/").replace("/", "-") + ".json")
        known = file.is_file() and self.headers.get("authorization") == "Bearer sk-key"
        self.send_response(200 if known else 401)
        self.end_headers()
        self.wfile.write(file.read_bytes() if known else b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture
def proxy():
    """A service that answers as the proxy did."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Proxy)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_running_proxy_is_read_back(proxy):
    gathered = fetch(proxy, LITELLM, "sk-key")
    assert gathered.rejects == []
    table = _table(LITELLM, gathered.materials)
    assert (table.gateway, table.read_back) == ("litellm", True)
    answer, spare = table.routes
    assert [(it.binding, it.upstream, it.weight, it.tier) for it in answer.targets] == [
        ("answer-openai", "openai at 127.0.0.1", 3.0, 0),
        ("answer-bedrock", "bedrock", 1.0, 0),
        (spare.binding, "anthropic", 1.0, 1),
    ]
    assert (answer.attempts, answer.retry_jitter_s, answer.cache, answer.balance) == (
        3,
        1.0,
        "exact",
        "simple-shuffle",
    )
    assert (answer.output_cap, answer.timeout_s, spare.timeout_s) == (0, 30.0, 40.0)
    [openai, bedrock, _] = table.upstreams
    assert (openai.breaker_failures, openai.breaker_open_s, openai.retry_share) == (3, 30.0, 2.0)
    assert bedrock.zone == "eu-central-1"


def test_a_proxy_that_refuses_the_key_gives_nothing(proxy):
    gathered = fetch(proxy, LITELLM)
    assert [each.reason for each in gathered.rejects] == ["answered 401"] * 3
    assert LITELLM.read(gathered.materials, SCOPE).records == []


def test_judges_read_a_foreign_proxy_as_they_read_ours():
    table = _table(LITELLM, _golden(*ANSWERS))
    assert every_route_has_a_cap(table).outcome == "fail"
    bounded = calls_to_models_are_bounded(table)
    assert (bounded.outcome, bounded.reason) == (
        "fail",
        "answer-spare without a fallback on another upstream",
    )
    assert every_route_has_two_targets_that_are_looked_at(table).outcome == "fail"


def _alone(value):
    """Only the route that has everything."""
    return {**value, "data": [each for each in value["data"] if each["model_name"] == "answer"]}


def test_what_a_file_asks_for_passes_nothing():
    answers = json.loads((GOLDEN / "model-info.json").read_bytes())
    alone = Material("model-info.json", json.dumps(_alone(answers)).encode(), Path())
    table = _table(LITELLM, [alone, *_golden("get-config-callbacks.json", "cache-ping.json")])
    assert calls_to_models_are_bounded(table).outcome == "pass"
    config = yaml.safe_load((GOLDEN / "config.yaml").read_bytes())
    config["model_list"] = config["model_list"][:2]
    asked = _table(LITELLM, [Material("config.yaml", yaml.safe_dump(config).encode(), Path())])
    assert not asked.read_back
    assert calls_to_models_are_bounded(asked).outcome == "insufficient"
    assert every_route_has_a_cap(asked).outcome == "fail"


def test_the_file_tells_what_the_proxy_does_not():
    config = yaml.safe_load((GOLDEN / "config.yaml").read_bytes())
    config["general_settings"]["background_health_checks"] = True
    file = Material("config.yaml", yaml.safe_dump(config).encode(), Path())
    table = _table(LITELLM, [file, *_golden(*ANSWERS)])
    assert table.read_back
    assert {each.looked_at_s for each in table.upstreams} == {300.0}


def test_secrets_of_a_file_are_never_kept():
    config = {
        "model_list": [{"model_name": "a", "litellm_params": {"model": "openai/x", "api_key": "sk-hunter2"}}]
    }
    [record] = LITELLM.read([Material("config.yaml", yaml.safe_dump(config).encode(), Path())], SCOPE).records
    assert b"hunter2" not in record.canonical()


@pytest.mark.parametrize(
    "text", ["{}", '{"data": []}', "model_list: []", "a: [", '{"data": [{"id": "gpt"}]}']
)
def test_what_is_no_answer_is_rejected(text):
    reading = LITELLM.read([Material("a.json", text.encode(), Path())], SCOPE)
    assert reading.records == []
    assert reading.rejects


def _envoy(kind, name, spec, group="aigateway.envoyproxy.io/v1alpha1", live=True):
    meta = {"name": name, "namespace": "ai", **({"uid": "u", "resourceVersion": "1"} if live else {})}
    status = {"conditions": [{"type": "Accepted", "status": "True"}]} if live else {}
    return {"apiVersion": group, "kind": kind, "metadata": meta, "spec": spec, "status": status}


def _objects(*, live=True, cap="512", target="AIGatewayRoute", policy=None):
    mutation = {"bodyMutation": {"set": [{"path": "max_tokens", "value": cap}]}} if cap else {}
    backends = [
        {"name": "bedrock", "weight": 3, **mutation},
        {"name": "openai", "weight": 1, "modelNameOverride": "gpt", **mutation},
        {"name": "spare", "priority": 1, **mutation},
    ]
    header = {"name": "x-ai-eg-model", "value": "answer"}
    rule = {"matches": [{"headers": [header]}], "backendRefs": backends, "timeouts": {"request": "1m30s"}}
    known = {
        "retry": {"numRetries": 2, "perRetry": {"timeout": "30s", "backOff": {"baseInterval": "100ms"}}},
        "healthCheck": {"passive": {"consecutive5XxErrors": 4}, "active": {"interval": "5s"}},
        "circuitBreaker": {"maxParallelRequests": 64},
    }
    spec = {"targetRefs": [{"kind": target, "name": "main"}], **(known if policy is None else policy)}
    route = {"parentRefs": [{"name": "main"}], "rules": [rule]}
    return [
        _envoy("AIGatewayRoute", "main", route, live=live),
        _envoy("BackendTrafficPolicy", "policy", spec, "gateway.envoyproxy.io/v1alpha1", live=live),
    ]


def _given(objects):
    return [Material("objects.yaml", yaml.safe_dump_all(objects).encode(), Path())]


def test_accepted_routes_of_envoy_are_read_back():
    table = _table(ENVOY, _given(_objects()))
    [route] = table.routes
    assert (table.read_back, route.name, route.output_cap, route.timeout_s) == (True, "answer", 512, 90.0)
    assert [(it.binding, it.weight, it.tier) for it in route.targets] == [
        ("bedrock", 3.0, 0),
        ("gpt", 1.0, 0),
        ("spare", 1.0, 1),
    ]
    assert (route.attempts, route.retry_jitter_s) == (3, 0.1)
    upstream = table.upstreams[0]
    assert (upstream.timeout_s, upstream.retry_share, upstream.concurrency) == (30.0, 2.0, 64)
    assert (upstream.breaker_failures, upstream.breaker_open_s, upstream.looked_at_s) == (4, 30.0, 5.0)
    for judge in (
        every_route_has_a_cap,
        calls_to_models_are_bounded,
        every_route_has_two_targets_that_are_looked_at,
    ):
        assert judge(table).outcome == "pass"


def test_manifests_of_envoy_pass_nothing():
    table = _table(ENVOY, _given(_objects(live=False)))
    assert not table.read_back
    assert every_route_has_a_cap(table).outcome == "insufficient"


@pytest.mark.parametrize("target", ["HTTPRoute", "Gateway"])
def test_a_policy_may_name_the_route_or_its_gateway(target):
    assert _table(ENVOY, _given(_objects(target=target))).routes[0].attempts == 3


def test_without_policy_nothing_is_bounded():
    table = _table(ENVOY, _given(_objects(policy={})))
    assert calls_to_models_are_bounded(table).outcome == "fail"
    assert every_route_has_two_targets_that_are_looked_at(table).outcome == "fail"


def test_a_cap_is_one_that_callers_cannot_change():
    assert _table(ENVOY, _given(_objects(cap=""))).routes[0].output_cap == 0
    assert _table(ENVOY, _given(_objects(cap="many"))).routes[0].output_cap == 0


def test_objects_without_routes_are_rejected():
    reading = ENVOY.read(_given([_envoy("Gateway", "main", {})]), SCOPE)
    assert "no route" in reading.rejects[0].reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1m30s", 90.0), ("100ms", 0.1), ("2h", 7200.0), ("soon", 0.0), (5, 0.0), ("9" * 50, 0.0)],
)
def test_durations(text, expected):
    assert seconds(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("value", "expected"), [(3, 3.0), (0.5, 0.5), (True, 0.0), (-1, 0.0), ("3", 0.0), (1e300, 0.0)]
)
def test_amounts(value, expected):
    assert amount(value) == expected
