"""The gateway says what it does, read from the stages and routes that serve, not from the file."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

from colonnade.evidence.effective import GatewayConfiguration, RouteConfiguration
from colonnade.gateway.pipeline import Stage
from colonnade.workload.folder import Workload
from colonnade.workload.sections.serving import Route


def read_back(workload: Workload, stages: Sequence[Stage], *, host: str, port: int) -> GatewayConfiguration:
    """The effective configuration of a gateway that leads calls through `stages`.

    A promise of the file that no stage keeps is not reported: without the stage `cap`, no route has a cap.
    """
    specification = workload.specification
    serving = [stage.name for stage in stages]
    privacy, retention = specification.privacy, specification.retention
    return GatewayConfiguration(
        stages=serving,
        routes=[
            _route(name, route, workload, frozenset(serving)) for name, route in specification.routes.items()
        ],
        listener=f"{host}:{port}",
        listener_loopback=_is_loopback(host),
        listener_tls=False,
        store_encrypted=True,
        content=privacy.store_content,
        redaction=list(privacy.redact),
        retention_days={
            "prompts": retention.prompts_days,
            "answers": retention.answers_days,
            "requests": retention.requests_days,
        },
        legal_minimum_days=retention.legal_minimum_days,
        sink="ledger" if "journal" in serving else "",
        upstream_kinds={name: upstream.kind for name, upstream in specification.upstreams.items()},
    )


def _route(name: str, route: Route, workload: Workload, serving: frozenset[str]) -> RouteConfiguration:
    prompt = (route.prompt or "").split("@")[0]
    version = workload.prompts[prompt].version if prompt in workload.prompts else ""
    return RouteConfiguration(
        name=name,
        endpoint=route.endpoint,
        binding=route.model,
        upstream=workload.specification.models[route.model].upstream,
        output_cap=route.max_output_tokens if "cap" in serving else 0,
        timeout_s=route.timeout_s if "deadline" in serving else 0.0,
        cache=route.cache if "cache" in serving else "off",
        prompt=prompt if "render" in serving else "",
        prompt_version=version if "render" in serving else "",
        free_system_prompt=route.free_system_prompt or "render" not in serving,
        disclosure="disclose" in serving and (route.disclosure.header or bool(route.disclosure.text)),
        knowledge=route.knowledge.use if route.knowledge and "retrieve" in serving else "",
        unpriced=route.unpriced if "meter" in serving else "allow",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
