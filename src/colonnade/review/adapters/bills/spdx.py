"""SPDX 2.2 and 2.3 JSON, and the packages of SPDX 3.0 JSON-LD."""

from __future__ import annotations

from typing import Any

from colonnade.evidence.imported.scans import Bill
from colonnade.review.adapters.material import Material, plain
from colonnade.review.adapters.scans.draft import package_of_url
from colonnade.review.adapters.taking import listed, mapped, moment

MOST_PACKAGES = 20_000


def is_spdx(value: Any) -> bool:
    """Whether a value is an SPDX document."""
    return is_spdx_2(value) or is_spdx_3(value)


def is_spdx_2(value: Any) -> bool:
    """Of version 2.2 or 2.3."""
    return isinstance(value, dict) and str(value.get("spdxVersion", "")).startswith("SPDX-2.")


def is_spdx_3(value: Any) -> bool:
    """Of version 3."""
    context = value.get("@context") if isinstance(value, dict) else None
    return isinstance(context, str) and context.startswith("https://spdx.org/rdf/3.")


def read_spdx(value: dict[str, Any], material: Material, now: float) -> Bill:
    """The packages; those of the primary purpose `MODEL` or `DATA`, or of the profiles for them, by digest."""
    return _version_2(value, material, now) if is_spdx_2(value) else _version_3(value, material, now)


def _version_2(value: dict[str, Any], material: Material, now: float) -> Bill:
    packages = [mapped(it) for it in listed(value.get("packages"))]
    described = {str(each) for each in listed(value.get("documentDescribes"))}
    described |= {
        str(it.get("relatedSpdxElement"))
        for it in map(mapped, listed(value.get("relationships")))
        if it.get("relationshipType") == "DESCRIBES"
    }
    at = moment(mapped(value.get("creationInfo")).get("created"))
    return Bill(
        name=plain(value.get("name")) or material.name,
        digest=material.digest,
        at=now if at is None or at > now else at,
        packages=sorted({_purl_2(it) for it in packages} - {""})[:MOST_PACKAGES],
        artefacts=sorted(
            {_digest(it, "checksums") for it in packages if str(it.get("SPDXID")) in described} - {""}
        ),
        models=_of_purpose(packages, "primaryPackagePurpose", "MODEL", "checksums"),
        datasets=_of_purpose(packages, "primaryPackagePurpose", "DATA", "checksums"),
    )


def _purl_2(package: dict[str, Any]) -> str:
    references = [mapped(it) for it in listed(package.get("externalRefs"))]
    found = (it.get("referenceLocator") for it in references if it.get("referenceType") == "purl")
    return package_of_url(next(found, ""))


def _version_3(value: dict[str, Any], material: Material, now: float) -> Bill:
    elements = [mapped(it) for it in listed(value.get("@graph"))]
    created = [it.get("created") for it in elements if it.get("type") == "CreationInfo"]
    at = moment(created[0]) if created else None
    named = [it for it in elements if it.get("type") == "SpdxDocument"]
    roots = {
        str(each)
        for it in elements
        if it.get("type") == "software_Sbom"
        for each in listed(it.get("rootElement"))
    }
    return Bill(
        name=plain(named[0].get("name")) if named else material.name,
        digest=material.digest,
        at=now if at is None or at > now else at,
        packages=sorted({package_of_url(it.get("software_packageUrl")) for it in elements} - {""})[
            :MOST_PACKAGES
        ],
        artefacts=sorted(
            {_digest(it, "verifiedUsing") for it in elements if str(it.get("spdxId")) in roots} - {""}
        ),
        models=_of_purpose(elements, "type", "ai_AIPackage", "verifiedUsing"),
        datasets=_of_purpose(elements, "type", "dataset_DatasetPackage", "verifiedUsing"),
    )


def _of_purpose(packages: list[dict[str, Any]], field: str, word: str, hashes: str) -> dict[str, str]:
    return {plain(it.get("name")): _digest(it, hashes) for it in packages if it.get(field) == word}


def _digest(package: dict[str, Any], field: str) -> str:
    for it in map(mapped, listed(package.get(field))):
        value = it.get("checksumValue") or it.get("hashValue")
        if str(it.get("algorithm")).upper() == "SHA256" and isinstance(value, str):
            return f"sha256:{plain(value.lower())}"
    return ""
