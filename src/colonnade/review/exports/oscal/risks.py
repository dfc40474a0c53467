"""A practice that is not proven is a risk; an accepted one is an approved deviation, and stays a risk."""

from __future__ import annotations

from typing import Any

from colonnade.review.exports.oscal.parts import NAMESPACE, known_as, one_line, prop, prose, tool
from colonnade.review.exports.words import name_of
from colonnade.review.report import Report, RowResult


def is_open(row: RowResult) -> bool:
    """Whether something of the practice is left to prove."""
    return row.state not in {"proven", "not_applicable"}


def risk_uuid(report: Report, row: RowResult) -> str:
    """The risk of a practice, the same in results and plan of action."""
    return known_as(report, "risk", row.id)


def risk(report: Report, row: RowResult) -> dict[str, Any]:
    """The risk with its level, and what would close it."""
    return {
        "uuid": risk_uuid(report, row),
        "title": one_line(f"{row.id} {row.title}"),
        "description": prose(row.reason),
        "statement": prose(f"{row.title}: this is {row.state}, and a {row.risk} risk."),
        "props": [prop("state", row.state)],
        "status": "deviation-approved" if row.waived else "open",
        "characterizations": [
            {
                "origin": tool(report),
                "facets": [{"name": "level", "system": NAMESPACE, "value": row.level}],
            }
        ],
        "remediations": _remediations(report, row) or None,
    }


def _remediations(report: Report, row: RowResult) -> list[dict[str, Any]]:
    return [
        {
            "uuid": known_as(report, "remediation", name_of(row, signal)),
            "lifecycle": "recommendation",
            "title": f"Let {name_of(row, signal)} pass",
            "description": prose(signal.remedy),
        }
        for signal in row.signals
        if signal.remedy
    ]
