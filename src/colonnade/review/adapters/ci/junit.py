"""A test report in JUnit's XML tells how many tests failed on which commit; its doctype and entities are refused."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from colonnade.review.adapters.adapter import Reading
from colonnade.review.adapters.material import Material, plain

COMMIT_NAMES = frozenset(
    {"commit", "git.commit", "git.sha", "sha", "revision", "github_sha", "ci_commit_sha"}
)
"""Names of the property by which a report tells its commit, in lower case."""


def failing_tests(material: Material, reading: Reading) -> dict[str, int]:
    """Failed and broken tests by commit; nothing where the report is unreadable or names no commit."""
    try:
        root = fromstring(material.data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as problem:
        reading.reject(material.name, plain(f"is no XML that is read: {type(problem).__name__}"))
        return {}
    if root.tag not in {"testsuites", "testsuite"}:
        reading.reject(material.name, f"is no JUnit report: it begins with <{plain(root.tag, 40)}>")
        return {}
    commits = set(_commits(root))
    if len(commits) != 1:
        reading.reject(
            material.name, "names no commit, or several: write it as a property `commit` of the suite"
        )
        return {}
    failed = sum(_failed(case) for case in root.iter("testcase"))
    stated = _stated(root)
    if stated > failed:
        reading.reject(
            material.name, f"says that {stated} tests failed and lists {failed}; {stated} are counted"
        )
    return {commits.pop(): max(failed, stated)}


def _commits(root: Element) -> Iterator[str]:
    for each in root.iter("property"):
        if each.get("name", "").lower() in COMMIT_NAMES and each.get("value"):
            yield plain(each.get("value", "").strip())


def _failed(case: Element) -> bool:
    return case.find("failure") is not None or case.find("error") is not None


def _stated(root: Element) -> int:
    """Failures and errors by the attributes of the outermost suites."""
    suites = [root] if root.tag == "testsuite" else root.findall("testsuite")
    counts = [suite.get(name, "0") for suite in suites for name in ("failures", "errors")]
    return sum(int(each) for each in counts if each.isascii() and each.isdigit() and len(each) < 10)
