"""A report in the making: findings are added one by one, and only the grave ones are kept by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from colonnade.evidence.imported.scans import Finding, ScanClass, ScanReport, Severity
from colonnade.review.adapters.material import Material, plain
from colonnade.review.adapters.scans.severity import GRAVE

MOST_FINDINGS = 2_000
MOST_PACKAGES = 20_000


@dataclass(slots=True)
class Draft:
    """What one tool says of one target."""

    tool: str
    target: str
    at: float | None
    artefacts: set[str] = field(default_factory=set)
    classes: set[ScanClass] = field(default_factory=set)
    packages: set[str] = field(default_factory=set)
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)
    unread: int = 0
    others: int = 0

    def add(
        self,
        name: object,
        severity: Severity,
        component: object,
        *,
        aliases: Iterable[object] = (),
        fixed_in: object = "",
        published: float | None = None,
    ) -> None:
        """Note one finding; the same one in the same component counts once."""
        if severity not in GRAVE:
            self.others += 1
            return
        finding = Finding(
            id=plain(name) or "unnamed",
            severity=severity,
            component=plain(component),
            aliases=sorted({plain(each) for each in aliases} - {""})[:20],
            fixed_in=plain(fixed_in),
            published=published,
        )
        self.findings.setdefault((finding.id, finding.component), finding)

    def finished(self, material: Material, now: float) -> ScanReport:
        """The report; one without a time of its own has that of its import."""
        at = self.at if self.at is not None and self.at <= now else None
        return ScanReport(
            tool=plain(self.tool),
            target=plain(self.target or material.name),
            digest=material.digest,
            classes=sorted(self.classes),
            at=now if at is None else at,
            dated=at is not None,
            findings=list(self.findings.values())[:MOST_FINDINGS],
            artefacts=sorted({plain(each) for each in self.artefacts} - {""})[:100],
            packages=sorted(self.packages)[:MOST_PACKAGES],
            unread=self.unread,
            others=self.others,
        )


def package(ecosystem: str, name: object, version: object) -> str:
    """`pypi/jinja2@2.10`, the same for every tool; names of PyPI without case and with `-` alone (PEP 503)."""
    word = plain(name)
    if ecosystem == "pypi":
        word = "-".join(part for part in word.lower().replace("_", "-").replace(".", "-").split("-") if part)
    return f"{ecosystem}/{word}@{plain(version)}"


def package_of_url(purl: object) -> str:
    """The same of a package URL, `pkg:pypi/jinja2@2.10`; empty of what is none."""
    if not isinstance(purl, str) or not purl.startswith("pkg:"):
        return ""
    kind, _, rest = purl[4:].partition("#")[0].partition("?")[0].partition("/")
    name, _, version = rest.rpartition("@") if "@" in rest[1:] else (rest, "", "")
    return package(kind.lower(), name, version) if kind and name else ""


def texts(mapping: Mapping[str, object], *names: str) -> list[str]:
    """The values of these fields that are texts, or lists of texts."""
    found: list[str] = []
    for name in names:
        value = mapping.get(name)
        each = value if isinstance(value, list) else [value]
        found += [it for it in each if isinstance(it, str) and it]
    return found
