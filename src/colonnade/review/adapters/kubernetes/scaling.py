"""What follows demand: autoscalers of Kubernetes and KEDA, and Knative's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from colonnade.evidence.imported.infrastructure import Aspect
from colonnade.review.adapters.kubernetes.cluster import Cluster, pod_meta
from colonnade.review.adapters.kubernetes.objects import Object, rows, whole_number, words
from colonnade.review.adapters.taking import mapped

_LEAST = ("autoscaling.knative.dev/min-scale", "autoscaling.knative.dev/minScale")


def least_replicas(workload: Object, cluster: Cluster) -> int:
    """How many replicas there are at least."""
    for scaler in cluster.scalers_of(workload, "HorizontalPodAutoscaler"):
        return whole_number(scaler.spec.get("minReplicas"), 1)
    for scaler in cluster.scalers_of(workload, "ScaledObject"):
        return whole_number(scaler.spec.get("minReplicaCount"), 0)
    return whole_number(workload.spec.get("replicas"), 1)


def scaled(workload: Object, cluster: Cluster) -> Aspect:
    """Whether a rule makes it larger or smaller."""
    found = cluster.scalers_of(workload, "HorizontalPodAutoscaler", "ScaledObject", "VerticalPodAutoscaler")
    if found:
        return Aspect("yes", found[0].title)
    return Aspect("no", "no autoscaler names it")


def bounded(workload: Object, cluster: Cluster) -> Aspect:
    """Whether minimum, maximum and target are set, and the minimum off peak is below that at peak."""
    for scaler in cluster.scalers_of(workload, "ScaledObject"):
        return _keda(scaler)
    for scaler in cluster.scalers_of(workload, "HorizontalPodAutoscaler"):
        least = whole_number(scaler.spec.get("minReplicas"), 1)
        return Aspect("no", f"{scaler.title}: one minimum of {least} for all hours")
    return Aspect("no", "no autoscaler names it")


def _keda(scaler: Object) -> Aspect:
    triggers = rows(scaler.spec.get("triggers"))
    least = whole_number(scaler.spec.get("minReplicaCount"), 0)
    at_peak = [_desired(each) for each in triggers if each.get("type") == "cron"]
    if "maxReplicaCount" not in scaler.spec:
        return Aspect("no", f"{scaler.title} sets no maximum")
    if all(each.get("type") == "cron" for each in triggers):
        return Aspect("no", f"{scaler.title} has no target that load would reach")
    if not at_peak or max(at_peak) <= least:
        return Aspect("no", f"{scaler.title}: one minimum of {least} for all hours")
    most = whole_number(scaler.spec.get("maxReplicaCount"), 0)
    return Aspect("yes", f"{least} off peak, {max(at_peak)} at peak, {most} at most")


def _desired(trigger: Mapping[str, Any]) -> int:
    desired = str(mapped(trigger.get("metadata")).get("desiredReplicas"))
    return int(desired) if desired.isdigit() else 0


def rests(workload: Object, cluster: Cluster) -> Aspect:
    """Whether nothing of it runs while there is nothing to do."""
    if workload.kind in {"Job", "CronJob", "ScaledJob"}:
        return Aspect("yes", "runs while there is work")
    if workload.group.startswith("serving.knative.dev/"):
        notes = words(pod_meta(workload).get("annotations"))
        least = next((notes[name] for name in _LEAST if name in notes), "0")
        return Aspect("yes" if least == "0" else "no", f"min-scale is {least}")
    least_of = [
        whole_number(it.spec.get("minReplicaCount"), 0) for it in cluster.scalers_of(workload, "ScaledObject")
    ]
    if least_of and max(least_of) == 0:
        return Aspect("yes", "scales to zero")
    return Aspect("no", f"{least_replicas(workload, cluster)} replicas at least")
