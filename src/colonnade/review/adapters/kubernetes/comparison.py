"""Live objects are compared with the manifests: everything that a manifest says must hold, defaults may come on top."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from colonnade.review.adapters.kubernetes.cluster import Cluster
from colonnade.review.adapters.kubernetes.objects import CLUSTER_WIDE, Object
from colonnade.review.adapters.taking import mapped

_QUANTITY = re.compile(r"^([+-]?\d+(?:\.\d+)?)(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?$")
_UNITS = {
    "": 1.0, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60,
}  # fmt: skip
_NAMES = ("name", "key", "mountPath", "containerPort", "port", "ip", "type")
"""Fields by which items of a list are the same item."""
_BESIDE = frozenset({"apiVersion", "kind", "metadata", "status", "stringData"})
DEEPEST = 64
MADE_BY_CLUSTER = frozenset({
    "Event", "Endpoints", "EndpointSlice", "Lease", "ControllerRevision", "Node", "PodMetrics", "NodeMetrics",
    "PersistentVolume", "CSINode", "VolumeAttachment", "Namespace",
})  # fmt: skip
"""Kinds that controllers make, and namespaces, which are told by what is in them."""
_GIVEN = frozenset({
    ("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default"), ("Service", "kubernetes"),
})  # fmt: skip
_TOKENS = ("kubernetes.io/service-account-token", "helm.sh/release.v1")


def differing(manifests: Iterable[Object], live: Mapping[tuple[str, str, str], Object]) -> list[str]:
    """Titles of objects that are not live as they are written, or not at all."""
    scaled = _scaled(Cluster(list(live.values())))
    found = []
    for each in manifests:
        other = live.get(each.key)
        if other is None or not _holds(_wanted(each, scaled), other.body):
            found.append(each.title)
    return found


def unmanaged(live: Iterable[Object], manifests: Iterable[Object]) -> list[str]:
    """Titles of live objects that nothing else made and no manifest has, in the namespaces of the manifests."""
    written = list(manifests)
    known = {each.key for each in written}
    namespaces = {each.namespace for each in written} | {
        each.name for each in written if each.kind == "Namespace"
    }
    return [
        each.title
        for each in live
        if each.key not in known
        and each.namespace in namespaces
        and each.kind not in CLUSTER_WIDE
        and not _made_by_itself(each)
    ]


def _made_by_itself(each: Object) -> bool:
    token = each.kind == "Secret" and each.body.get("type") in _TOKENS
    claim = each.kind == "PersistentVolumeClaim" and "app.kubernetes.io/managed-by" not in each.labels
    return each.owned or each.kind in MADE_BY_CLUSTER or (each.kind, each.name) in _GIVEN or token or claim


def _scaled(cluster: Cluster) -> set[tuple[str, str, str]]:
    """Workloads whose number of replicas an autoscaler sets."""
    return {
        each.key
        for each in cluster.running
        if cluster.scalers_of(each, "HorizontalPodAutoscaler", "ScaledObject")
    }


def _wanted(each: Object, scaled: set[tuple[str, str, str]]) -> dict[str, Any]:
    body = {name: value for name, value in each.body.items() if name not in _BESIDE}
    if each.key in scaled and isinstance(body.get("spec"), dict):
        body["spec"] = {name: value for name, value in body["spec"].items() if name != "replicas"}
    return {**body, "metadata": {"labels": mapped(mapped(each.body.get("metadata")).get("labels"))}}


def _holds(wanted: Any, found: Any, depth: int = 0) -> bool:
    """Whether everything wanted is found; what is found beside it was filled in by the cluster."""
    if depth > DEEPEST:
        return False
    if isinstance(wanted, dict):
        return all(_holds(value, mapped(found).get(name), depth + 1) for name, value in wanted.items())
    if isinstance(wanted, list):
        listed = found if isinstance(found, list) else []
        return len(wanted) <= len(listed) and all(
            _holds(each, _partner(each, listed, place), depth + 1) for place, each in enumerate(wanted)
        )
    if wanted in (None, "", 0, False) and found is None:
        return True
    return wanted == found or _amount(wanted) == _amount(found) is not None


def _partner(each: Any, listed: list[Any], place: int) -> Any:
    for name in _NAMES:
        if isinstance(each, dict) and name in each:
            same = [it for it in listed if isinstance(it, dict) and it.get(name) == each[name]]
            return same[0] if same else None
    return listed[place]


def _amount(value: Any) -> float | None:
    """A quantity as a number: `500m` is 0.5, `1Gi` is 1024Mi."""
    if isinstance(value, bool):
        return None
    match = _QUANTITY.match(str(value))
    return float(match[1]) * _UNITS[match[2] or ""] if match else None
