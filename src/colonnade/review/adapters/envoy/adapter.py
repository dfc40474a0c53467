"""Routes, backends and traffic policies of Envoy AI Gateway become routes and upstreams.

Retries, timeouts and health checks stand in a `BackendTrafficPolicy` that names the route or its gateway. Live objects
whose status says that they were accepted are read back; manifests say what was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from colonnade.evidence.collection import Scope
from colonnade.evidence.effective import (
    RouteConfiguration,
    RouteTable,
    TargetConfiguration,
    UpstreamConfiguration,
)
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.kubernetes.objects import Object, objects_of, rows
from colonnade.review.adapters.material import Material, plain
from colonnade.review.adapters.routes import amount, route, seconds
from colonnade.review.adapters.taking import mapped

ROUTES = frozenset({"AIGatewayRoute", "AIRoute"})
BACKENDS = frozenset({"AIServiceBackend", "AIBackend"})
MODEL_HEADER = "x-ai-eg-model"
EJECTED_AFTER, EJECTED_S, LOOKED_AT_S = 5, 30.0, 3.0
"""What Envoy Gateway does where a health check is set and says nothing else: failures, seconds, interval."""


def read(materials: Sequence[Material], scope: Scope) -> Reading:
    """One record over all routes."""
    reading = Reading()
    objects = objects_of(list(materials), reading)
    routes = [each for each in objects if each.kind in ROUTES]
    if not routes:
        if objects:
            reading.reject(materials[0].name, "has no route of Envoy AI Gateway")
        return reading
    policies = [each for each in objects if each.kind == "BackendTrafficPolicy"]
    read_back = all(each.live and _accepted(each) for each in routes)
    table = RouteTable(
        gateway="envoy-ai-gateway",
        read_back=read_back,
        routes=[found for each in routes for found in _routes(each, _policy(each, policies), objects)],
        upstreams=list(
            {it.name: it for each in routes for it in _upstreams(each, _policy(each, policies))}.values()
        ),
    )
    record = scope.record(
        table,
        kind="config" if read_back else "repo",
        collector=ENVOY.collector,
        source="gateway_config",
        n=len(table.routes),
        raw=b"".join(each.data for each in materials),
    )
    reading.records.append(record)
    return reading


ENVOY = Adapter(
    kind="envoy",
    version=1,
    title="routes of Envoy AI Gateway, live objects of `kubectl get -o json` (manifests say what was asked for)",
    patterns=("*.yaml", "*.yml", "*.json"),
    read=read,
)


def _accepted(each: Object) -> bool:
    conditions = rows(mapped(each.body.get("status")).get("conditions"))
    return any(it.get("type") == "Accepted" and it.get("status") == "True" for it in conditions)


def _policy(each: Object, policies: Iterable[Object]) -> Mapping[str, Any]:
    """The traffic policy of a route, else that of its gateway."""
    gateways = {str(it.get("name")) for it in _targets(each.spec, "parentRefs")}
    named: Mapping[str, Any] = {}
    for policy in policies:
        if policy.namespace != each.namespace:
            continue
        for target in _targets(policy.spec, "targetRefs"):
            if target.get("name") == each.name and target.get("kind") != "Gateway":
                return policy.spec
            if target.get("kind") == "Gateway" and str(target.get("name")) in gateways:
                named = policy.spec
    return named


def _targets(spec: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return [*rows(spec.get(name)), *rows(spec.get("targetRefs")), *rows([spec.get("targetRef")])]


def _routes(
    each: Object, policy: Mapping[str, Any], objects: Sequence[Object]
) -> Iterator[RouteConfiguration]:
    retry, http = mapped(policy.get("retry")), mapped(mapped(policy.get("timeout")).get("http"))
    retries = int(amount(retry.get("numRetries", 2))) if retry else 0
    pause = seconds(mapped(mapped(retry.get("perRetry")).get("backOff")).get("baseInterval", "25ms"))
    for number, rule in enumerate(rows(each.spec.get("rules")), 1):
        backends = rows(rule.get("backendRefs"))
        yield route(
            _model(rule) or f"{each.name}, rule {number}",
            endpoint="chat",
            targets=[_target(it) for it in backends],
            output_cap=_cap(backends, each.namespace, objects),
            timeout_s=seconds(mapped(rule.get("timeouts")).get("request"))
            or seconds(http.get("requestTimeout")),
            attempts=1 + retries,
            retry_jitter_s=pause if retries else 0.0,
        )


def _model(rule: Mapping[str, Any]) -> str:
    headers = [header for match in rows(rule.get("matches")) for header in rows(match.get("headers"))]
    return plain(next((it.get("value") for it in headers if it.get("name") == MODEL_HEADER), ""))


def _target(backend: Mapping[str, Any]) -> TargetConfiguration:
    name = plain(backend.get("name"))
    return TargetConfiguration(
        binding=plain(backend.get("modelNameOverride")) or name,
        upstream=name,
        weight=amount(backend.get("weight", 1)),
        tier=int(amount(backend.get("priority", 0))),
    )


def _cap(backends: Sequence[Mapping[str, Any]], namespace: str, objects: Sequence[Object]) -> int:
    """The largest `max_tokens` that is written into every request, 0 if one backend lets callers choose."""
    known = {it.name: it.spec for it in objects if it.kind in BACKENDS and it.namespace == namespace}
    caps = [_written(it) or _written(known.get(str(it.get("name")), {})) for it in backends]
    return max(caps) if caps and all(caps) else 0


def _written(spec: Mapping[str, Any]) -> int:
    for each in rows(mapped(spec.get("bodyMutation")).get("set")):
        value = str(each.get("value"))
        if each.get("path") in ("max_tokens", "max_completion_tokens") and value.isdigit():
            return int(value[:9])
    return 0


def _upstreams(each: Object, policy: Mapping[str, Any]) -> Iterator[UpstreamConfiguration]:
    retry, health = mapped(policy.get("retry")), mapped(policy.get("healthCheck"))
    passive, active = health.get("passive"), health.get("active")
    http = mapped(mapped(policy.get("timeout")).get("http"))
    parallel = mapped(policy.get("circuitBreaker")).get("maxParallelRequests")
    ejected = mapped(passive)
    for backend in [it for rule in rows(each.spec.get("rules")) for it in rows(rule.get("backendRefs"))]:
        yield UpstreamConfiguration(
            name=plain(backend.get("name")),
            zone="",
            timeout_s=seconds(mapped(retry.get("perRetry")).get("timeout"))
            or seconds(http.get("requestTimeout")),
            retry_share=amount(retry.get("numRetries", 2)) if retry else 0.0,
            breaker_failures=_failures(ejected) if isinstance(passive, dict) else 0,
            breaker_open_s=(seconds(ejected.get("baseEjectionTime")) or EJECTED_S)
            if isinstance(passive, dict)
            else 0.0,
            concurrency=int(amount(parallel)),
            looked_at_s=(seconds(mapped(active).get("interval")) or LOOKED_AT_S)
            if isinstance(active, dict)
            else 0.0,
        )


def _failures(passive: Mapping[str, Any]) -> int:
    told = [int(amount(passive.get(name))) for name in ("consecutive5XxErrors", "consecutiveGatewayErrors")]
    return max(told) or EJECTED_AFTER
