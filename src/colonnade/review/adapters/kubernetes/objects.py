"""Objects of Kubernetes are taken out of manifests, lists and dumps, and each says whether it is live."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from colonnade.review.adapters.adapter import Reading
from colonnade.review.adapters.material import Material, Unreadable, plain
from colonnade.review.adapters.taking import mapped

MOST_OBJECTS = 20_000
DEEPEST_LIST = 4
CLUSTER_WIDE = frozenset({
    "Namespace", "Node", "PersistentVolume", "StorageClass", "PriorityClass", "ClusterRole", "ClusterRoleBinding",
    "CustomResourceDefinition", "RuntimeClass", "IngressClass", "GatewayClass", "APIService", "CSIDriver",
    "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "ValidatingAdmissionPolicy", "DeviceClass",
})  # fmt: skip
OF_THE_CLUSTER = frozenset({"kube-system", "kube-public", "kube-node-lease"})
"""Namespaces that belong to the cluster and not to a workload."""
_CORE = ("v1", "apps/*", "batch/*", "autoscaling/*", "policy/*", "networking.k8s.io/*", "rbac.authorization.k8s.io/*",
    "storage.k8s.io/*", "scheduling.k8s.io/*", "node.k8s.io/*", "discovery.k8s.io/*", "coordination.k8s.io/*",
    "events.k8s.io/*", "apiextensions.k8s.io/*", "apiregistration.k8s.io/*", "admissionregistration.k8s.io/*",
    "certificates.k8s.io/*", "resource.k8s.io/*", "gateway.networking.k8s.io/*", "keda.sh/*", "autoscaling.k8s.io/*",
    "serving.knative.dev/*", "monitoring.coreos.com/*", "cert-manager.io/*", "external-secrets.io/*",
    "argoproj.io/*", "kustomize.config.k8s.io/*", "metrics.k8s.io/*", "snapshot.storage.k8s.io/*")  # fmt: skip
"""Groups whose kinds are known: those that are not read hold no data, run nothing and open nothing."""


@dataclass(frozen=True, slots=True)
class Object:
    """One object as it was written, or as the cluster has it (`live`)."""

    kind: str
    group: str
    namespace: str
    name: str
    live: bool
    body: Mapping[str, Any]

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is, wherever it was read."""
        return self.kind, self.namespace, self.name

    @property
    def title(self) -> str:
        """`Deployment shop/gateway`, or `Namespace shop`."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"

    @property
    def spec(self) -> Mapping[str, Any]:
        """Its `spec`, empty if it has none."""
        return mapped(self.body.get("spec"))

    @property
    def labels(self) -> dict[str, str]:
        """Labels of the object itself."""
        return words(mapped(self.body.get("metadata")).get("labels"))

    @property
    def annotations(self) -> dict[str, str]:
        """Annotations of the object itself."""
        return words(mapped(self.body.get("metadata")).get("annotations"))

    @property
    def owned(self) -> bool:
        """Whether another object made it."""
        return bool(rows(mapped(self.body.get("metadata")).get("ownerReferences")))

    @property
    def classified(self) -> bool:
        """Whether its group is known."""
        return any(fnmatchcase(self.group, pattern) for pattern in _CORE)


def objects_of(materials: list[Material], reading: Reading) -> list[Object]:
    """Every object of the files that belongs to a workload; what is none is rejected with its place."""
    found: list[Object] = []
    for material in materials:
        try:
            documents = material.yaml()
        except Unreadable as error:
            reading.reject(material.name, str(error))
            continue
        for number, document in enumerate(documents, 1):
            where = f"{material.name}, document {number}"
            read = (_object(body, where, reading) for body in _listed(document, where, reading))
            found += [each for each in read if each is not None]
        if len(found) > MOST_OBJECTS:
            reading.reject(material.name, f"more than {MOST_OBJECTS:,} objects: import less at a time")
            return found[:MOST_OBJECTS]
    return found


def _listed(document: Any, where: str, reading: Reading, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """The objects of a document: itself, or the items of a list, in which lists may stand."""
    if not isinstance(document, dict):
        reading.reject(where, "is no object of Kubernetes: it is no mapping")
    elif not isinstance(document.get("items"), list) or not str(document.get("kind")).endswith("List"):
        yield document
    elif depth >= DEEPEST_LIST:
        reading.reject(where, "has lists within lists")
    else:
        for each in document["items"]:
            yield from _listed(_with_kind(each, document), where, reading, depth + 1)


def _with_kind(item: Any, listed: Mapping[str, Any]) -> Any:
    """Items of a `DeploymentList` may leave out what they are."""
    if not isinstance(item, dict) or "kind" in item:
        return item
    kind = str(listed["kind"]).removesuffix("List")
    return {"apiVersion": listed.get("apiVersion"), "kind": kind, **item} if kind else item


def _object(body: Mapping[str, Any], where: str, reading: Reading) -> Object | None:
    meta = mapped(body.get("metadata"))
    kind, name = plain(body.get("kind")), plain(meta.get("name"))
    if not kind or not isinstance(body.get("apiVersion"), str) or not name:
        reading.reject(where, "is no object of Kubernetes: it lacks apiVersion, kind or metadata.name")
        return None
    namespace = "" if kind in CLUSTER_WIDE else plain(meta.get("namespace")) or "default"
    if namespace in OF_THE_CLUSTER:
        return None
    live = bool(meta.get("uid")) and bool(meta.get("resourceVersion"))
    return Object(kind, plain(body["apiVersion"]), namespace, name, live, body)


def rows(value: Any) -> list[Mapping[str, Any]]:
    """The mappings of a list, empty if it is none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def words(value: Any) -> dict[str, str]:
    """Labels or annotations as plain words."""
    return {plain(name): plain(each) for name, each in mapped(value).items()}


def whole_number(value: Any, otherwise: int) -> int:
    """The number if it is one, else another."""
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise
