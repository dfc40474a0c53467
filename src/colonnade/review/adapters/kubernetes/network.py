"""What network policies deny and let in, and where callers from outside arrive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from colonnade.evidence.imported.infrastructure import Aspect, Resource
from colonnade.review.adapters.exceptions import exceptions_in
from colonnade.review.adapters.kubernetes.cluster import Cluster, by_namespace
from colonnade.review.adapters.kubernetes.objects import Object, rows
from colonnade.review.adapters.kubernetes.workloads import KIND
from colonnade.review.adapters.taking import mapped
from colonnade.review.adapters.terraform.openings import EVERYBODY, PUBLIC_PORTS

_INTERNAL = (
    "service.beta.kubernetes.io/aws-load-balancer-internal", "networking.gke.io/load-balancer-type",
    "cloud.google.com/load-balancer-type", "service.beta.kubernetes.io/azure-load-balancer-internal",
    "service.beta.kubernetes.io/aws-load-balancer-scheme",
)  # fmt: skip


def network_resources(cluster: Cluster) -> Iterator[Resource]:
    """Namespaces and what they deny, policies and what they let in, and the doors to the outside."""
    policies, region = cluster.of("NetworkPolicy"), cluster.region
    own, live = by_namespace(policies), any(each.live for each in cluster.running)
    for namespace in sorted({each.namespace for each in cluster.running}):
        yield Resource(
            name=f"Namespace {namespace}",
            type="Namespace",
            source=KIND,
            origin="live" if live else "manifests",
            aspects={"denied": _denied(own.get(namespace, ()))},
        )
    for policy in policies:
        yield _resource(policy, _lets_in(policy), region)
    for service in cluster.of("Service"):
        if service.group == "v1" and str(service.spec.get("type")) in {"LoadBalancer", "NodePort"}:
            door = service.spec.get("type") == "LoadBalancer"
            yield _resource(service, _door(service), region, endpoint=door)
    for entry in cluster.of("Ingress", "Gateway"):
        yield _resource(entry, None, region, endpoint=True)


def _resource(each: Object, closed: Aspect | None, region: str, *, endpoint: bool = False) -> Resource:
    return Resource(
        name=each.title,
        type=each.kind,
        source=KIND,
        origin="live" if each.live else "manifests",
        endpoint=endpoint,
        region=region,
        tags=each.labels if endpoint else None,
        aspects={} if closed is None else {"closed": closed},
        exceptions=exceptions_in({**each.annotations, **each.labels}),
    )


def _denied(policies: Sequence[Object]) -> Aspect:
    """Whether everything that comes in is denied where no policy allows it, also from within the namespace."""
    everyone = [each for each in policies if not _chosen(each.spec.get("podSelector"))]
    ways = {way for each in everyone for way in _denied_ways(each.spec)}
    if "Ingress" not in ways:
        return Aspect("no", "no policy denies what comes in")
    within = [each.name for each in everyone if _lets_the_namespace_in(each.spec)]
    if within:
        return Aspect("no", f"{within[0]} lets every pod of the namespace reach every other")
    return Aspect("yes", "in and out" if "Egress" in ways else "in, not out")


def _denied_ways(spec: Mapping[str, Any]) -> set[str]:
    types = spec.get("policyTypes")
    ways = {str(each) for each in types} if isinstance(types, list) else {"Ingress"}
    return {way for way in ways if not rows(spec.get(way.lower()))}


def _chosen(selector: Any) -> bool:
    """Whether a selector chooses some rather than all."""
    return bool(mapped(selector).get("matchLabels") or mapped(selector).get("matchExpressions"))


def _lets_the_namespace_in(spec: Mapping[str, Any]) -> bool:
    peers = [peer for rule in rows(spec.get("ingress")) for peer in rows(rule.get("from"))]
    return any(
        "podSelector" in peer and not _chosen(peer["podSelector"]) and "namespaceSelector" not in peer
        for peer in peers
    )


def _lets_in(policy: Object) -> Aspect:
    for rule in rows(policy.spec.get("ingress")):
        peers = rows(rule.get("from"))
        everybody = not peers or any(
            str(mapped(it.get("ipBlock")).get("cidr")).lower() in EVERYBODY for it in peers
        )
        ports = [each.get("port") for each in rows(rule.get("ports"))]
        if everybody and not (ports and set(map(str, ports)) <= set(map(str, PUBLIC_PORTS))):
            return Aspect("no", f"lets everybody in, {_told(ports)}")
    return Aspect("yes")


def _door(service: Object) -> Aspect:
    if service.spec.get("type") == "NodePort":
        return Aspect("no", "is open on every node")
    ranges = service.spec.get("loadBalancerSourceRanges")
    named = [str(each).lower() for each in ranges] if isinstance(ranges, list) else []
    inside = any(service.annotations.get(name, "").lower() in {"true", "internal"} for name in _INTERNAL)
    if inside or (named and not set(named) & EVERYBODY):
        return Aspect("yes", "inside" if inside else ", ".join(named[:4]))
    ports = [each.get("port") for each in rows(service.spec.get("ports"))]
    public = bool(ports) and set(map(str, ports)) <= set(map(str, PUBLIC_PORTS))
    return Aspect("yes" if public else "no", f"open to everybody on {_told(ports)}")


def _told(ports: list[Any]) -> str:
    return "ports " + ", ".join(str(each)[:12] for each in ports[:4]) if ports else "every port"
