"""Reports of scanners are told apart by their fields, read, and kept with what earlier imports told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from colonnade.evidence.collection import Scope
from colonnade.evidence.imported.scans import ScanReport, ScanReports, Vex
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.material import Material
from colonnade.review.adapters.scans import cyclonedx, packages
from colonnade.review.adapters.scans.draft import Draft
from colonnade.review.adapters.scans.joining import first_seen, join, oldest
from colonnade.review.adapters.scans.sarif import is_sarif, read_sarif
from colonnade.review.adapters.taking import as_of, json_of

_TOOLS: tuple[tuple[Callable[[Any], bool], Callable[[dict[str, Any]], Draft]], ...] = (
    (packages.is_trivy, packages.read_trivy),
    (packages.is_grype, packages.read_grype),
    (packages.is_npm_audit, packages.read_npm_audit),
    (packages.is_pip_audit, packages.read_pip_audit),
    (cyclonedx.has_vulnerabilities, cyclonedx.read_vulnerabilities),
)


def read(materials: Sequence[Material], scope: Scope) -> Reading:
    """Every report of the import, in any order."""
    reading = Reading()
    reports: list[ScanReport] = []
    vex: list[Vex] = []
    for material in materials:
        value = json_of(material, reading)
        if value is None:
            continue
        drafts = _drafts(value, material, reading)
        reports += [draft.finished(material, scope.window_end) for draft in drafts]
        said = _vex(value)
        vex += said
        if not drafts and not said and not is_sarif(value):
            reading.reject(material.name, "is no report of a scanner that is known here")
    if reports or vex:
        view = ScanReports(read_at=scope.window_end, reports=first_seen(reports), vex=vex, bills=[])
        raw = b"".join(material.data for material in materials)
        collector = SCANS.collector
        record = as_of(scope, oldest(reports)).record(
            view, kind="scan", source="vuln", collector=collector, n=len(reports), raw=raw
        )
        reading.records.append(record)
    return reading


def _drafts(value: Any, material: Material, reading: Reading) -> list[Draft]:
    if is_sarif(value):
        return list(read_sarif(value, material, reading))
    return [tool(value) for is_of, tool in _TOOLS if is_of(value)][:1]


def _vex(value: Any) -> list[Vex]:
    if cyclonedx.has_vulnerabilities(value):
        return list(cyclonedx.embedded_vex(value))
    return list(cyclonedx.read_openvex(value)) if cyclonedx.is_openvex(value) else []


SCANS = Adapter(
    "scans",
    1,
    "reports of Trivy, Grype, pip-audit, npm audit and SARIF tools, CycloneDX vulnerabilities, OpenVEX",
    ("*.json", "*.sarif"),
    read,
    join=join,
)
