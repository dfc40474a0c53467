"""Every format takes every report: with all states, full of markup, of one practice and of none; same report, same bytes."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import msgspec
import pytest
from exported_reports import REPORTS, every_state, matter

from colonnade.review.exports.formats import FORMATS
from colonnade.review.report import Report

JSON_FORMATS = [
    name for name, each in FORMATS.items() if each.file.endswith((".json", ".sarif")) and name != "html"
]


def test_the_report_of_these_tests_has_every_state():
    report = every_state()
    assert set(report.headline.rows) == {
        "not_applicable", "conflict", "failed", "proven", "partial", "stale", "unknown",
    }  # fmt: skip
    signals = {signal.state for row in report.rows for signal in row.signals}
    assert signals == {"pass", "fail", "insufficient", "stale", "unknown", "not_judged", "error"}
    assert any(row.waived for row in report.rows)


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("name", FORMATS)
def test_a_format_gives_the_same_bytes_for_the_same_report(name: str, report: str) -> None:
    built = matter(REPORTS[report]())
    first = FORMATS[name].write(built)
    assert first or (name, report) == ("ocsf", "none"), "only a list of findings may be empty"
    assert first == FORMATS[name].write(built)
    again = matter(_read_again(built.report))
    assert first == FORMATS[name].write(again)


def _read_again(report: Report) -> Report:
    return msgspec.json.decode(report.encode(), type=Report)


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("name", JSON_FORMATS)
def test_what_should_be_json_is_json(name: str, report: str) -> None:
    assert json.loads(FORMATS[name].write(matter(REPORTS[report]())))


@pytest.mark.parametrize("report", REPORTS)
def test_what_should_be_xml_is_xml(report: str) -> None:
    assert ET.fromstring(FORMATS["junit"].write(matter(REPORTS[report]()))).tag == "testsuites"


def test_a_format_that_needs_no_review_says_nothing_of_one() -> None:
    alone = {name: each for name, each in FORMATS.items() if each.alone is not None}
    assert set(alone) == {"json-schema", "lens"}
    for each in alone.values():
        assert each.alone is not None
        assert each.alone(matter().catalogue) == each.write(matter(REPORTS["markup"]()))
