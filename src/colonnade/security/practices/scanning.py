"""Guide section 3.3: what is deployed was scanned, and grave findings are fixed in time."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import get_args

from colonnade.evidence.imported.releases import Releases
from colonnade.evidence.imported.scans import Bill, Finding, ScanClass, ScanReport, ScanReports, Vex
from colonnade.evidence.imported.statements import SignedStatements
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet
from colonnade.workload.specification import Specification

DAY_S = 86_400.0
FRESH_S = 7 * DAY_S
"""A report is as fresh as the catalogue asks of SEC-10."""
EXCUSED_S = 180 * DAY_S
"""A statement that a finding does not matter ends like a waiver does."""
CLASSES: tuple[ScanClass, ...] = get_args(ScanClass)


@signal(
    "SEC-10",
    1,
    improve="scan dependencies, image, code, secrets and infrastructure of the commit that is deployed, tie reports to it by a"
    " signed statement where they do not name it, and run `colonnade evidence import scans DIR`",
)
def what_is_deployed_was_scanned(scans: ScanReports, releases: Releases, signed: SignedStatements) -> Verdict:
    """For every commit in production there is a fresh report of each class that is tied to it."""
    if not releases.deployed:
        return insufficient("what is deployed is not known: no production release is exported")
    fresh = [report for report in scans.reports if scans.read_at - report.at <= FRESH_S]
    absent = [kind for kind in CLASSES if not any(kind in report.classes for report in fresh)]
    if absent:
        return unmet(f"no report of the last 7 days on {', '.join(absent)}", n=len(fresh))
    loose = sorted({gap for commit in releases.deployed for gap in _gaps(commit, fresh, scans.bills, signed)})
    if loose:
        return insufficient(f"no report is tied to what is deployed: {', '.join(loose)}", n=len(fresh))
    commits = ", ".join(commit[:12] for commit in releases.deployed)
    undated = sum(not report.dated for report in fresh)
    told = f"{len(fresh)} reports tied to {commits}" + (
        f", {undated} dated by their import" if undated else ""
    )
    return met(told, n=len(fresh))


def _gaps(commit: str, fresh: list[ScanReport], bills: list[Bill], signed: SignedStatements) -> Iterator[str]:
    """Classes of which no report is about this commit, or about what was made from it."""
    tied = {commit, *signed.bound_to(commit)}
    for kind in CLASSES:
        reports = [report for report in fresh if kind in report.classes]
        if any(_is_about(report.artefacts, report.digest, tied) for report in reports):
            continue
        contents = [bill for bill in bills if _is_about(bill.artefacts, bill.digest, tied) and bill.packages]
        if kind != "dependencies" or not contents or not _covered(contents, reports):
            yield kind


def _is_about(artefacts: list[str], digest: str, tied: AbstractSet[str]) -> bool:
    return not tied.isdisjoint((*artefacts, digest))


def _covered(bills: list[Bill], reports: list[ScanReport]) -> bool:
    """Whether each package of what is deployed was looked at by name and version."""
    looked_at = {package for report in reports for package in report.packages}
    return all(package in looked_at for bill in bills for package in bill.packages)


@signal(
    "SEC-10",
    2,
    improve="update what is listed, or say why it does not matter in a dated OpenVEX statement, and import both again",
)
def grave_findings_are_fixed_in_time(scans: ScanReports, specification: Specification) -> Verdict:
    """No critical or high finding is older than its limit without a dated statement that it does not matter."""
    if not scans.reports:
        return insufficient("no report of a scanner is imported")
    grave = [(report, finding) for report in scans.reports for finding in report.findings]
    excused = [pair for pair in grave if any(_excuses(vex, pair[1], scans.read_at) for vex in scans.vex)]
    late = [
        f"{finding.id} in {finding.component}"
        for report, finding in grave
        if (report, finding) not in excused
        and _age_days(finding, scans.read_at) > _limit(finding, specification)
    ]
    if late:
        more = f" and {len(late) - 5} more" if len(late) > 5 else ""
        return unmet(
            f"beyond their fix limit: {', '.join(late[:5])}{more}", value=float(len(late)), n=len(grave)
        )
    told = (
        f"{len(grave)} grave findings in {len(scans.reports)} reports, {len(excused)} excused, none too old"
    )
    return met(told, value=0.0, n=len(grave))


def _age_days(finding: Finding, now: float) -> float:
    return (now - finding.since) / DAY_S if finding.since is not None else 0.0


def _limit(finding: Finding, specification: Specification) -> int:
    limits = specification.findings
    return limits.critical_days if finding.severity == "critical" else limits.high_days


def _excuses(vex: Vex, finding: Finding, now: float) -> bool:
    """A statement without a date, or of too long ago, has lapsed."""
    dated = vex.at is not None and 0.0 <= now - vex.at <= EXCUSED_S
    return dated and vex.id in {finding.id, *finding.aliases} and vex.component in {"", finding.component}
