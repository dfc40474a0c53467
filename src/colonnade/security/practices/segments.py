"""Guide section 3.3: model, data and application sit in separate segments, and people sign in elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from colonnade.evidence.imported.infrastructure import Infrastructure, Resource
from colonnade.review.resources import every, gaps_of, listed, origins, places
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet
from colonnade.workload.specification import Specification

OFFERED: Mapping[str, str] = {
    "amazonaws.com": "bedrock-runtime", "googleapis.com": "googleapis", "azure.com": "account",
}  # fmt: skip
"""Hosts of model providers that offer a private path, and the service or sub-resource that it leads to: AWS
PrivateLink, Private Google Access, and private endpoints of Azure AI services."""


@signal(
    "SEC-09",
    1,
    improve="give each tier its own group or a default-deny policy, close what is open to everybody, and reach the model"
    " provider by a private endpoint",
)
def tiers_are_apart(infrastructure: Infrastructure, specification: Specification) -> Verdict:
    """Tiers share no segment, what is not allowed is denied, nothing is open, and models are reached privately."""
    shared = list(_shared(infrastructure))
    if shared:
        return unmet(
            f"application and data share a segment: {listed(shared)}", n=len(infrastructure.resources)
        )
    verdict = every(
        infrastructure,
        "closed",
        "denied",
        what="doors are closed to strangers",
        none="no network is among what was imported",
    )
    if verdict.outcome != "pass":
        return verdict
    if not any(True for _ in infrastructure.having("denied")):
        return insufficient("no group or policy that denies is among what was imported")
    unsettled = [each.name for each in infrastructure.resources if each.segments_unknown]
    if unsettled:
        return insufficient(f"segments are settled only by an apply: {listed(unsettled)}")
    missing = sorted(_offered(specification) - _paths(infrastructure))
    if missing:
        return unmet(f"no private path to {', '.join(missing)}, which its provider offers", n=verdict.n)
    return met(verdict.reason, n=verdict.n)


@signal(
    "SEC-11",
    1,
    improve="delete access keys, passwords and key files; let people sign in by an identity provider with a second"
    " factor; give each part a role of its own",
)
def identities_are_strong(infrastructure: Infrastructure) -> Verdict:
    """No long-lived key, people sign in elsewhere with a second factor, and each part has its own role."""
    verdict = every(infrastructure, "passing", "federated", what="identities", none="")
    if verdict.outcome == "fail":
        return verdict
    alike = _alike(infrastructure)
    if alike:
        return unmet(
            f"share a role or have none: {listed(each.name for each in alike)}", places=places(alike)
        )
    if gaps := gaps_of(infrastructure):
        return insufficient(f"cannot be told: {gaps}")
    people = [aspect for _, aspect in infrastructure.having("federated")]
    if not people or any(each.holds == "unknown" for each in people):
        told = people[0].told if people else "how people sign in is not among what was imported"
        return insufficient(f"{told}; no long-lived key and no shared role was found")
    n = sum(each.identity is not None for each in infrastructure.resources)
    return met(
        f"{n} parts with a role of their own; {people[0].told}; read from {origins(infrastructure)}", n=n
    )


def _shared(infrastructure: Infrastructure) -> Iterator[str]:
    apps = {name for each in infrastructure.resources if each.tier == "app" for name in each.segments or ()}
    for each in infrastructure.resources:
        both = apps & set(each.segments or ()) if each.tier == "data" else set()
        if both:
            yield f"{each.name} in {', '.join(sorted(both))}"


def _paths(infrastructure: Infrastructure) -> set[str]:
    told = [aspect.told for _, aspect in infrastructure.having("path") if aspect.holds == "yes"]
    return {service for service in OFFERED.values() if any(service in each for each in told)}


def _offered(specification: Specification) -> set[str]:
    """Services of providers that the bound models are reached by, and that offer a private path."""
    used = {specification.models[name].upstream for name in specification.bound}
    found = set()
    for name in used:
        host = urlsplit(specification.upstreams[name].base_url or "").hostname or ""
        found |= {service for domain, service in OFFERED.items() if host.endswith(domain)}
    return found


def _alike(infrastructure: Infrastructure) -> list[Resource]:
    """Parts that act as nobody in particular, or as another part does."""
    parts = [each for each in infrastructure.resources if each.identity is not None]
    counted = Counter(each.identity for each in parts)
    return [each for each in parts if not each.identity or counted[each.identity] > 1]
