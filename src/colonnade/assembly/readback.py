"""The gateway says what it does, read from the stages and routes that serve, not from the file."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

from colonnade.evidence.effective import GatewayConfiguration, RouteConfiguration
from colonnade.evidence.redaction import Redactor
from colonnade.evidence.spooled import ContentPolicy
from colonnade.gateway.pipeline import Stage
from colonnade.reliability.readback import SpreadingRead
from colonnade.workload.folder import Workload
from colonnade.workload.sections.promises import Retention
from colonnade.workload.sections.serving import Route


def read_back(
    workload: Workload,
    stages: Sequence[Stage],
    *,
    content: ContentPolicy,
    pruned: Retention | None,
    listener: tuple[str, int],
) -> GatewayConfiguration:
    """The effective configuration of a gateway that leads calls through `stages`.

    A promise of the file that nothing keeps is not reported: without the stage `cap`, no route has a cap.

    Args:
        workload: as loaded; its routes are the objects that serve.
        stages: what serves, in order.
        content: what the journal applies to prompts and answers.
        pruned: the limits that the running deletion applies; None where nothing is deleted.
        listener: host and port.
    """
    specification = workload.specification
    serving = [stage.name for stage in stages]
    spreading = SpreadingRead.of(stages)
    host, port = listener
    return GatewayConfiguration(
        stages=serving,
        routes=[
            _route(name, route, workload, frozenset(serving), spreading)
            for name, route in specification.routes.items()
        ],
        listener=f"{host}:{port}",
        listener_loopback=_is_loopback(host),
        content=content.keep,
        redaction=list(content.redact.kinds) if isinstance(content.redact, Redactor) else [],
        retention_days=_days(pruned) if pruned is not None else {},
        legal_minimum_days=specification.retention.legal_minimum_days,
        sink="ledger" if "journal" in serving else "",
        upstream_kinds={name: upstream.kind for name, upstream in specification.upstreams.items()},
        upstreams=spreading.upstreams(),
    )


def _days(pruned: Retention) -> dict[str, int]:
    days = {"prompts": pruned.prompts_days, "answers": pruned.answers_days}
    return {**days, "requests": max(pruned.requests_days, pruned.legal_minimum_days)}


def _route(
    name: str, route: Route, workload: Workload, serving: frozenset[str], spreading: SpreadingRead
) -> RouteConfiguration:
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
        targets=spreading.targets(name),
        balance=route.balance.strategy if "spread" in serving else "",
        attempts=route.retry.attempts if "spread" in serving else 1,
        retry_jitter_s=route.retry.first_delay_s if "spread" in serving else 0.0,
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
