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
SCALERS = ("HorizontalPodAutoscaler", "ScaledObject", "VerticalPodAutoscaler")


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
        self.running = [each for each in (*self.of(*RUNNING), *self._knative()) if not each.owned]
        """Everything that runs containers and that nothing else made."""
        self.region = self._region()
        self._scalers = self._by_target()
        self._zones = {each.name: each.labels.get(ZONE, "") for each in self.of("Node") if each.live}
        self._pods = by_namespace(each for each in self.of("Pod") if each.live)

    def of(self, *kinds: str) -> list[Object]:
        """Every object of these kinds."""
        return [each for kind in kinds for each in self._kinds.get(kind, ())]

    def get(self, kind: str, namespace: str, name: str) -> Object | None:
        """One object."""
        return self._by_key.get((kind, namespace, name))

    def scalers_of(self, workload: Object, *kinds: str) -> list[Object]:
        """The autoscalers of these kinds that name a workload as what they scale."""
        return [each for each in self._scalers.get(workload.key, ()) if each.kind in kinds]

    def zones_of_pods(self, workload: Object) -> list[str] | None:
        """The zones in which the live pods of a workload run; None where pods or nodes were not given."""
        wanted = mapped(mapped(workload.spec.get("selector")).get("matchLabels"))
        pods = self._pods.get(workload.namespace, ())
        own = [each for each in pods if wanted and matches(wanted, each.labels)]
        zones = [self._zones.get(str(each.spec.get("nodeName")), "") for each in own]
        return sorted(set(zones)) if own and all(zones) else None

    def _knative(self) -> list[Object]:
        return [each for each in self.of("Service") if each.group.startswith("serving.knative.dev/")]

    def _region(self) -> str:
        """Where the nodes say that they are; the empty text without nodes, or with nodes in several regions."""
        told = {each.labels[REGION] for each in self.of("Node") if REGION in each.labels}
        return told.pop() if len(told) == 1 else ""

    def _by_target(self) -> Mapping[tuple[str, str, str], Sequence[Object]]:
        found: defaultdict[tuple[str, str, str], list[Object]] = defaultdict(list)
        for scaler in self.of(*SCALERS):
            target = mapped(scaler.spec.get("scaleTargetRef") or scaler.spec.get("targetRef"))
            kind, name = str(target.get("kind") or "Deployment"), str(target.get("name"))
            found[kind, scaler.namespace, name].append(scaler)
        return found


def by_namespace(objects: Iterable[Object]) -> Mapping[str, Sequence[Object]]:
    """The objects of each namespace."""
    found: defaultdict[str, list[Object]] = defaultdict(list)
    for each in objects:
        found[each.namespace].append(each)
    return found


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
