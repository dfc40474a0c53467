"""SARIF points at the line where an owner decides, names a finding for ever, and tells what was accepted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from exported_reports import WAIVER, every_state, full_of_markup, matter

from colonnade.registry.folder import load_workload
from colonnade.review.catalogue import catalogue
from colonnade.review.exports.declarations import DECLARED, FIRST_LINE, line_of
from colonnade.review.exports.formats import FORMATS
from colonnade.workload.specification import Specification

EXAMPLE = Path(__file__).parents[3] / "examples" / "handbook-assistant"
SCHEMA = Specification.model_json_schema()


def run(name: str = "sarif", report: Any = None, **other: Any) -> dict[str, Any]:
    return json.loads(FORMATS[name].write(matter(report, **other)))["runs"][0]


def _field(path: str) -> bool:
    """Whether the workload file has a field of this path."""
    node: Any = SCHEMA
    for step in path.split("."):
        while "$ref" in node or "anyOf" in node:
            node = node["anyOf"][0] if "anyOf" in node else SCHEMA["$defs"][node["$ref"].rpartition("/")[2]]
        if step not in node.get("properties", {}):
            return False
        node = node["properties"][step]
    return True


def test_every_practice_is_decided_somewhere_that_exists() -> None:
    assert set(DECLARED) == {practice.id for practice in catalogue().practices}
    assert [path for path in DECLARED.values() if not _field(path)] == []


def test_findings_point_at_the_lines_of_the_example() -> None:
    workload = load_workload(EXAMPLE)
    results = run(lines=workload.lines, file="examples/handbook-assistant/workload.yaml")["results"]
    text = (EXAMPLE / "workload.yaml").read_text(encoding="utf-8").splitlines()
    for result in results:
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "examples/handbook-assistant/workload.yaml"
        line = place["region"]["startLine"]
        section = DECLARED[result["ruleId"]].split(".")[0]
        assert line > FIRST_LINE or section not in workload.lines
        steps = DECLARED[result["ruleId"]].split(".")
        assert line == FIRST_LINE or any(f"{step}:" in text[line - 1] for step in steps)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [({"recovery.rollback_s": 9, "recovery": 5}, 9), ({"recovery": 5}, 5), ({"recoverys": 5}, 1), ({}, 1)],
)
def test_what_is_left_to_its_default_is_pointed_at_by_its_section(
    lines: dict[str, int], expected: int
) -> None:
    assert line_of("OPS-14", lines) == expected


def test_a_finding_keeps_its_name_when_its_words_and_line_change() -> None:
    def names(built: dict[str, Any]) -> list[str]:
        return [each["partialFingerprints"]["colonnade/v1"] for each in built["results"]]

    renamed = msgspec.structs.replace(full_of_markup(), workload=every_state().workload)
    first = names(run())
    assert len(first) == len(set(first))
    assert first == names(run(report=renamed, lines={"slo": 40}))
    elsewhere = msgspec.structs.replace(every_state(), environment="production")
    assert not set(first) & set(names(run(report=elsewhere)))


def test_an_upload_holds_open_practices_and_failing_signals_only() -> None:
    upload = run("sarif-upload")
    states = {row.id: row.state for row in every_state().rows}
    assert {each["ruleId"] for each in upload["results"]} == {
        name for name, state in states.items() if state not in {"proven", "not_applicable"}
    }
    assert {each["kind"] for each in upload["results"]} == {"fail"}
    assert {each["kind"] for each in run()["results"]} == {"fail", "pass", "notApplicable"}
    assert all(each["level"] == "none" for each in run()["results"] if each["kind"] != "fail")


def test_rules_and_results_refer_to_each_other() -> None:
    for name in ("sarif", "sarif-upload"):
        built = run(name)
        rules = [rule["id"] for rule in built["tool"]["driver"]["rules"]]
        assert [each for each in built["results"] if rules[each["ruleIndex"]] != each["ruleId"]] == []


def test_an_accepted_risk_is_suppressed_with_its_reason_and_nothing_else_is() -> None:
    suppressed = [each for each in run()["results"] if each["suppressions"]]
    assert {each["ruleId"] for each in suppressed} == {"SEC-06"}
    told = suppressed[0]["suppressions"][0]
    assert (told["kind"], told["status"]) == ("external", "accepted")
    assert WAIVER.reason in told["justification"]
    assert "2026-12-31" in told["justification"]
    assert all(each["kind"] == "fail" for each in suppressed)


def test_a_conflict_is_one_finding() -> None:
    conflict = next(row.id for row in every_state().rows if row.state == "conflict")
    found = [each for each in run()["results"] if each["ruleId"] == conflict]
    assert len(found) == 1
    assert "declares false, observed: true" in found[0]["message"]["text"]
