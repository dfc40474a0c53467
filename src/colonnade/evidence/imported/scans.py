"""Views of scanners' reports, bills of materials and statements on exploitability, kept together as one whole."""

from __future__ import annotations

from typing import Literal

import msgspec

from colonnade.evidence.view import view

ScanClass = Literal["dependencies", "image", "code", "secrets", "infrastructure"]
Severity = Literal["critical", "high", "medium", "low", "unknown"]
"""What a tool does not grade is `unknown`, and is treated as high."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One finding in one component. Seconds since the epoch.

    `published` is when it became known to everybody, `first_seen` when it was first imported here.
    """

    id: str
    severity: Severity
    component: str
    aliases: list[str] = []
    fixed_in: str = ""
    published: float | None = None
    first_seen: float | None = None

    @property
    def since(self) -> float | None:
        """From when its fix limit runs: the earlier of both moments."""
        return min((at for at in (self.published, self.first_seen) if at is not None), default=None)


class ScanReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one tool said of one target at one time. Only findings that are grave or ungraded are listed.

    `artefacts` are the digests and commits that the report names, `digest` is that of its file; `dated` is false where
    the report does not tell its time and that of its import stands in for it. `packages` are those that were looked at,
    `unread` those that could not be; `others` counts findings of lower grades.
    """

    tool: str
    target: str
    digest: str
    classes: list[ScanClass]
    at: float
    dated: bool
    findings: list[Finding]
    artefacts: list[str] = []
    packages: list[str] = []
    unread: int = 0
    others: int = 0


class Vex(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that a finding does not matter here. `at` is None where it has no date, and then it has lapsed.

    An empty `component` means every one.
    """

    id: str
    component: str
    justification: str
    at: float | None


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """A bill of materials: what is in an artefact, models and datasets among it, by digest where it says so."""

    name: str
    digest: str
    at: float
    packages: list[str]
    artefacts: list[str] = []
    models: dict[str, str] = {}
    datasets: dict[str, str] = {}


@view("scan.reports", snapshot=True)
class ScanReports(msgspec.Struct, frozen=True, kw_only=True):
    """The newest report of every tool on every target as of `read_at`, seconds since the epoch."""

    read_at: float
    reports: list[ScanReport]
    vex: list[Vex]
    bills: list[Bill]
