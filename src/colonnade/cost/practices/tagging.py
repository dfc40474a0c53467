"""Guide section 6.1: every resource is labelled for cost."""

from __future__ import annotations

import re
from collections.abc import Mapping

from colonnade.evidence.imported.infrastructure import Infrastructure, Resource
from colonnade.review.resources import gaps_of, listed, origins, places
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet
from colonnade.workload.specification import Specification

SPELT: Mapping[str, frozenset[str]] = {
    "workload": frozenset({"workload", "partof"}),
    "environment": frozenset({"environment", "env"}),
    "team": frozenset({"team"}),
    "use_case": frozenset({"usecase"}),
    "cost_center": frozenset({"costcenter", "costcentre"}),
}
"""How tags are spelt, without punctuation and in lower case; `app.kubernetes.io/part-of` names the workload."""


@signal(
    "COST-01",
    1,
    improve="tag every resource with `workload`, `environment`, `team` and `use_case` (`default_tags`)",
)
def every_resource_is_tagged(infrastructure: Infrastructure, specification: Specification) -> Verdict:
    """Every resource that takes tags carries workload, environment, team and use case."""
    wanted = [name for name in SPELT if name != "cost_center" or specification.labels.cost_center]
    taggable = [each for each in infrastructure.resources if each.tags is not None]
    bare = [
        (each, missing) for each in taggable if not each.tags_unknown and (missing := _missing(each, wanted))
    ]
    n = len(taggable)
    if bare:
        told = listed(f"{each.name} without {', '.join(missing)}" for each, missing in bare)
        tagged = 1.0 - len(bare) / n
        return unmet(told, value=tagged, threshold=1.0, n=n, places=places(each for each, _ in bare))
    unsettled = [each.name for each in taggable if each.tags_unknown]
    if unsettled:
        return insufficient(f"tags are settled only by an apply: {listed(unsettled)}", n=n)
    if gaps := gaps_of(infrastructure):
        return insufficient(f"cannot be told: {gaps}", n=n)
    if not n:
        return insufficient("nothing that takes tags is among what was imported")
    told = f"{n} resources carry {', '.join(wanted)}; read from {origins(infrastructure)}"
    return met(told, value=1.0, threshold=1.0, n=n)


def _missing(resource: Resource, wanted: list[str]) -> list[str]:
    tags = {_bare(name) for name, value in (resource.tags or {}).items() if value}
    return [name for name in wanted if not tags & SPELT[name]]


def _bare(name: str) -> str:
    """`colonnade.io/use-case` -> `usecase`."""
    return re.sub(r"[^a-z0-9]", "", name.lower().rpartition("/")[2])
