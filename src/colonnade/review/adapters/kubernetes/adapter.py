"""Manifests, live objects, or both become one record of infrastructure; both together tell what differs."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.evidence.collection import Scope
from colonnade.evidence.imported.infrastructure import Origin, Resource, Source
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.infrastructure import MOST_NAMED, digest_of, join, record_of
from colonnade.review.adapters.kubernetes.cluster import Cluster
from colonnade.review.adapters.kubernetes.comparison import differing, unmanaged
from colonnade.review.adapters.kubernetes.network import network_resources
from colonnade.review.adapters.kubernetes.objects import MOST_OBJECTS, Object, objects_of
from colonnade.review.adapters.kubernetes.storage import storage_resources
from colonnade.review.adapters.kubernetes.workloads import KIND, workload_resource
from colonnade.review.adapters.material import Material


def read(materials: Sequence[Material], scope: Scope) -> Reading:
    """One record over all objects; an object that is both written and live is told as it lives."""
    reading = Reading()
    objects = objects_of(list(materials), reading)
    if not objects:
        return reading
    cluster = Cluster(objects)
    resources = [workload_resource(each, cluster) for each in cluster.running]
    resources += [*network_resources(cluster), *storage_resources(cluster)]
    source = _source(objects, resources, materials, scope)
    reading.records.append(
        record_of(
            source,
            resources,
            collector=KUBERNETES.collector,
            scope=scope,
            materials=materials,
        )
    )
    return reading


KUBERNETES = Adapter(
    kind=KIND,
    version=1,
    title="manifests, and live objects of `kubectl get -o json`; both together are compared",
    patterns=("*.yaml", "*.yml", "*.json"),
    read=read,
    join=join,
)


def _source(
    objects: Sequence[Object], resources: Sequence[Resource], materials: Sequence[Material], scope: Scope
) -> Source:
    live = {each.key: each for each in objects if each.live}
    written = [each for each in objects if not each.live]
    both = bool(live) and bool(written)
    origins: list[Origin] = [*(["live"] if live else []), *(["manifests"] if written else [])]  # type: ignore[list-item] # of two literals
    return Source(
        kind=KIND,
        origins=origins,
        files=[each.name for each in materials][:MOST_NAMED],
        digest=digest_of(materials),
        made_at=scope.window_end,
        complete=len(objects) < MOST_OBJECTS,
        resources=len(resources),
        unclassified=sorted({f"{each.kind}.{each.group}" for each in objects if not each.classified})[
            :MOST_NAMED
        ],
        compared=both,
        differing=differing(written, live)[:MOST_NAMED] if both else [],
        inventoried=both,
        unmanaged=unmanaged(live.values(), written)[:MOST_NAMED] if both else [],
    )
