"""Trivy, Grype, pip-audit and npm audit: vulnerabilities of packages, each in the JSON of its own tool."""

from __future__ import annotations

from typing import Any

from colonnade.evidence.imported.scans import ScanClass
from colonnade.review.adapters.material import plain
from colonnade.review.adapters.scans.draft import Draft, package, package_of_url, texts
from colonnade.review.adapters.scans.severity import graded
from colonnade.review.adapters.taking import listed, mapped, moment

_TRIVY_CLASSES: dict[str, ScanClass] = {
    "os-pkgs": "image", "lang-pkgs": "dependencies", "secret": "secrets", "config": "infrastructure",
}  # fmt: skip


def is_trivy(value: Any) -> bool:
    """Whether a value is a report of Trivy, schema version 2."""
    return isinstance(value, dict) and value.get("SchemaVersion") == 2 and "ArtifactName" in value


def read_trivy(value: dict[str, Any]) -> Draft:
    """A class counts where Trivy lists a result of it: what it looked for in vain it does not list."""
    metadata = mapped(value.get("Metadata"))
    digests = [digest.rpartition("@")[2] for digest in texts(metadata, "RepoDigests")]
    artefacts = {*digests, *texts(metadata, "ImageID", "Commit")}
    draft = Draft("trivy", plain(value["ArtifactName"]), moment(value.get("CreatedAt")), artefacts)
    for result in map(mapped, listed(value.get("Results"))):
        kind = _TRIVY_CLASSES.get(str(result.get("Class")))
        if kind is None:
            continue
        draft.classes.add(kind)
        if value.get("ArtifactType") == "container_image" and kind == "dependencies":
            draft.classes.add("image")
        _take_trivy(result, draft)
    return draft


def _take_trivy(result: dict[str, Any], draft: Draft) -> None:
    for it in map(mapped, listed(result.get("Packages"))):
        draft.packages.add(package_of_url(mapped(it.get("Identifier")).get("PURL")))
    draft.packages.discard("")
    for it in map(mapped, listed(result.get("Vulnerabilities"))):
        component = f"{plain(it.get('PkgName'))}@{plain(it.get('InstalledVersion'))}"
        draft.add(
            it.get("VulnerabilityID"),
            graded(it.get("Severity")),
            component,
            fixed_in=it.get("FixedVersion"),
            published=moment(it.get("PublishedDate")),
        )
    for it in map(mapped, listed(result.get("Secrets"))):
        draft.add(it.get("RuleID"), "high", f"{plain(result.get('Target'))}:{plain(it.get('StartLine'))}")
    for it in map(mapped, listed(result.get("Misconfigurations"))):
        if it.get("Status") == "FAIL":
            draft.add(it.get("ID") or it.get("AVDID"), graded(it.get("Severity")), result.get("Target"))


def is_grype(value: Any) -> bool:
    """Whether a value is a report of Grype."""
    return isinstance(value, dict) and isinstance(value.get("matches"), list) and "descriptor" in value


def read_grype(value: dict[str, Any]) -> Draft:
    """What Grype ignores by its own rules is not among the matches."""
    source, descriptor = mapped(value.get("source")), mapped(value.get("descriptor"))
    target = source.get("target")
    image = mapped(target)
    digests = [digest.rpartition("@")[2] for digest in texts(image, "repoDigests")]
    artefacts = {*digests, *texts(image, "manifestDigest", "imageID")}
    name = image.get("userInput") if image else target
    draft = Draft("grype", plain(name), moment(descriptor.get("timestamp")), artefacts, {"dependencies"})
    draft.classes |= {"image"} if source.get("type") == "image" else set()
    for match in map(mapped, value["matches"]):
        found, artefact = mapped(match.get("vulnerability")), mapped(match.get("artifact"))
        related = [mapped(each).get("id") for each in listed(match.get("relatedVulnerabilities"))]
        fix = mapped(found.get("fix"))
        component = f"{plain(artefact.get('name'))}@{plain(artefact.get('version'))}"
        fixed = ", ".join(texts(fix, "versions"))
        draft.add(found.get("id"), graded(found.get("severity")), component, aliases=related, fixed_in=fixed)
    return draft


def is_pip_audit(value: Any) -> bool:
    """Whether a value is a report of pip-audit."""
    return isinstance(value, dict) and {"dependencies", "fixes"} <= value.keys()


def read_pip_audit(value: dict[str, Any]) -> Draft:
    """pip-audit grades nothing; packages that it skipped were not looked at."""
    draft = Draft("pip-audit", "", None, set(), {"dependencies"})
    for it in map(mapped, listed(value["dependencies"])):
        if "skip_reason" in it:
            draft.unread += 1
            continue
        draft.packages.add(package("pypi", it.get("name"), it.get("version")))
        component = f"{plain(it.get('name'))}@{plain(it.get('version'))}"
        for found in map(mapped, listed(it.get("vulns"))):
            fixed = ", ".join(texts(found, "fix_versions"))
            draft.add(found.get("id"), "unknown", component, aliases=texts(found, "aliases"), fixed_in=fixed)
    return draft


def is_npm_audit(value: Any) -> bool:
    """Whether a value is a report of `npm audit --json`, version 2."""
    return isinstance(value, dict) and value.get("auditReportVersion") == 2


def read_npm_audit(value: dict[str, Any]) -> Draft:
    """What is affected only through another package is told of that one."""
    draft = Draft("npm-audit", "", None, set(), {"dependencies"})
    for name, it in mapped(value.get("vulnerabilities")).items():
        for found in listed(mapped(it).get("via")):
            if isinstance(found, dict):
                advisory = plain(found.get("url")).rpartition("/")[2] or plain(found.get("source"))
                draft.add(advisory, graded(found.get("severity")), name)
    return draft
