"""Plans, states and inventories that are given together become one record of infrastructure."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.evidence.collection import Scope
from colonnade.evidence.imported.infrastructure import Resource, Source
from colonnade.evidence.record import Record
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.infrastructure import MOST_NAMED, digest_of, join, record_of
from colonnade.review.adapters.material import Material, Unreadable
from colonnade.review.adapters.terraform.attachment import Attachments
from colonnade.review.adapters.terraform.document import Document, document_of
from colonnade.review.adapters.terraform.inventory import inventory_of, unmanaged
from colonnade.review.adapters.terraform.resources import KIND, resource_of


def read(materials: Sequence[Material], scope: Scope) -> Reading:
    """One record over all plans and states; where both tell of a resource, the plan does, being newer than its state."""
    reading = Reading()
    documents, listed = [], None
    for material in materials:
        try:
            names = inventory_of(material)
            if names is not None:
                listed = [*(listed or ()), *names]
            else:
                documents.append(_timely(document_of(material), scope))
        except Unreadable as error:
            reading.reject(material.name, str(error))
    if documents:
        reading.records.append(_record(documents, listed, materials, scope))
    elif listed is not None:
        reading.reject(
            materials[0].name, "is an inventory without the plan or state that it is compared with"
        )
    return reading


TERRAFORM = Adapter(
    kind=KIND,
    version=1,
    title="plans and states, `terraform show -json` (OpenTofu alike), and inventories of what lives",
    patterns=("*plan*.json", "*state*.json", "*inventory*.json"),
    read=read,
    join=join,
)


def _timely(document: Document, scope: Scope) -> Document:
    if document.made_at is not None and document.made_at > scope.window_end + 300.0:
        raise Unreadable("says that it was made in the future")
    return document


def _record(
    documents: Sequence[Document], listed: Sequence[str] | None, materials: Sequence[Material], scope: Scope
) -> Record:
    resources, unclassified = _resources(documents)
    made = [scope.window_end if each.made_at is None else each.made_at for each in documents]
    plans = [each for each in documents if each.origin == "plan"]
    instances = [each for document in documents for each in document.instances]
    source = Source(
        kind=KIND,
        origins=sorted({each.origin for each in documents}),
        files=[each.name for each in materials][:MOST_NAMED],
        digest=digest_of(materials),
        made_at=min(made),
        tool=documents[0].tool,
        complete=all(each.complete for each in documents),
        resources=len(resources),
        unclassified=unclassified[:MOST_NAMED],
        compared=len(plans) == len(documents),
        differing=[name for each in plans for name in each.differing][:MOST_NAMED],
        outside=[name for each in plans for name in each.outside][:MOST_NAMED],
        inventoried=listed is not None,
        unmanaged=unmanaged(listed or (), instances)[:MOST_NAMED],
    )
    return record_of(source, resources, collector=TERRAFORM.collector, scope=scope, materials=materials)


def _resources(documents: Sequence[Document]) -> tuple[list[Resource], list[str]]:
    """Every resource once, and the types that no table knows."""
    attachments = Attachments([each for document in documents for each in document.instances])
    found: dict[str, Resource] = {}
    unclassified: set[str] = set()
    for document in sorted(documents, key=lambda each: each.origin == "plan"):
        for instance in document.instances:
            resource = resource_of(instance, document.origin, attachments)
            if resource is None:
                unclassified.add(instance.type)
            else:
                found[instance.address] = resource
    return list(found.values()), sorted(unclassified)
