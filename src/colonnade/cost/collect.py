"""Collectors of step 6 over the journal."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.cost.evidence import LabelCoverage
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord

REQUIRED = ("team", "use_case")
"""Labels that every metered request carries, beside its workload and environment."""


def label_coverage(requests: Sequence[RequestRecord], scope: Scope) -> Record:
    """How much of the metered spend can be tied to those who cause it."""
    metered = [request for request in requests if request.outcome == "answered"]
    bare = [request for request in metered if not _labelled(request)]
    view = LabelCoverage(
        requests=len(metered),
        labelled=len(metered) - len(bare),
        usd=sum(request.usd for request in metered),
        usd_unallocated=sum(request.usd for request in bare),
    )
    return scope.record(view, kind="cost", collector="cost.labels@1", n=len(metered))


def _labelled(request: RequestRecord) -> bool:
    return bool(request.workload and request.environment) and all(
        request.labels.get(name) for name in REQUIRED
    )
