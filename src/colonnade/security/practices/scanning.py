"""Guide section 3.3: what is deployed was scanned, and grave findings are fixed in time."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import get_args

from colonnade.evidence.imported.releases import Releases
from colonnade.evidence.imported.scans import Bill, Finding, ScanClass, ScanReport, ScanReports
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
    absent = _absent(scans)
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


def _absent(scans: ScanReports) -> list[ScanClass]:
    """Classes without a fresh report."""
    seen = {kind for it in scans.reports if scans.read_at - it.at <= FRESH_S for kind in it.classes}
    return [kind for kind in CLASSES if kind not in seen]


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
    grave = [finding for report in scans.reports for finding in report.findings]
    excuses = _Excuses(scans)
    open_yet = [finding for finding in grave if not excuses.cover(finding)]
    late = [it for it in open_yet if _age_days(it, scans.read_at) > _limit(it, specification)]
    if late:
        named = ", ".join(f"{finding.id} in {finding.component}" for finding in late[:5])
        more = f" and {len(late) - 5} more" if len(late) > 5 else ""
        return unmet(f"beyond their fix limit: {named}{more}", value=float(len(late)), n=len(grave))
    if absent := _absent(scans):
        return insufficient(
            f"nothing too old was found, but nobody looked at {', '.join(absent)}", n=len(grave)
        )
    told = f"{len(grave)} grave findings in {len(scans.reports)} reports, none too old"
    return met(f"{told}; {len(grave) - len(open_yet)} excused", value=0.0, n=len(grave))


class _Excuses:
    """Statements that findings do not matter; one without a date, or of too long ago, has lapsed."""

    def __init__(self, scans: ScanReports) -> None:
        self._components: dict[str, set[str]] = {}
        for vex in scans.vex:
            if vex.at is not None and 0.0 <= scans.read_at - vex.at <= EXCUSED_S:
                self._components.setdefault(vex.id, set()).add(vex.component)

    def cover(self, finding: Finding) -> bool:
        """Whether a statement names it, in its component or in every one."""
        named = (self._components.get(name, set()) for name in (finding.id, *finding.aliases))
        return any(components & {"", finding.component} for components in named)


def _age_days(finding: Finding, now: float) -> float:
    return (now - finding.since) / DAY_S if finding.since is not None else 0.0


def _limit(finding: Finding, specification: Specification) -> int:
    limits = specification.findings
    return limits.critical_days if finding.severity == "critical" else limits.high_days
