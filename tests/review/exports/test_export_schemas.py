"""Exports satisfy the public schemas of their formats, whatever stands in the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from exported_reports import REPORTS, matter
from jsonschema import Draft4Validator, Draft202012Validator

from colonnade.review.exports.formats import FORMATS
from colonnade.review.exports.schema import report_schema

SCHEMAS = Path(__file__).parent / "schemas"


def faults(validator: Any, document: Any) -> list[str]:
    return [
        f"{'/'.join(map(str, each.path))}: {each.message[:200]}" for each in validator.iter_errors(document)
    ]


def loaded(name: str) -> Any:
    return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("report", REPORTS)
def test_the_report_satisfies_its_own_schema(report: str) -> None:
    document = json.loads(FORMATS["json"].write(matter(REPORTS[report]())))
    Draft202012Validator.check_schema(report_schema())
    validator = Draft202012Validator(report_schema())
    assert faults(validator, document) == []
    document["rows"] = [{"id": "SEC-01"}]
    assert faults(validator, document) != []


def test_the_published_schema_is_the_one_of_the_code() -> None:
    """Renew it by `colonnade export json-schema --out docs/reference/review.schema.json`."""
    published = Path(__file__).parents[3] / "docs" / "reference" / "review.schema.json"
    assert published.read_bytes() == FORMATS["json-schema"].write(matter())


@pytest.mark.parametrize("report", ["markup", "one", "none"])
@pytest.mark.parametrize("name", ["sarif", "sarif-upload"])
def test_sarif_satisfies_the_schema_of_forges(name: str, report: str) -> None:
    document = json.loads(FORMATS[name].write(matter(REPORTS[report]())))
    validator = Draft4Validator(loaded("sarif-2.1.0-rtm.5.json"))
    assert faults(validator, document) == []
    del document["runs"][0]["tool"]
    assert faults(validator, document) != []


@pytest.mark.parametrize("report", ["every-state", "markup"])
def test_ocsf_satisfies_the_schema_of_its_class(report: str) -> None:
    lines = FORMATS["ocsf"].write(matter(REPORTS[report]())).splitlines()
    validator = Draft202012Validator(loaded("ocsf-1.8.0-compliance-finding.json"))
    assert lines
    assert [fault for line in lines for fault in faults(validator, json.loads(line))] == []
    assert faults(validator, json.loads(lines[0]) | {"surprise": 1}) != []
