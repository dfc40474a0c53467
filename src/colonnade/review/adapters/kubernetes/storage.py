"""Volumes are encrypted as their storage class says; a class that was not given says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from colonnade.evidence.imported.infrastructure import Aspect, Resource
from colonnade.review.adapters.exceptions import exceptions_in
from colonnade.review.adapters.kubernetes.cluster import Cluster, by_namespace, pod_of
from colonnade.review.adapters.kubernetes.objects import Object, rows, words
from colonnade.review.adapters.kubernetes.workloads import KIND
from colonnade.review.adapters.material import plain
from colonnade.review.adapters.taking import mapped

_KEYS = (
    "kmsKeyId",
    "kmskeyid",
    "disk-encryption-kms-key",
    "diskEncryptionSetID",
    "diskEncryptionSetId",
    "encryptionKMSID",
)
"""Parameters of the storage drivers of AWS, Google, Azure and Ceph that name a key."""
_SWITCHES = ("encrypted", "encryption")
_DEFAULT = "storageclass.kubernetes.io/is-default-class"


def storage_resources(cluster: Cluster) -> Iterator[Resource]:
    """Claims, the claims that workloads will make, and directories of nodes that they write to."""
    sets = by_namespace(cluster.of("StatefulSet"))
    for claim in cluster.of("PersistentVolumeClaim"):
        if not claim.owned and not _made_by_template(claim, sets.get(claim.namespace, ())):
            yield _volume(claim.title, claim, claim.spec, claim.labels, cluster)
    for workload in cluster.running:
        for template in rows(workload.spec.get("volumeClaimTemplates")):
            name = f"{workload.title}, volume {plain(mapped(template.get('metadata')).get('name'))}"
            labels = {**workload.labels, **words(mapped(template.get("metadata")).get("labels"))}
            yield _volume(name, workload, mapped(template.get("spec")), labels, cluster)
        for volume in rows(pod_of(workload).get("volumes")):
            if mapped(volume.get("hostPath")):
                yield _host_path(workload, volume, cluster.region)


def _volume(
    name: str, holder: Object, spec: Mapping[str, Any], labels: dict[str, str], cluster: Cluster
) -> Resource:
    return Resource(
        name=name,
        type="PersistentVolumeClaim",
        source=KIND,
        origin="live" if holder.live else "manifests",
        run="managed",
        tier="data",
        region=cluster.region,
        tags=labels,
        aspects={"encrypted": _encrypted(spec.get("storageClassName"), cluster)},
        exceptions=exceptions_in({**holder.annotations, **labels}),
    )


def _host_path(workload: Object, volume: Mapping[str, Any], region: str) -> Resource:
    return Resource(
        name=f"{workload.title}, volume {plain(volume.get('name'))}",
        type="hostPath",
        source=KIND,
        origin="live" if workload.live else "manifests",
        run="self",
        tier="data",
        region=region,
        aspects={"encrypted": Aspect("unknown", "a directory of a node")},
    )


def _encrypted(named: Any, cluster: Cluster) -> Aspect:
    found = _class(named, cluster)
    if found is None:
        return Aspect("unknown", f"the storage class {plain(named) or 'of the cluster'} was not given")
    parameters = words(found.body.get("parameters"))
    key = next((parameters[name] for name in _KEYS if parameters.get(name)), "")
    off = any(parameters.get(name, "").lower() == "false" for name in _SWITCHES)
    if key and not off:
        return Aspect("yes", key)
    return Aspect("no", f"{found.title} {'does not encrypt' if off else 'names no key'}")


def _class(named: Any, cluster: Cluster) -> Object | None:
    if isinstance(named, str):
        return cluster.get("StorageClass", "", named)
    defaults = [each for each in cluster.of("StorageClass") if each.annotations.get(_DEFAULT) == "true"]
    return defaults[0] if len(defaults) == 1 else None


def _made_by_template(claim: Object, sets: Sequence[Object]) -> bool:
    """Claims of a StatefulSet are named after it; they are told with it."""
    return any(
        claim.name.startswith(f"{plain(mapped(template.get('metadata')).get('name'))}-{workload.name}-")
        for workload in sets
        for template in rows(workload.spec.get("volumeClaimTemplates"))
    )
