"""Reports of scanners, as the tools write them, become one whole in which nothing grave is lost or renewed."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from exported import GOLDEN, NOW, golden, material, read, reasons, view_of

from colonnade.evidence.imported.scans import ScanReport, ScanReports
from colonnade.review.adapters.scans.draft import package, package_of_url
from colonnade.review.adapters.scans.joining import join
from colonnade.review.adapters.scans.reading import SCANS
from colonnade.review.adapters.scans.severity import graded, scored

DAY_S = 86_400.0


def reports(*given: Any, at: float = NOW) -> list[ScanReport]:
    reading = read(SCANS, *given, at=at)
    assert reading.rejects == []
    return view_of(reading, ScanReports).reports


def found(report: ScanReport) -> list[tuple[str, str, str]]:
    return [(it.id, it.severity, it.component) for it in report.findings]


def trivy(**fields: Any) -> dict[str, Any]:
    """After the schema that Trivy documents (version 2)."""
    return {
        "SchemaVersion": 2,
        "CreatedAt": "2026-11-22T08:00:00.123456789Z",
        "ArtifactName": "gateway:1",
        "ArtifactType": "container_image",
        "Metadata": {"ImageID": "sha256:image", "RepoDigests": ["registry.example.org/gateway@sha256:digest"]},
        "Results": [
            {
                "Target": "gateway:1 (debian 13)",
                "Class": "os-pkgs",
                "Vulnerabilities": [
                    {
                        "VulnerabilityID": "CVE-2026-1", "PkgName": "openssl", "InstalledVersion": "3.0", "Severity": "HIGH",
                        "FixedVersion": "3.1", "PublishedDate": "2026-10-01T00:00:00Z",
                    },
                    {"VulnerabilityID": "CVE-2026-2", "PkgName": "tar", "InstalledVersion": "1", "Severity": "LOW"},
                ],
            },
            {
                "Target": "app",
                "Class": "lang-pkgs",
                "Packages": [{"Name": "idna", "Identifier": {"PURL": "pkg:pypi/idna@3.10"}}],
            },
            {"Target": "key.pem", "Class": "secret", "Secrets": [{"RuleID": "private-key", "Severity": "LOW", "StartLine": 1}]},
            {
                "Target": "Dockerfile",
                "Class": "config",
                "Misconfigurations": [
                    {"ID": "DS002", "Severity": "HIGH", "Status": "FAIL"},
                    {"ID": "DS001", "Severity": "HIGH", "Status": "PASS"},
                ],
            },
        ],
        **fields,
    }  # fmt: skip


def grype(**fields: Any) -> dict[str, Any]:
    """After the JSON that Grype documents."""
    return {
        "matches": [
            {
                "vulnerability": {
                    "id": "GHSA-1", "severity": "Critical", "fix": {"versions": ["2.11"], "state": "fixed"}
                },
                "relatedVulnerabilities": [{"id": "CVE-2026-3"}],
                "artifact": {"name": "jinja2", "version": "2.10", "purl": "pkg:pypi/jinja2@2.10"},
            }
        ],
        "source": {
            "type": "image",
            "target": {
                "userInput": "gateway:1", "manifestDigest": "sha256:digest", "imageID": "sha256:image", "repoDigests": []
            },
        },
        "descriptor": {"name": "grype", "version": "0.90.0", "timestamp": "2026-11-22T09:00:00.5Z"},
        **fields,
    }  # fmt: skip


def test_bandit_grades_by_its_own_word_and_tells_its_time():
    [report] = reports(*golden("scans/bandit.sarif"))
    assert (report.tool, report.classes, report.dated) == ("Bandit", ["code"], True)
    assert found(report) == [("B324", "high", "app.py:7"), ("B602", "high", "app.py:11")]
    assert report.others == 1, "what is low is counted alone"


def test_semgrep_takes_the_severity_of_its_rule():
    [report] = reports(*golden("scans/semgrep.sarif"))
    assert found(report) == [("shell-true", "high", "app.py:11")]
    assert not report.dated
    assert report.at == NOW


def test_every_secret_of_gitleaks_is_grave():
    [report] = reports(*golden("scans/gitleaks.sarif"))
    assert report.classes == ["secrets"]
    assert found(report) == [("aws-access-token", "high", "deploy.env.py:1")]


def test_checkov_looks_at_infrastructure():
    [report] = reports(*golden("scans/checkov.sarif"))
    assert report.classes == ["infrastructure"]
    assert {it.id for it in report.findings} == {"CKV_AWS_20", "CKV_AWS_21"}


def test_pip_audit_grades_nothing_and_names_what_it_looked_at():
    [report] = reports(*golden("scans/pip-audit.json"))
    assert found(report) == [("PYSEC-2019-217", "unknown", "jinja2@2.10")]
    assert report.findings[0].aliases == ["CVE-2019-10906", "GHSA-462w-v97r-4m45"]
    assert report.packages == ["pypi/idna@3.10", "pypi/jinja2@2.10", "pypi/markupsafe@2.1.5"]


def test_what_pip_audit_skipped_was_not_looked_at():
    skipped = {"dependencies": [{"name": "own", "skip_reason": "not on PyPI"}], "fixes": []}
    [report] = reports(skipped)
    assert (report.unread, report.packages) == (1, [])


def test_npm_audit_names_advisories():
    [report] = reports(*golden("scans/npm-audit.json"))
    assert found(report) == [("GHSA-xvch-5gv4-984h", "critical", "minimist")]
    assert report.others == 1


def test_vulnerabilities_within_cyclonedx():
    [report] = reports(*golden("scans/pip-audit.cdx.json"))
    assert found(report) == [("PYSEC-2019-217", "unknown", "jinja2@2.10")]
    assert report.dated


def test_trivy_tells_four_classes_and_what_it_looked_at():
    [report] = reports(trivy())
    assert report.classes == ["dependencies", "image", "infrastructure", "secrets"]
    assert report.artefacts == ["sha256:digest", "sha256:image"]
    assert report.packages == ["pypi/idna@3.10"]
    assert found(report) == [
        ("CVE-2026-1", "high", "openssl@3.0"), ("private-key", "high", "key.pem:1"), ("DS002", "high", "Dockerfile")
    ]  # fmt: skip
    assert report.findings[0].published == 1_790_812_800.0


def test_what_trivy_does_not_list_was_not_looked_for():
    [report] = reports(trivy(Results=[]))
    assert report.classes == []


def test_grype_tells_the_digest_of_the_image_and_other_names():
    [report] = reports(grype())
    assert report.classes == ["dependencies", "image"]
    assert report.artefacts == ["sha256:digest", "sha256:image"]
    assert found(report) == [("GHSA-1", "critical", "jinja2@2.10")]
    assert (report.findings[0].aliases, report.findings[0].fixed_in) == (["CVE-2026-3"], "2.11")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"version": "2.0.0"}, "2.1.0 is read"),
        ({"runs": [{}]}, "does not name its tool"),
        (
            {"runs": [{"tool": {"driver": {"name": "x"}}, "invocations": [{"executionSuccessful": False}]}]},
            "was not successful",
        ),
    ],
)
def test_a_sarif_log_that_proves_nothing_is_rejected(changes, reason):
    log = {**json.loads((GOLDEN / "scans" / "bandit.sarif").read_bytes()), **changes}
    reading = read(SCANS, log)
    assert reading.records == []
    assert reason in reasons(reading)


def test_sarif_by_score_level_kind_and_commit():
    rules = [{"id": "scored", "properties": {"security-severity": "9.8"}}, {"id": "plain"}]
    results = [
        {"ruleId": "scored", "level": "note"},
        {"ruleId": "plain", "level": "error"},
        {"ruleId": "plain", "level": "error", "kind": "pass"},
        {"ruleId": "plain", "level": "error", "baselineState": "absent"},
        {"ruleId": "plain"},
    ]
    run = {
        "tool": {"driver": {"name": "CodeQL", "rules": rules}}, "results": results,
        "versionControlProvenance": [{"repositoryUri": "https://example.org", "revisionId": "c0ffee"}],
    }  # fmt: skip
    [report] = reports({"version": "2.1.0", "runs": [run]})
    assert [(it.id, it.severity) for it in report.findings] == [("scored", "critical"), ("plain", "high")]
    assert (report.artefacts, report.others) == (["c0ffee"], 1)


def test_a_report_from_the_future_has_no_time_of_its_own():
    [report] = reports(grype(descriptor={"timestamp": "2027-01-01T00:00:00Z"}))
    assert not report.dated


def test_statements_of_openvex_and_cyclonedx():
    openvex = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "timestamp": "2026-11-01T00:00:00Z",
        "statements": [
            {
                "vulnerability": {"name": "CVE-1"}, "products": [{"@id": "pkg:pypi/jinja2@2.10"}], "status": "not_affected",
                "justification": "component_not_present",
            },
            {"vulnerability": "CVE-2", "status": "fixed", "timestamp": "2026-11-02T00:00:00Z"},
            {"vulnerability": {"name": "CVE-3"}, "status": "affected"},
        ],
    }  # fmt: skip
    embedded = json.loads((GOLDEN / "scans" / "pip-audit.cdx.json").read_bytes())
    embedded["vulnerabilities"][0]["analysis"] = {
        "state": "not_affected",
        "justification": "code_not_reachable",
    }
    found = view_of(read(SCANS, openvex, embedded), ScanReports).vex
    assert [(it.id, it.component, it.at) for it in found] == [
        ("CVE-1", "jinja2@2.10", 1_793_491_200.0), ("CVE-2", "", 1_793_577_600.0), ("PYSEC-2019-217", "jinja2@2.10", None)
    ]  # fmt: skip


def joined(*imports: tuple[Any, float]) -> Any:
    """The record after these imports, one after the other."""
    record = None
    for value, at in imports:
        [new] = read(SCANS, value, at=at).records
        record = new if record is None else join(new, record)
    return record


def test_a_later_import_of_another_tool_hides_nothing():
    view = msgspec.convert(joined((grype(), NOW), (trivy(), NOW + 60)).facts, ScanReports)
    assert {it.tool for it in view.reports} == {"grype", "trivy"}


def test_the_newest_report_of_a_tool_on_a_target_counts_and_an_older_one_does_not_return():
    clean = grype(matches=[], descriptor={"timestamp": "2026-11-22T10:00:00Z"})
    view = msgspec.convert(joined((clean, NOW), (grype(), NOW + 60)).facts, ScanReports)
    assert [it.findings for it in view.reports] == [[]]


def test_a_finding_keeps_the_day_on_which_it_was_first_seen():
    later = grype(descriptor={"timestamp": "2026-11-25T09:00:00Z"})
    view = msgspec.convert(joined((grype(), NOW), (later, NOW + 3 * DAY_S)).facts, ScanReports)
    [finding] = view.reports[0].findings
    assert finding.since == 1_795_338_000.5


def test_the_window_begins_with_the_class_that_was_looked_at_longest_ago():
    assert joined((grype(), NOW), (*golden("scans/bandit.sarif"), NOW)).window_start == 1_795_338_000.5


def test_targets_that_have_gone_are_left_out():
    view = msgspec.convert(
        joined((grype(), NOW), (trivy(CreatedAt="2026-12-30T00:00:00Z"), NOW + 40 * DAY_S)).facts, ScanReports
    )
    assert [it.tool for it in view.reports] == ["trivy"]


def test_what_is_no_report_is_rejected():
    assert "is no report of a scanner" in reasons(read(SCANS, {"hello": 1}))
    assert "is not JSON" in reasons(read(SCANS, material(b"{")))


def test_grades():
    assert [scored(each) for each in (10, "9.0", 8.9, 7, 6.9, 4, 3.9, 0, 11, "x", None)] == [
        "critical", "critical", "high", "high", "medium", "medium", "low", "low", None, None, None
    ]  # fmt: skip
    assert [graded(each) for each in ("Moderate", " HIGH ", "negligible", "odd", 3)] == [
        "medium", "high", "low", "unknown", "unknown"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("purl", "name"),
    [
        ("pkg:pypi/Jinja2@2.10", "pypi/jinja2@2.10"),
        ("pkg:pypi/ruamel.yaml@0.18#x", "pypi/ruamel-yaml@0.18"),
        ("pkg:npm/%40scope/name@1.0?arch=x", "npm/%40scope/name@1.0"),
        ("pkg:golang/golang.org/x/text@v0.3.5", "golang/golang.org/x/text@v0.3.5"),
        ("pkg:pypi/idna", "pypi/idna@"),
        ("idna@3", ""),
        (None, ""),
    ],
)
def test_package_urls(purl, name):
    assert package_of_url(purl) == name


def test_names_of_pypi_are_the_same_however_they_are_written():
    assert package("pypi", "Typing_Extensions", "4") == package("pypi", "typing-extensions", "4")
