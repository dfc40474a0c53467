"""SARIF 2.1.0: findings of static analysis, of searches for secrets, and of checks of infrastructure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from colonnade.evidence.imported.scans import ScanClass, Severity
from colonnade.review.adapters.adapter import Reading
from colonnade.review.adapters.material import Material, plain
from colonnade.review.adapters.scans.draft import Draft, texts
from colonnade.review.adapters.scans.severity import graded, scored
from colonnade.review.adapters.taking import listed, mapped, moment

_TOOLS: dict[str, ScanClass] = {
    "gitleaks": "secrets", "trufflehog": "secrets", "detect-secrets": "secrets", "secret": "secrets", "talisman": "secrets",
    "checkov": "infrastructure", "tfsec": "infrastructure", "kics": "infrastructure", "terrascan": "infrastructure",
    "kubescape": "infrastructure", "kube-linter": "infrastructure", "conftest": "infrastructure", "tflint": "infrastructure",
    "grype": "dependencies", "osv-scanner": "dependencies", "dependency": "dependencies", "pip-audit": "dependencies",
}  # fmt: skip
"""By a part of the tool's name; what is not listed analyses code."""
_TAGS: dict[str, ScanClass] = {
    "vulnerability": "dependencies", "secret": "secrets", "misconfiguration": "infrastructure",
}  # fmt: skip
NO_FINDING = frozenset({"pass", "notApplicable", "informational"})


def is_sarif(value: Any) -> bool:
    """Whether a value is a SARIF log."""
    return isinstance(value, dict) and isinstance(value.get("runs"), list) and "version" in value


def read_sarif(value: dict[str, Any], material: Material, reading: Reading) -> Iterator[Draft]:
    """One draft a run; another version than 2.1.0 is not read."""
    if value.get("version") != "2.1.0":
        reading.reject(material.name, f"is SARIF {plain(value.get('version'), 20)}, and 2.1.0 is read")
        return
    for number, run in enumerate(value["runs"]):
        driver = mapped(mapped(mapped(run).get("tool")).get("driver"))
        if not driver.get("name"):
            reading.reject(f"{material.name}: runs[{number}]", "does not name its tool")
            continue
        draft = Draft(plain(driver["name"]), material.name, _time(run), set(_commits(run)))
        rules = {str(rule.get("id")): rule for rule in listed(driver.get("rules")) if isinstance(rule, dict)}
        draft.classes = _classes(draft.tool, rules)
        if not _successful(run):
            reading.reject(f"{material.name}: runs[{number}]", "says itself that it was not successful")
            continue
        for result in listed(run.get("results")):
            _add(mapped(result), rules, draft)
        yield draft


def _add(result: dict[str, Any], rules: dict[str, dict[str, Any]], draft: Draft) -> None:
    if str(result.get("kind", "fail")) in NO_FINDING or result.get("baselineState") == "absent":
        return
    name = result.get("ruleId") or mapped(result.get("rule")).get("id")
    rule = rules.get(str(name), {})
    severity: Severity = "high" if "secrets" in draft.classes else _severity(result, rule)
    found = mapped(result.get("provenance")).get("firstDetectionTimeUtc")
    draft.add(name, severity, _place(result), aliases=texts(result, "guid"), published=moment(found))


def _severity(result: dict[str, Any], rule: dict[str, Any]) -> Severity:
    """By the security score of the rule, then by the tool's own word, then by the level."""
    properties = mapped(rule.get("properties"))
    score = scored(properties.get("security-severity"))
    if score is not None:
        return score
    own = mapped(result.get("properties"))
    for name in ("issue_severity", "severity"):
        if own.get(name):
            return graded(own[name])
    level = result.get("level") or mapped(rule.get("defaultConfiguration")).get("level") or "warning"
    return graded(level)


def _place(result: dict[str, Any]) -> str:
    places = listed(result.get("locations"))
    physical = mapped(mapped(places[0]).get("physicalLocation")) if places else {}
    file = plain(mapped(physical.get("artifactLocation")).get("uri"))
    line = mapped(physical.get("region")).get("startLine")
    return f"{file}:{line}" if isinstance(line, int) else file


def _time(run: Any) -> float | None:
    calls = [mapped(each) for each in listed(mapped(run).get("invocations"))]
    times = [moment(each.get("endTimeUtc") or each.get("startTimeUtc")) for each in calls]
    return max((at for at in times if at is not None), default=None)


def _successful(run: Any) -> bool:
    calls = [mapped(each) for each in listed(mapped(run).get("invocations"))]
    return all(each.get("executionSuccessful", True) is not False for each in calls)


def _commits(run: Any) -> list[str]:
    sources = [mapped(each) for each in listed(mapped(run).get("versionControlProvenance"))]
    return [commit for each in sources for commit in texts(each, "revisionId")]


def _classes(tool: str, rules: dict[str, dict[str, Any]]) -> set[ScanClass]:
    named = {kind for part, kind in _TOOLS.items() if part in tool.lower()}
    if named:
        return named
    tags = {tag for rule in rules.values() for tag in texts(mapped(rule.get("properties")), "tags")}
    return {kind for tag, kind in _TAGS.items() if tag in tags} or {"code"}
