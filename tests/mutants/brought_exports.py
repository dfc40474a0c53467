"""Exports of other tools as they would look today, for one commit: what a team saves from its CI, scanners and registries."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from brought_sources import GOLDEN

TAGGED_RUN = 4711


def write_ci(folder: Path, commit: str) -> None:
    """The tag's run of `ship.yml`, the deployment that it made, and the report of its tests."""
    run = {
        "id": TAGGED_RUN, "path": ".github/workflows/ship.yml", "head_sha": commit, "head_branch": "v1",
        "status": "completed", "conclusion": "success", "created_at": ago(hours=3), "event": "push",
    }  # fmt: skip
    deployment = {
        "id": 99, "sha": commit, "ref": "v1", "task": "deploy", "environment": "production", "created_at": ago(hours=2),
        "creator": {"login": "github-actions[bot]", "type": "Bot"}, "production_environment": True,
    }  # fmt: skip
    _json(folder / "runs.json", {"total_count": 1, "workflow_runs": [run]})
    _json(folder / "deployments.json", [deployment])
    report = f"""<testsuites><testsuite name="pytest" tests="2" failures="0" errors="0">
<properties><property name="commit" value="{commit}"/></properties>
<testcase name="test_one"/><testcase name="test_two"/></testsuite></testsuites>"""
    (folder / "report.xml").write_text(report, encoding="utf-8")


def write_scans(folder: Path) -> None:
    """What tools wrote, without what they found, and a statement on the one finding that remains."""
    for tool in ("bandit", "gitleaks", "checkov"):
        found = json.loads((GOLDEN / "scans" / f"{tool}.sarif").read_bytes())
        [run] = found["runs"]
        run["invocations"] = [{"executionSuccessful": True, "endTimeUtc": ago(hours=1)}]
        run["results"] = []
        _json(folder / f"{tool}.sarif", found)
    audit = json.loads((GOLDEN / "scans" / "pip-audit.json").read_bytes())
    audit["dependencies"][0]["vulns"] = []
    _json(folder / "pip-audit.json", audit)
    image = {
        "SchemaVersion": 2, "CreatedAt": ago(hours=1), "ArtifactName": "gateway:v1", "ArtifactType": "container_image",
        "Metadata": {"RepoDigests": [f"gateway@{IMAGE}"]},
        "Results": [{"Target": "gateway:v1", "Class": "os-pkgs", "Type": "debian", "Vulnerabilities": [OLD_HIGH]}],
    }  # fmt: skip
    _json(folder / "trivy.json", image)
    _json(folder / "vex.openvex.json", {**VEX, "timestamp": ago(days=10)})


IMAGE = "sha256:" + "1a" * 32
OLD_HIGH = {
    "VulnerabilityID": "CVE-2026-0001", "PkgName": "libssl3", "InstalledVersion": "3.0.1", "Severity": "HIGH",
    "PublishedDate": "2026-01-02T00:00:00Z",
}  # fmt: skip
VEX: dict[str, Any] = {
    "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.org/vex/1", "author": "Noor Haddad",
    "statements": [
        {
            "vulnerability": {"name": "CVE-2026-0001"}, "products": [{"@id": "libssl3@3.0.1"}], "status": "not_affected",
            "justification": "vulnerable_code_not_in_execute_path",
        }
    ],
}  # fmt: skip


def write_sbom(folder: Path) -> None:
    """What cyclonedx-py wrote of the same requirements that pip-audit looked at."""
    shutil.copy(GOLDEN / "sbom" / "cyclonedx-py.json", folder / "requirements.cdx.json")


def write_mlflow(folder: Path) -> None:
    """What MLflow's server answered."""
    for file in (GOLDEN / "mlflow").glob("*.json"):
        shutil.copy(file, folder)


def write_langfuse(folder: Path) -> None:
    """What Langfuse's server answers, with ratings and feedback of the last days."""
    for file in (GOLDEN / "langfuse").glob("*.json"):
        text = file.read_text(encoding="utf-8")
        (folder / file.name).write_text(text.replace("2026-11-22T", ago(days=1)[:11]), encoding="utf-8")


def ago(**spans: float) -> str:
    """A moment in the past as these tools write it."""
    return (datetime.now(UTC) - timedelta(**spans)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
