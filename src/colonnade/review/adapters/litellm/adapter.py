"""Models and router of a LiteLLM proxy, 1.106, become routes and upstreams.

`max_tokens` of a deployment is a default that callers override, so it is no cap. `num_retries` bounds the retries of a
call, so the share of retries is at most that. Groups are routes; fallbacks are targets that step in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from colonnade.evidence.collection import Scope
from colonnade.evidence.effective import (
    RouteConfiguration,
    RouteTable,
    TargetConfiguration,
    UpstreamConfiguration,
)
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.litellm.answers import Proxy, proxy_of
from colonnade.review.adapters.material import Material, plain
from colonnade.review.adapters.routes import ENDPOINTS, amount, route
from colonnade.review.adapters.taking import listed, mapped

HEALTH_CHECK_S = 300.0
"""How often the proxy looks at its models in the background, where it does and nothing else is set."""
FIRST_PAUSE_S = 0.5
"""Of a retry, before jitter, where nothing else is set (`INITIAL_RETRY_DELAY`)."""


def read(materials: Sequence[Material], scope: Scope) -> Reading:
    """One record of the proxy's routes."""
    reading = Reading()
    proxy = proxy_of(materials, reading)
    groups = _groups(proxy)
    if not groups:
        if materials and not reading.rejects:
            reading.reject(materials[0].name, "tells no model: give /model/info, or the config.yaml")
        return reading
    table = RouteTable(
        gateway="litellm",
        read_back=proxy.read_back,
        routes=[_route(name, groups, proxy) for name in groups],
        upstreams=_upstreams(proxy),
    )
    record = scope.record(
        table,
        kind="config" if proxy.read_back else "repo",
        collector=LITELLM.collector,
        source="gateway_config",
        n=len(table.routes),
        raw=b"".join(each.data for each in materials),
    )
    reading.records.append(record)
    return reading


LITELLM = Adapter(
    kind="litellm",
    version=1,
    title="routes of a LiteLLM proxy, read back from it (its `config.yaml` says what was asked for)",
    patterns=("*model*info*.json", "*callbacks*.json", "*cache*ping*.json", "*config*.yaml", "*config*.yml"),
    read=read,
    paths=("/model/info", "/get/config/callbacks", "/cache/ping"),
)


def _groups(proxy: Proxy) -> dict[str, list[Mapping[str, Any]]]:
    groups: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for each in proxy.deployments:
        if name := plain(each.get("model_name")):
            groups[name].append(each)
    return dict(groups)


def _route(name: str, groups: Mapping[str, Sequence[Mapping[str, Any]]], proxy: Proxy) -> RouteConfiguration:
    deployments = groups[name]
    retries = int(amount(proxy.settings.get("num_retries")))
    targets = [_target(each, 0) for each in deployments]
    for tier, group in enumerate(_fallbacks(name, proxy), 1):
        targets += [_target(each, tier) for each in groups.get(group, ())]
    return route(
        name,
        endpoint=ENDPOINTS.get(str(mapped(deployments[0].get("model_info")).get("mode")), "chat"),
        targets=targets,
        timeout_s=max(_timeout(each, proxy) for each in deployments),
        cache="exact" if proxy.cached else "off",
        balance=plain(proxy.settings.get("routing_strategy")),
        attempts=1 + retries,
        retry_jitter_s=max(FIRST_PAUSE_S, amount(proxy.settings.get("retry_after"))) if retries else 0.0,
    )


def _fallbacks(name: str, proxy: Proxy) -> list[str]:
    found = [mapped(each).get(name) for each in listed(proxy.settings.get("fallbacks"))]
    return [plain(group) for groups in found for group in listed(groups)]


def _target(deployment: Mapping[str, Any], tier: int) -> TargetConfiguration:
    parameters = mapped(deployment.get("litellm_params"))
    given = plain(mapped(deployment.get("model_info")).get("id"))
    weight = parameters.get("weight")
    return TargetConfiguration(
        binding=given or plain(parameters.get("model")),
        upstream=_place(deployment),
        weight=amount(weight) if weight is not None else 1.0,
        tier=tier,
    )


def _upstreams(proxy: Proxy) -> list[UpstreamConfiguration]:
    by_place: dict[str, UpstreamConfiguration] = {}
    for each in proxy.deployments:
        parameters = mapped(each.get("litellm_params"))
        name = _place(each)
        by_place[name] = UpstreamConfiguration(
            name=name,
            zone=plain(parameters.get("aws_region_name") or parameters.get("vertex_location")),
            timeout_s=_timeout(each, proxy),
            retry_share=amount(proxy.settings.get("num_retries")),
            breaker_failures=int(amount(proxy.settings.get("allowed_fails"))),
            breaker_open_s=amount(proxy.settings.get("cooldown_time")),
            concurrency=int(amount(parameters.get("max_parallel_requests"))),
            looked_at_s=_looked_at(proxy.general),
        )
    return list(by_place.values())


def _place(deployment: Mapping[str, Any]) -> str:
    """The provider, and where it is reached if that is said: two of these are independent of each other."""
    parameters = mapped(deployment.get("litellm_params"))
    provider = (
        plain(parameters.get("custom_llm_provider")) or plain(parameters.get("model")).partition("/")[0]
    )
    try:
        host = urlsplit(str(parameters.get("api_base") or "")).hostname or ""
    except ValueError:
        host = ""
    return f"{provider} at {plain(host)}" if host else provider


def _timeout(deployment: Mapping[str, Any], proxy: Proxy) -> float:
    own = amount(mapped(deployment.get("litellm_params")).get("timeout"))
    return own or amount(proxy.settings.get("timeout"))


def _looked_at(general: Mapping[str, Any]) -> float:
    if general.get("background_health_checks") is not True:
        return 0.0
    return amount(general.get("health_check_interval")) or HEALTH_CHECK_S
