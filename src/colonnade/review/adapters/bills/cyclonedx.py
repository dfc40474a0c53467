"""CycloneDX JSON, versions 1.2 to 1.7: components by package URL, and what the document is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from colonnade.evidence.imported.scans import Bill
from colonnade.review.adapters.material import Material, plain
from colonnade.review.adapters.scans.draft import package_of_url
from colonnade.review.adapters.taking import listed, mapped, moment

DEEPEST = 16
MOST_PACKAGES = 20_000


def is_cyclonedx(value: Any) -> bool:
    """Whether a value is a CycloneDX document."""
    return isinstance(value, dict) and value.get("bomFormat") == "CycloneDX"


def read_cyclonedx(value: dict[str, Any], material: Material, now: float) -> Bill:
    """Its components, however deep they nest."""
    metadata = mapped(value.get("metadata"))
    at = moment(metadata.get("timestamp"))
    components = list(components_of(value))
    return Bill(
        name=plain(mapped(metadata.get("component")).get("name")) or material.name,
        digest=material.digest,
        at=now if at is None or at > now else at,
        packages=sorted({package_of_url(it.get("purl")) for it in components} - {""})[:MOST_PACKAGES],
        artefacts=sorted(artefacts_of(value)),
        models=_digests(components, "machine-learning-model"),
        datasets=_digests(components, "data"),
    )


def components_of(value: dict[str, Any], depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every component, and those within it."""
    for each in map(mapped, listed(value.get("components"))):
        yield each
        if depth < DEEPEST:
            yield from components_of(each, depth + 1)


def component_names(value: dict[str, Any]) -> dict[str, str]:
    """`name@version` of every component by its reference."""
    return {
        str(it["bom-ref"]): f"{plain(it.get('name'))}@{plain(it.get('version'))}"
        for it in components_of(value)
        if "bom-ref" in it
    }


def artefacts_of(value: dict[str, Any]) -> set[str]:
    """Digests by which the document names its own subject."""
    about = mapped(mapped(value.get("metadata")).get("component"))
    found = {digest_of(about)}
    version = about.get("version")
    if isinstance(version, str) and version.startswith("sha256:"):
        found.add(plain(version))
    sources = [mapped(it) for it in listed(mapped(about.get("pedigree")).get("commits"))]
    return {plain(each) for each in (*found, *(it.get("uid") for it in sources))} - {""}


def digest_of(component: dict[str, Any]) -> str:
    """`sha256:...` of a component, or the empty text."""
    for each in map(mapped, listed(component.get("hashes"))):
        if each.get("alg") == "SHA-256" and isinstance(each.get("content"), str):
            return f"sha256:{plain(each['content'].lower())}"
    return ""


def _digests(components: list[dict[str, Any]], kind: str) -> dict[str, str]:
    return {plain(it.get("name")): digest_of(it) for it in components if it.get("type") == kind}
