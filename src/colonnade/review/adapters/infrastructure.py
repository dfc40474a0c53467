"""Every adapter of infrastructure writes one kind of record, and a new one stands beside those of other kinds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from colonnade.evidence.collection import Scope
from colonnade.evidence.imported.infrastructure import Infrastructure, Resource, Source
from colonnade.evidence.record import Record
from colonnade.review.adapters.material import Material

MOST_NAMED = 200
"""Files, addresses and types that are listed; there may be more."""


def record_of(
    source: Source,
    resources: Sequence[Resource],
    *,
    collector: str,
    scope: Scope,
    materials: Sequence[Material],
) -> Record:
    """A record about one source; its window begins when the oldest of its files was made.

    Args:
        source: what was read.
        resources: what it tells of.
        collector: under which it stands.
        scope: what the workload folder says now.
        materials: the files.
    """
    record = scope.record(
        Infrastructure(sources=[source], resources=list(resources)),
        kind="iac",
        collector=collector,
        source="k8s" if source.kind == "kubernetes" else "tfplan",
        n=len(resources),
        raw=b"".join(each.data for each in materials),
    )
    return msgspec.structs.replace(record, window_start=min(source.made_at, scope.window_end))


def join(record: Record, earlier: Record) -> Record:
    """The record beside what was imported of other kinds; its window begins with the oldest of them."""
    view = msgspec.convert(record.facts, Infrastructure)
    joined = view.joined(msgspec.convert(earlier.facts, Infrastructure))
    return msgspec.structs.replace(
        record,
        facts=msgspec.to_builtins(joined),
        n=len(joined.resources),
        window_start=min([record.window_start, *(each.made_at for each in joined.sources)]),
    )


def digest_of(materials: Sequence[Material]) -> str:
    """`sha256:...` over the digests of all files, in their order."""
    return "sha256:" + hashlib.sha256("\n".join(each.digest for each in materials).encode()).hexdigest()
