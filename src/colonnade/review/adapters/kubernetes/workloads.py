"""What a manifest says of a part that runs: its zones, probes, accelerators, identity, and what it is for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from colonnade.evidence.imported.infrastructure import Aspect, AspectName, Resource, Tier
from colonnade.review.adapters.exceptions import exceptions_in
from colonnade.review.adapters.kubernetes.cluster import (
    ZONE,
    Cluster,
    containers_of,
    pod_meta,
    pod_of,
)
from colonnade.review.adapters.kubernetes.objects import Object, rows, whole_number, words
from colonnade.review.adapters.kubernetes.scaling import bounded, least_replicas, rests, scaled
from colonnade.review.adapters.material import plain
from colonnade.review.adapters.taking import mapped

KIND = "kubernetes"
ACCELERATORS = re.compile(
    r"^(nvidia\.com/(gpu|mig-.+)|amd\.com/gpu|gpu\.intel\.com/.+|habana\.ai/gaudi|google\.com/tpu"
    r"|aws\.amazon\.com/neuron(core|device)?)$"
)
SERVERS = re.compile(
    r"(vllm|text-generation-inference|tritonserver|triton-inference|llama[.-]?cpp|llama-server|ollama|sglang|lmdeploy"
    r"|tensorrt|mlserver|text-embeddings-inference|ray-llm|tgi)", re.IGNORECASE,
)  # fmt: skip
"""Names of images that serve models."""
_TIERS: Mapping[str, Tier] = {
    "inference": "model", "model": "model", "model-server": "model", "database": "data", "cache": "data",
    "index": "data", "vector-store": "data", "queue": "data", "store": "data",
}  # fmt: skip
_EVENTS = frozenset({"worker", "consumer", "ingestion", "evaluation", "batch"})
_COMPONENT = ("app.kubernetes.io/component", "component", "role")
_STANDING = frozenset({"Deployment", "StatefulSet", "Rollout"})


def workload_resource(workload: Object, cluster: Cluster) -> Resource:
    """The resource of something that runs containers."""
    labels = {**words(pod_meta(workload).get("labels")), **workload.labels}
    notes = {**words(pod_meta(workload).get("annotations")), **workload.annotations}
    component = next((labels[name].lower() for name in _COMPONENT if name in labels), "")
    tier = _tier(workload, component)
    event_driven = _event_driven(workload, cluster, component)
    account = pod_of(workload).get("serviceAccountName") or pod_of(workload).get("serviceAccount")
    return Resource(
        name=workload.title,
        type=workload.kind,
        source=KIND,
        origin="live" if workload.live else "manifests",
        run="self",
        tier=tier,
        event_driven=event_driven,
        region=cluster.region,
        identity=f"{workload.namespace}/{plain(account)}" if account and account != "default" else "",
        tags=labels,
        aspects=dict(_aspects(workload, cluster, tier, event_driven=event_driven)),
        exceptions=exceptions_in({**notes, **labels}),
    )


def _aspects(
    workload: Object, cluster: Cluster, tier: Tier, *, event_driven: bool
) -> Iterator[tuple[AspectName, Aspect]]:
    if workload.kind in {*_STANDING, "DaemonSet", "Pod"}:
        yield "checked", _checked(workload)
        yield "replaced", _replaced(workload)
    if workload.kind in {*_STANDING, "Pod"}:
        yield "zones", _zones(workload, cluster)
        yield "scaled", scaled(workload, cluster)
    if workload.kind in _STANDING and tier != "data":
        yield "bounded", bounded(workload, cluster)
    if event_driven:
        yield "rests", rests(workload, cluster)
    if tier == "model":
        yield "accelerated", _accelerated(workload)
    if (opened := _opened(workload)) is not None:
        yield "closed", opened


def _tier(workload: Object, component: str) -> Tier:
    images = " ".join(str(each.get("image")) for each in containers_of(workload))
    if component in _TIERS:
        return _TIERS[component]
    if SERVERS.search(images) or _asked_for(workload):
        return "model"
    return "data" if workload.kind == "StatefulSet" and workload.spec.get("volumeClaimTemplates") else "app"


def _event_driven(workload: Object, cluster: Cluster, component: str) -> bool:
    if workload.kind in {"Job", "CronJob", "ScaledJob"} or component in _EVENTS:
        return True
    scalers = cluster.scalers_of(workload, "ScaledObject")
    triggers = {str(each.get("type")) for scaler in scalers for each in rows(scaler.spec.get("triggers"))}
    return bool(triggers - {"cron", "cpu", "memory", "prometheus", "metrics-api"})


def _checked(workload: Object) -> Aspect:
    """Whether every container has both probes; those of init containers are not asked."""
    missing = [
        f"{plain(each.get('name'))} without {probe}"
        for each in rows(pod_of(workload).get("containers"))
        for probe in ("livenessProbe", "readinessProbe")
        if not mapped(each.get(probe))
    ]
    return (
        Aspect("no", ", ".join(missing[:6])) if missing else Aspect("yes", "both probes on every container")
    )


def _replaced(workload: Object) -> Aspect:
    if workload.kind == "Pod":
        return Aspect("no", "nothing replaces a bare pod when its node goes")
    policy = pod_of(workload).get("restartPolicy") or "Always"
    return Aspect("yes" if policy == "Always" else "no", f"restartPolicy is {plain(policy)}")


def _zones(workload: Object, cluster: Cluster) -> Aspect:
    """Where its live pods are, or else what its spec demands; a wish is no demand."""
    zones = cluster.zones_of_pods(workload)
    if zones is not None:
        return Aspect("yes" if len(zones) > 1 else "no", f"pods run in {', '.join(zones)}")
    least = least_replicas(workload, cluster)
    if workload.kind == "Pod" or least < 2:
        return Aspect("no", f"{least} replica" if least == 1 else f"{least} replicas at least")
    demanded = [each for each in _spread(pod_of(workload)) if each[0] == ZONE]
    if not demanded:
        return Aspect("no", "nothing spreads it over zones")
    if any(hard for _, hard in demanded):
        return Aspect("yes", f"{least} replicas, spread over zones")
    return Aspect("unknown", "zones are preferred, not demanded: import the live pods and nodes")


def _spread(pod: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Topology keys over which pods are spread, and whether that is demanded."""
    for each in rows(pod.get("topologySpreadConstraints")):
        yield str(each.get("topologyKey")), each.get("whenUnsatisfiable", "DoNotSchedule") == "DoNotSchedule"
    apart = mapped(mapped(pod.get("affinity")).get("podAntiAffinity"))
    for each in rows(apart.get("requiredDuringSchedulingIgnoredDuringExecution")):
        yield str(each.get("topologyKey")), True
    for each in rows(apart.get("preferredDuringSchedulingIgnoredDuringExecution")):
        yield str(mapped(each.get("podAffinityTerm")).get("topologyKey")), False


def _asked_for(workload: Object) -> list[str]:
    """Accelerators that its containers ask for."""
    return [
        f"{whole_number(number, 1)} {name}"
        for each in containers_of(workload)
        for name, number in {**_amounts(each, "requests"), **_amounts(each, "limits")}.items()
        if ACCELERATORS.match(str(name))
    ]


def _amounts(container: Mapping[str, Any], which: str) -> Mapping[str, Any]:
    return mapped(mapped(container.get("resources")).get(which))


def _accelerated(workload: Object) -> Aspect:
    asked = _asked_for(workload)
    if asked:
        return Aspect("yes", plain(", ".join(asked)))
    if any(mapped(each.get("resources")).get("claims") for each in containers_of(workload)):
        return Aspect("unknown", "asks for a device by a claim, whose class is not read")
    return Aspect("no", "asks for no accelerator")


def _opened(workload: Object) -> Aspect | None:
    pod = pod_of(workload)
    ports = [
        each for one in rows(pod.get("containers")) for each in rows(one.get("ports")) if each.get("hostPort")
    ]
    if pod.get("hostNetwork") is True:
        return Aspect("no", "uses the network of its node")
    return Aspect("no", "opens ports of its node") if ports else None
