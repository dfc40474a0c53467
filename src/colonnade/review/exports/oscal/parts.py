"""What all OSCAL documents share: metadata, properties of our own namespace, and references between documents."""

from __future__ import annotations

from typing import Any

from colonnade.review.exports.identity import identity
from colonnade.review.exports.matter import Matter
from colonnade.review.exports.words import moment
from colonnade.review.report import Report

OSCAL_VERSION = "1.2.1"
NAMESPACE = "urn:colonnade:review:1"
FILES = {
    "catalog": "oscal-catalog.json",
    "plan": "oscal-assessment-plan.json",
    "results": "oscal-assessment-results.json",
    "poam": "oscal-poam.json",
    "mapping": "oscal-mapping.json",
}
"""Documents refer to each other by these names: kept beside each other, the references resolve."""


def metadata(title: str, matter: Matter) -> dict[str, Any]:
    """Title, moment and versions of a document."""
    return {
        "title": title,
        "last-modified": moment(matter.report.reviewed_at),
        "version": f"catalogue {matter.report.catalogue_version}",
        "oscal-version": OSCAL_VERSION,
        "props": [prop("environment", matter.report.environment)],
    }


def prop(name: str, value: str) -> dict[str, str]:
    """A property in our namespace; OSCAL allows no empty value and no space around one."""
    return {"name": name, "ns": NAMESPACE, "value": one_line(value)}


def one_line(text: str) -> str:
    """Text as OSCAL's strings want it: one line, not empty, no space at its ends."""
    return " ".join(text.split()) or "none"


def prose(text: str) -> str:
    """Text of a Markdown field: what could be markup is shown as it is."""
    return "".join(f"\\{each}" if each in "\\`*_[]<>|#" else each for each in one_line(text))


def known_as(report: Report, *names: str) -> str:
    """The UUID of something of this workload in this environment."""
    return identity("oscal", report.workload, report.environment, *names)


def objective_id(practice: str) -> str:
    """The id of a practice's assessment objective; those of its signals stand beneath it."""
    return f"{practice}_obj"


def tool(report: Report) -> dict[str, Any]:
    """Who speaks: the product, as an actor."""
    return {"actors": [{"type": "tool", "actor-uuid": known_as(report, "tool")}]}
