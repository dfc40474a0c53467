"""All objects of one import are looked up by what they are: what scales a workload, what stores its volumes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from colonnade.review.adapters.kubernetes.objects import Object, rows
from colonnade.review.adapters.taking import mapped

ZONE = "topology.kubernetes.io/zone"
REGION = "topology.kubernetes.io/region"
RUNNING = ("Deployment", "StatefulSet", "DaemonSet", "Rollout", "Job", "CronJob", "Pod", "ScaledJob")
"""Kinds that run containers; a Knative `Service` does, too."""


class Cluster:
    """The objects; where one was given as manifest and live, what is live counts."""

    def __init__(self, objects: Sequence[Object]) -> None:
        self.objects = objects
        told: dict[tuple[str, str, str], Object] = {}
        for each in objects:
            if each.live or each.key not in told:
                told[each.key] = each
        self._kinds: defaultdict[str, list[Object]] = defaultdict(list)
        for each in told.values():
            self._kinds[each.kind].append(each)
        self._by_key = told

    def of(self, *kinds: str) -> list[Object]:
        """Every object of these kinds."""
        return [each for kind in kinds for each in self._kinds.get(kind, ())]

    def get(self, kind: str, namespace: str, name: str) -> Object | None:
        """One object."""
        return self._by_key.get((kind, namespace, name))

    def running(self) -> list[Object]:
        """Everything that runs containers and that nothing else made."""
        knative = [each for each in self.of("Service") if each.group.startswith("serving.knative.dev/")]
        return [each for each in (*self.of(*RUNNING), *knative) if not each.owned]

    def scalers_of(self, workload: Object, *kinds: str) -> list[Object]:
        """The autoscalers of these kinds that name a workload as what they scale."""
        found = []
        for scaler in self.of(*kinds):
            target = mapped(scaler.spec.get("scaleTargetRef") or scaler.spec.get("targetRef"))
            kind = target.get("kind") or "Deployment"
            if (scaler.namespace, kind, target.get("name")) == (
                workload.namespace,
                workload.kind,
                workload.name,
            ):
                found.append(scaler)
        return found

    @property
    def region(self) -> str:
        """Where the nodes say that they are; the empty text without nodes, or with nodes in several regions."""
        told = {each.labels[REGION] for each in self.of("Node") if REGION in each.labels}
        return told.pop() if len(told) == 1 else ""

    def zones_of_pods(self, workload: Object) -> list[str] | None:
        """The zones in which the live pods of a workload run; None where pods or nodes were not given."""
        nodes = {each.name: each.labels.get(ZONE, "") for each in self.of("Node") if each.live}
        pods = [each for each in self.of("Pod") if each.live and each.namespace == workload.namespace]
        wanted = mapped(mapped(workload.spec.get("selector")).get("matchLabels"))
        own = [each for each in pods if wanted and matches(wanted, each.labels)]
        zones = [nodes.get(str(each.spec.get("nodeName")), "") for each in own]
        return sorted(set(zones)) if own and all(zones) else None


def matches(wanted: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether labels have everything that is wanted."""
    return all(labels.get(name) == value for name, value in wanted.items())


def pod_of(workload: Object) -> Mapping[str, Any]:
    """The spec of the pods of a workload."""
    return mapped(_template(workload).get("spec")) if workload.kind != "Pod" else workload.spec


def pod_meta(workload: Object) -> Mapping[str, Any]:
    """The metadata of the pods of a workload."""
    return mapped((workload.body if workload.kind == "Pod" else _template(workload)).get("metadata"))


def containers_of(workload: Object) -> list[Mapping[str, Any]]:
    """The containers that run as long as the pod does, sidecars among them."""
    pod = pod_of(workload)
    sidecars = [each for each in rows(pod.get("initContainers")) if each.get("restartPolicy") == "Always"]
    return [*rows(pod.get("containers")), *sidecars]


def _template(workload: Object) -> Mapping[str, Any]:
    spec = workload.spec
    if workload.kind == "CronJob":
        spec = mapped(mapped(spec.get("jobTemplate")).get("spec"))
    elif workload.kind == "ScaledJob":
        spec = mapped(spec.get("jobTargetRef"))
    return mapped(spec.get("template"))


def namespaces_of(workloads: Iterable[Object]) -> list[str]:
    """The namespaces in which something runs."""
    return sorted({each.namespace for each in workloads})
