"""What is left to do, as an OSCAL plan of action and milestones: an item an open practice."""

from __future__ import annotations

from typing import Any

from colonnade.review.exports.document import json_document
from colonnade.review.exports.matter import Matter
from colonnade.review.exports.oscal.parts import NAMESPACE, known_as, metadata, one_line, prop, prose
from colonnade.review.exports.oscal.risks import is_open, risk, risk_uuid
from colonnade.review.report import Report, RowResult


def oscal_poam(matter: Matter) -> bytes:
    """The plan of action. OSCAL wants at least one item: where nothing is open, the one item says so."""
    report = matter.report
    rows = [row for row in report.rows if is_open(row)]
    plan = {
        "uuid": known_as(report, "poam"),
        "metadata": metadata(
            one_line(f"Review of {report.workload} in {report.environment}: what is open"), matter
        ),
        "system-id": {"identifier-type": NAMESPACE, "id": one_line(report.workload)},
        "risks": [risk(report, row) for row in rows] or None,
        "poam-items": [_item(report, row) for row in rows] or [_nothing(report)],
    }
    return json_document({"plan-of-action-and-milestones": plan})


def _item(report: Report, row: RowResult) -> dict[str, Any]:
    remedies = dict.fromkeys(signal.remedy for signal in row.signals if signal.remedy)
    return {
        "uuid": known_as(report, "item", row.id),
        "title": one_line(f"{row.id} {row.title}"),
        "description": prose("; ".join(remedies) or row.reason),
        "props": [prop("state", row.state), prop("remaining-risk", row.level)],
        "related-risks": [{"risk-uuid": risk_uuid(report, row)}],
    }


def _nothing(report: Report) -> dict[str, Any]:
    return {
        "uuid": known_as(report, "item", "nothing"),
        "title": "Nothing is open",
        "description": "Every practice that applies is proven.",
        "props": [prop("state", "proven")],
    }
