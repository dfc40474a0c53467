"""What must hold of every resource is judged in one way: a bad one fails, one that cannot be told never passes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from colonnade.evidence.imported.infrastructure import AspectName, Infrastructure, Resource
from colonnade.review.verdict import Verdict, insufficient, met, unmet

SHOWN = 6
"""Names that a reason lists; there may be more."""


def every(
    infrastructure: Infrastructure,
    *aspects: AspectName,
    what: str,
    none: str,
    excepted: str = "",
) -> Verdict:
    """Whether aspects hold for every resource of which they are asked.

    Args:
        infrastructure: all sources together.
        aspects: each is asked of the resources that have it.
        what: words that follow a count, e.g. `stores are encrypted with a named key`.
        none: what to say where nothing has any of the aspects.
        excepted: practice whose exceptions, written on the resource with a reason, count.
    """
    asked = [
        (each, aspect)
        for name in aspects
        for each, aspect in infrastructure.having(name)
        if not excepted or excepted not in each.exceptions
    ]
    failing = [(each, aspect) for each, aspect in asked if aspect.holds == "no"]
    exceptions = (
        sum(excepted in each.exceptions for each in _concerned(infrastructure, aspects)) if excepted else 0
    )
    n = len({each.name for each, _ in asked}) + exceptions
    if failing:
        told = listed(f"{each.name}: {aspect.told}" if aspect.told else each.name for each, aspect in failing)
        return unmet(
            told, value=float(len(failing)), threshold=0.0, n=n, places=places(each for each, _ in failing)
        )
    unknown = [f"{each.name}: {aspect.told}" for each, aspect in asked if aspect.holds == "unknown"]
    if unknown or (gaps := gaps_of(infrastructure)):
        return insufficient(f"cannot be told: {listed(unknown) if unknown else gaps}", n=n)
    if not n:
        return insufficient(none)
    beside = f", {exceptions} by an exception with a reason" if exceptions else ""
    return met(f"{n} {what}{beside}; read from {origins(infrastructure)}", value=0.0, threshold=0.0, n=n)


def gaps_of(infrastructure: Infrastructure) -> str:
    """What keeps a claim about all resources from being made; empty if nothing does."""
    if infrastructure.incomplete:
        return f"{', '.join(infrastructure.incomplete)} was not read whole"
    if infrastructure.unclassified:
        return f"types that no table knows: {listed(infrastructure.unclassified)}"
    return ""


def origins(infrastructure: Infrastructure) -> str:
    """What it was read from: `kubernetes live and manifests, terraform plan`."""
    return ", ".join(f"{each.kind} {' and '.join(each.origins)}" for each in infrastructure.sources)


def listed(names: Iterable[str]) -> str:
    """The first few, and how many more there are."""
    known = list(names)
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    return "; ".join(known[:SHOWN]) + more


def places(resources: Iterable[Resource]) -> tuple[str, ...]:
    """Resources as waivers name them."""
    return tuple(dict.fromkeys(f"resource:{each.name}" for each in resources))


def _concerned(infrastructure: Infrastructure, aspects: Sequence[AspectName]) -> list[Resource]:
    return [each for each in infrastructure.resources if any(name in each.aspects for name in aspects)]
