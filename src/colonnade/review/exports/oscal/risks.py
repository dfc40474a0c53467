"""A practice that is not proven is a risk; an accepted one is an approved deviation, and stays a risk."""

from __future__ import annotations

from typing import Any

from colonnade.review.exports.accepted import told, waivers_of
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
        "mitigating-factors": _accepted(report, row) or None,
        "deadline": _deadline(row),
        "remediations": _remediations(report, row) or None,
    }


def _accepted(report: Report, row: RowResult) -> list[dict[str, Any]]:
    """Who accepted the risk, why and until when."""
    return [
        {
            "uuid": known_as(report, "waiver", each.waiver.what, each.waiver.environment, each.waiver.place),
            "description": prose(told(each)),
            "props": [prop("approver", each.waiver.approver), prop("expires", each.waiver.expires)],
        }
        for each in waivers_of(report, row)
    ]


def _deadline(row: RowResult) -> str | None:
    """An accepted risk has to be closed, or accepted anew, when its waiver ends."""
    return f"{row.waived_until}T23:59:59Z" if row.waived and row.waived_until else None


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
