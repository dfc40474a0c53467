"""Pipelines see every signal that is not proven, and spreadsheets carry nothing out."""

from __future__ import annotations

import csv
import io
from collections import Counter
from xml.etree import ElementTree as ET

from exported_reports import every_state, full_of_markup, matter, no_practice

from colonnade.review.exports.formats import FORMATS
from colonnade.review.exports.table import COLUMNS


def suites(report=None) -> ET.Element:
    return ET.fromstring(FORMATS["junit"].write(matter(report)))


def test_every_signal_is_a_case_and_every_practice_out_of_scope_is_one() -> None:
    report = every_state()
    expected = sum(len(row.signals) or 1 for row in report.rows)
    root = suites()
    assert len(root.findall(".//testcase")) == expected == int(root.get("tests", "0"))
    assert [suite.get("name") for suite in root][:2] == ["Use case", "Operational excellence"]


def test_only_what_passes_is_quiet() -> None:
    states = Counter(
        "failure" if row.state == "conflict" else _expected(signal)
        for row in every_state().rows
        for signal in row.signals
    )
    outcomes = Counter(each.tag for case in suites().iter("testcase") for each in case)
    assert outcomes["failure"] == states["failure"]
    assert outcomes["error"] == states["error"] == 1
    assert outcomes["skipped"] == states["skipped"] + every_state().headline.rows["not_applicable"]


def _expected(signal) -> str:
    if signal.state == "pass":
        return "quiet"
    if signal.waived:
        return "skipped"
    return "error" if signal.state == "error" else "failure"


def test_counts_of_suites_are_those_of_their_cases() -> None:
    for suite in suites():
        found = Counter(each.tag for case in suite.iter("testcase") for each in case)
        assert suite.get("failures") == str(found["failure"])
        assert suite.get("skipped") == str(found["skipped"])
        assert suite.get("tests") == str(len(suite.findall("testcase")))


def test_what_was_accepted_says_until_when() -> None:
    told = [each.get("message", "") for each in suites().iter("skipped") if each.get("type") == "waived"]
    assert told
    assert all("accepted until 2026-12-31" in each for each in told)


def test_what_xml_cannot_hold_is_replaced() -> None:
    text = FORMATS["junit"].write(matter(full_of_markup()))
    assert b"\x07" not in text
    assert b"\x00" not in text
    names = [case.get("name", "") for case in ET.fromstring(text).iter("testcase")]
    assert any("<script>" in name for name in names)


def rows(report=None) -> list[list[str]]:
    return list(csv.reader(io.StringIO(FORMATS["csv"].write(matter(report)).decode(), newline="")))


def test_the_table_has_a_line_a_signal() -> None:
    head, *lines = rows()
    assert tuple(head) == COLUMNS
    assert {len(line) for line in lines} == {len(COLUMNS)}
    assert len(lines) == sum(len(row.signals) or 1 for row in every_state().rows)
    assert rows(no_practice()) == [list(COLUMNS)]


def test_no_cell_is_a_formula() -> None:
    report = full_of_markup()
    from msgspec.structs import replace

    evil = replace(
        report, rows=tuple(replace(row, title="=cmd|'/c calc'!A1", reason="@x") for row in report.rows)
    )
    cells = [cell for line in rows(evil)[1:] for cell in line]
    assert [cell for cell in cells if cell.startswith(("=", "+", "@", "\t"))] == []
    assert "'=cmd|'/c calc'!A1" in cells
