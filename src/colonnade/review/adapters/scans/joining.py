"""What several imports tell of the same artefacts is one whole: the newest report of every tool on every target."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from colonnade.evidence.imported.scans import Bill, Finding, ScanClass, ScanReport, ScanReports, Vex
from colonnade.evidence.record import Record

OLDEST_S = 30 * 86_400.0
"""Reports that are older than this beside a newer import are left out: the targets have gone."""
MOST_REPORTS = 200


def join(record: Record, earlier: Record) -> Record:
    """The record with what the earlier one told and it does not replace; findings keep the day they were first seen."""
    new, old = (msgspec.convert(each.facts, ScanReports) for each in (record, earlier))
    view = ScanReports(
        read_at=new.read_at,
        reports=_reports(new, old),
        vex=_newest_vex((*old.vex, *new.vex)),
        bills=_bills(new, old),
    )
    return msgspec.structs.replace(
        record,
        facts=msgspec.to_builtins(view),
        n=len(view.reports) + len(view.bills),
        window_start=min(oldest(view.reports), record.window_end),
    )


def oldest(reports: Iterable[ScanReport]) -> float:
    """The time of the class that was looked at longest ago, each by its newest report; the end of time without any."""
    newest: dict[ScanClass, float] = {}
    for report in reports:
        for kind in report.classes:
            newest[kind] = max(newest.get(kind, 0.0), report.at)
    return min(newest.values(), default=math.inf)


def first_seen(reports: Iterable[ScanReport]) -> list[ScanReport]:
    """Each report with the moment of its own time on every finding that nobody has seen before."""
    return [_with_findings(it, [_seen(finding, it.at) for finding in it.findings]) for it in reports]


def _reports(new: ScanReports, old: ScanReports) -> list[ScanReport]:
    known: dict[tuple[str, str], float] = {}
    for report in (*old.reports, *new.reports):
        for finding in report.findings:
            key = (finding.id, finding.component)
            known[key] = min(known.get(key, report.at), finding.first_seen or report.at)
    newest: dict[tuple[str, str], ScanReport] = {}
    for report in (*old.reports, *new.reports):
        key = (report.tool, report.target)
        if key not in newest or report.at >= newest[key].at:
            newest[key] = report
    recent = [it for it in newest.values() if it.at >= new.read_at - OLDEST_S]
    kept = sorted(recent, key=lambda it: (it.at, it.tool, it.target))[-MOST_REPORTS:]
    return [
        _with_findings(it, [_seen(found, known[(found.id, found.component)]) for found in it.findings])
        for it in kept
    ]


def _seen(finding: Finding, at: float) -> Finding:
    return msgspec.structs.replace(finding, first_seen=at)


def _with_findings(report: ScanReport, findings: list[Finding]) -> ScanReport:
    return msgspec.structs.replace(report, findings=findings)


def _newest_vex(statements: Iterable[Vex]) -> list[Vex]:
    newest: dict[tuple[str, str], Vex] = {}
    for it in statements:
        key = (it.id, it.component)
        if key not in newest or (it.at or 0.0) >= (newest[key].at or 0.0):
            newest[key] = it
    return list(newest.values())


def _bills(new: ScanReports, old: ScanReports) -> list[Bill]:
    newest = {it.name: it for it in sorted((*old.bills, *new.bills), key=lambda it: it.at)}
    recent = [it for it in newest.values() if it.at >= new.read_at - OLDEST_S]
    return sorted(recent, key=lambda it: (it.at, it.name))[-MOST_REPORTS:]
