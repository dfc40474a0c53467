"""What was accepted, by whom, why and until when, is told wherever an open risk is told."""

from __future__ import annotations

from colonnade.review.judge import SignalResult
from colonnade.review.report import Report, RowResult
from colonnade.review.waiver import WaiverResult


def waiver_of(report: Report, row: RowResult, signal: SignalResult) -> WaiverResult | None:
    """The standing waiver that excuses a signal; None where none does."""
    name = f"{row.id}.{signal.number}"
    return next((each for each in report.waivers if name in each.excuses), None)


def waivers_of(report: Report, row: RowResult) -> tuple[WaiverResult, ...]:
    """The standing waivers that excuse something of a practice."""
    return tuple(
        each for each in report.waivers if each.state == "standing" and each.waiver.practice == row.id
    )


def told(result: WaiverResult) -> str:
    """A waiver in one sentence."""
    waiver = result.waiver
    ticket = f", {waiver.ticket}" if waiver.ticket else ""
    return f"accepted until {waiver.expires}: {waiver.reason} (owner {waiver.owner}, approved by {waiver.approver}{ticket})"
