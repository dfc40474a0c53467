"""Vulnerabilities within a CycloneDX document, and what it or OpenVEX says of their exploitability here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from colonnade.evidence.imported.scans import Severity, Vex
from colonnade.review.adapters.bills.cyclonedx import artefacts_of, component_names, is_cyclonedx
from colonnade.review.adapters.material import plain
from colonnade.review.adapters.scans.draft import Draft, package_of_url
from colonnade.review.adapters.scans.severity import graded, scored
from colonnade.review.adapters.taking import listed, mapped, moment

_NO_MATTER = frozenset({"not_affected", "false_positive", "resolved", "resolved_with_pedigree", "fixed"})
_GRADES: tuple[Severity, ...] = ("critical", "high", "medium", "low")


def has_vulnerabilities(value: Any) -> bool:
    """Whether a value is a CycloneDX document that tells of vulnerabilities."""
    return is_cyclonedx(value) and isinstance(value.get("vulnerabilities"), list)


def read_vulnerabilities(value: dict[str, Any]) -> Draft:
    """The vulnerabilities; what the document says of exploitability is read apart, with its date."""
    metadata = mapped(value.get("metadata"))
    about = mapped(metadata.get("component"))
    draft = Draft("cyclonedx", plain(about.get("name")), moment(metadata.get("timestamp")))
    draft.artefacts |= set(artefacts_of(value))
    draft.classes.add("dependencies")
    if about.get("type") == "container":
        draft.classes.add("image")
    names = component_names(value)
    draft.packages |= {package_of_url(mapped(it).get("purl")) for it in listed(value.get("components"))} - {
        ""
    }
    for it in map(mapped, value["vulnerabilities"]):
        for component in _affected(it, names) or [""]:
            draft.add(it.get("id"), _grade(it), component, published=moment(it.get("published")))
    return draft


def embedded_vex(value: dict[str, Any]) -> Iterator[Vex]:
    """What the document says does not matter, by vulnerability and component."""
    names = component_names(value)
    for it in map(mapped, value["vulnerabilities"]):
        analysis = mapped(it.get("analysis"))
        if str(analysis.get("state")) in _NO_MATTER:
            at = moment(analysis.get("lastUpdated") or analysis.get("firstIssued"))
            why = plain(analysis.get("justification") or analysis.get("detail") or analysis.get("state"))
            for component in _affected(it, names) or [""]:
                yield Vex(id=plain(it.get("id")), component=component, justification=why, at=at)


def is_openvex(value: Any) -> bool:
    """Whether a value is an OpenVEX document."""
    return isinstance(value, dict) and str(value.get("@context", "")).startswith("https://openvex.dev/ns")


def read_openvex(value: dict[str, Any]) -> Iterator[Vex]:
    """Statements of `not_affected` and `fixed`; each has its own date, or that of the document."""
    dated = value.get("last_updated") or value.get("timestamp")
    for it in map(mapped, listed(value.get("statements"))):
        if str(it.get("status")) not in _NO_MATTER:
            continue
        about = it.get("vulnerability")
        name = plain(about.get("name") if isinstance(about, dict) else about)
        why = plain(it.get("justification") or it.get("impact_statement") or it.get("status"))
        at = moment(it.get("last_updated") or it.get("timestamp") or dated)
        for product in listed(it.get("products")) or [""]:
            wanted = mapped(product).get("@id") if isinstance(product, dict) else product
            component = package_of_url(wanted).partition("/")[2] or plain(wanted)
            yield Vex(id=name, component=component, justification=why, at=at)


def _affected(vulnerability: dict[str, Any], names: dict[str, str]) -> list[str]:
    refs = [str(mapped(each).get("ref")) for each in listed(vulnerability.get("affects"))]
    return [names.get(ref, plain(ref)) for ref in refs]


def _grade(vulnerability: dict[str, Any]) -> Severity:
    """The worst of the ratings."""
    ratings = [mapped(each) for each in listed(vulnerability.get("ratings"))]
    grades = {
        scored(each.get("score")) if not each.get("severity") else graded(each["severity"])
        for each in ratings
    }
    return next((grade for grade in _GRADES if grade in grades), "unknown")
