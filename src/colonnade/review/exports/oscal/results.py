"""What a review found, as OSCAL assessment results: a signal is an observation, a practice a finding."""

from __future__ import annotations

from typing import Any

from colonnade.review.exports.document import json_document
from colonnade.review.exports.matter import Matter
from colonnade.review.exports.oscal.parts import (
    FILES,
    known_as,
    metadata,
    objective_id,
    one_line,
    prop,
    prose,
    tool,
)
from colonnade.review.exports.oscal.risks import is_open, risk, risk_uuid
from colonnade.review.exports.words import moment, name_of
from colonnade.review.judge import Evidence, SignalResult
from colonnade.review.report import Report, RowResult

_METHODS = {
    "drill": "TEST", "telemetry": "TEST", "eval": "TEST", "scan": "TEST", "cost": "TEST", "signature": "TEST",
    "repo": "EXAMINE", "iac": "EXAMINE", "config": "EXAMINE", "registry": "EXAMINE", "workload": "EXAMINE",
    "attestation": "INTERVIEW",
}  # fmt: skip
_REASONS = {"proven": "pass", "failed": "fail", "conflict": "fail", "partial": "other"}


def oscal_results(matter: Matter) -> bytes:
    """The results, which name the plan beside them."""
    report = matter.report
    results = {
        "uuid": known_as(report, "results", moment(report.reviewed_at)),
        "metadata": metadata(one_line(f"Review of {report.workload} in {report.environment}"), matter),
        "import-ap": {"href": FILES["plan"]},
        "results": [_result(report)],
    }
    return json_document({"assessment-results": results})


def _result(report: Report) -> dict[str, Any]:
    applicable = [row for row in report.rows if row.state != "not_applicable"]
    observations = [_observation(report, row, signal) for row in applicable for signal in row.signals]
    begun = report.reviewed_at - report.rules.window_hours * 3600.0
    return {
        "uuid": known_as(report, "result", moment(report.reviewed_at)),
        "title": one_line(f"{report.workload} in {report.environment}"),
        "description": "Judged from recorded evidence; what was not seen is unknown and never satisfied.",
        "start": moment(begun),
        "end": moment(report.reviewed_at),
        "props": [prop("workload-digest", report.workload_digest)],
        "local-definitions": {"components": _components(report)},
        "reviewed-controls": {"control-selections": [_selection(applicable)]},
        "observations": observations or None,
        "risks": [risk(report, row) for row in applicable if is_open(row)] or None,
        "findings": [_finding(report, row) for row in applicable] or None,
    }


def _selection(applicable: list[RowResult]) -> dict[str, Any]:
    if not applicable:
        return {"description": "No practice applies.", "include-all": {}}
    return {"include-controls": [{"control-id": row.id} for row in applicable]}


def _components(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "uuid": known_as(report, "workload"),
            "type": "this-system",
            "title": one_line(report.workload),
            "description": prose(f"The workload in {report.environment}"),
            "status": {"state": "operational"},
        },
        {
            "uuid": known_as(report, "tool"),
            "type": "software",
            "title": "Colonnade",
            "description": "Collected and judged the evidence.",
            "status": {"state": "operational"},
        },
    ]


def _observation(report: Report, row: RowResult, signal: SignalResult) -> dict[str, Any]:
    collected = max((each.window_end for each in signal.evidence), default=report.reviewed_at)
    return {
        "uuid": known_as(report, "observation", name_of(row, signal)),
        "title": name_of(row, signal),
        "description": prose(f"{signal.text}: {signal.reason}"),
        "props": [
            prop("state", signal.state),
            prop("kind", signal.kind),
            prop("grade", str(signal.grade)),
            *([] if signal.n is None else [prop("n", str(signal.n))]),
        ],
        "methods": [_METHODS.get(signal.kind, "UNKNOWN") if signal.evidence else "UNKNOWN"],
        "types": ["control-objective"],
        "origins": [tool(report)],
        "subjects": [{"subject-uuid": known_as(report, "workload"), "type": "component"}],
        "relevant-evidence": [_evidence(each) for each in signal.evidence] or None,
        "collected": moment(collected),
        "expires": None if signal.expires_at is None else moment(signal.expires_at),
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "description": prose(f"{evidence.topic} by {evidence.collector}, n = {evidence.n}"),
        "props": [prop("record", evidence.id), prop("kind", evidence.kind)],
    }


def _finding(report: Report, row: RowResult) -> dict[str, Any]:
    """Satisfied is what is proven and nothing else; `state` carries what OSCAL has no word for."""
    satisfied = row.state == "proven"
    return {
        "uuid": known_as(report, "finding", row.id),
        "title": one_line(f"{row.id} {row.title}"),
        "description": prose(row.reason),
        "props": [prop("state", row.state), prop("remaining-risk", row.level)],
        "target": {
            "type": "objective-id",
            "target-id": objective_id(row.id),
            "status": {
                "state": "satisfied" if satisfied else "not-satisfied",
                "reason": _REASONS.get(row.state, "other"),
            },
        },
        "related-observations": [
            {"observation-uuid": known_as(report, "observation", name_of(row, signal))}
            for signal in row.signals
        ]
        or None,
        "related-risks": [{"risk-uuid": risk_uuid(report, row)}] if is_open(row) else None,
    }
