"""The report as OCSF 1.8 compliance findings (class 2003): one event a practice, one a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from colonnade import __version__
from colonnade.review.exports.document import present
from colonnade.review.exports.identity import identity
from colonnade.review.exports.matter import Matter
from colonnade.review.exports.words import PILLAR_NAMES, name_of
from colonnade.review.report import Report, RowResult

VERSION = "1.8.0"
_STATUS = {"proven": (1, "Pass"), "partial": (2, "Warning"), "failed": (3, "Fail"), "conflict": (3, "Fail")}
"""Everything else is unknown (0): it was not seen, which is neither."""
_SEVERITY = {"HIGH": (4, "High"), "MEDIUM": (3, "Medium"), "LOW": (2, "Low"), "NONE": (1, "Informational")}


def ocsf(matter: Matter) -> bytes:
    """JSON Lines; practices that do not apply are left out, as nothing was found of them."""
    events = (
        _event(matter.report, row, matter) for row in matter.report.rows if row.state != "not_applicable"
    )
    return b"".join(msgspec.json.encode(present(event)) + b"\n" for event in events)


def _event(report: Report, row: RowResult, matter: Matter) -> dict[str, Any]:
    severity_id, severity = _SEVERITY[row.level]
    at = int(report.reviewed_at * 1000)
    return {
        "class_uid": 2003,
        "class_name": "Compliance Finding",
        "category_uid": 2,
        "category_name": "Findings",
        "activity_id": 1,
        "activity_name": "Create",
        "type_uid": 200301,
        "type_name": "Compliance Finding: Create",
        "time": at,
        "severity_id": severity_id,
        "severity": severity,
        "status_id": 3 if row.waived else 1,
        "status": "Suppressed" if row.waived else "New",
        "status_detail": row.state,
        "message": row.reason,
        "metadata": {
            "version": VERSION,
            "product": {"name": "Colonnade", "vendor_name": "Colonnade", "version": __version__},
            "uid": identity(report.workload, report.environment, "ocsf", row.id, str(at)),
            "event_code": row.id,
        },
        "finding_info": {
            "uid": identity(report.workload, report.environment, "finding", row.id),
            "title": f"{row.id} {row.title}",
            "desc": row.question,
            "types": [PILLAR_NAMES[row.pillar]],
            "created_time": at,
        },
        "compliance": _compliance(row, matter),
        "resources": [{"uid": report.workload_digest, "name": report.workload, "type": "workload"}],
        "remediation": _remediation(row),
        "unmapped": {
            "risk": row.risk,
            "score": row.score,
            "environment": report.environment,
            "evidence": [each.id for signal in row.signals for each in signal.evidence],
        },
    }


def _compliance(row: RowResult, matter: Matter) -> dict[str, Any]:
    status_id, status = _STATUS.get(row.state, (0, "Unknown"))
    return {
        "control": row.id,
        "standards": [matter.catalogue.guide],
        "requirements": list(_requirements(row)),
        "status_id": status_id,
        "status": status,
        "status_detail": row.reason,
        "checks": [
            {"uid": name_of(row, signal), "name": signal.text, "status": signal.state, "desc": signal.reason}
            for signal in row.signals
        ],
    }


def _requirements(row: RowResult) -> Iterator[str]:
    """What the practice contributes evidence toward; never what is met by it."""
    for framework, ids in sorted(row.maps.items()):
        yield from (f"contributes to {framework} {each}" for each in ids)


def _remediation(row: RowResult) -> dict[str, Any] | None:
    steps = list(dict.fromkeys(signal.remedy for signal in row.signals if signal.remedy))
    return {"desc": "; ".join(steps)} if steps else None
