"""The report as JUnit XML: a suite a pillar, a case a signal; what is not proven is a failure, never a quiet pass."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from colonnade.review.exports.accepted import told, waiver_of
from colonnade.review.exports.matter import Matter
from colonnade.review.exports.words import PILLAR_NAMES, moment, name_of, spoken
from colonnade.review.judge import SignalResult
from colonnade.review.report import Report, RowResult

_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, even escaped."""


def junit(matter: Matter) -> bytes:
    """The document: `failure` for fail, stale and unknown, `skipped` for out of scope and waived, else `error`."""
    report = matter.report
    root = ET.Element("testsuites", name=_legal(f"{report.workload} in {report.environment}"))
    totals: Counter[str] = Counter()
    for pillar in report.pillars:
        rows = [row for row in report.rows if row.pillar == pillar.pillar]
        counted, suite = _suite(report, PILLAR_NAMES[pillar.pillar], rows)
        totals += counted
        root.append(suite)
    for name in ("tests", "failures", "errors"):
        root.set(name, str(totals[name]))
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _suite(report: Report, name: str, rows: Sequence[RowResult]) -> tuple[Counter[str], ET.Element]:
    cases = [case for row in rows for case in _cases(report, row)]
    counted = Counter(tests=len(cases))
    for case in cases:
        for outcome in case:
            counted[{"failure": "failures", "error": "errors"}.get(outcome.tag, outcome.tag)] += 1
    suite = ET.Element("testsuite", name=name, timestamp=moment(report.reviewed_at).removesuffix("Z"))
    for each in ("tests", "failures", "errors", "skipped"):
        suite.set(each, str(counted[each]))
    suite.extend(cases)
    return counted, suite


def _cases(report: Report, row: RowResult) -> Iterator[ET.Element]:
    if not row.signals:
        yield _case(row, row.title, _outcome(report, row, None))
    for signal in row.signals:
        yield _case(row, f"{name_of(row, signal)} {signal.text}", _outcome(report, row, signal))


def _case(row: RowResult, name: str, outcome: tuple[str, str, str] | None) -> ET.Element:
    case = ET.Element("testcase", classname=_legal(f"{row.pillar}.{row.id}"), name=_legal(name))
    if outcome is not None:
        tag, kind, reason = outcome
        told = ET.SubElement(case, tag, type=kind, message=_legal(reason))
        told.text = _legal(reason)
    return case


def _outcome(report: Report, row: RowResult, signal: SignalResult | None) -> tuple[str, str, str] | None:
    """Element, type and reason; None for a signal that passes."""
    if row.state == "not_applicable":
        return "skipped", "not_applicable", row.reason
    if row.state == "conflict" or signal is None:
        return "failure", row.state, row.reason
    if signal.state == "pass":
        return None
    if signal.waived:
        waiver = waiver_of(report, row, signal)
        return "skipped", "waived", told(waiver) if waiver is not None else "accepted by a waiver"
    tag = "error" if signal.state == "error" else "failure"
    return tag, signal.state, _reason(signal)


def _reason(signal: SignalResult) -> str:
    remedy = f"\nto do: {signal.remedy}" if signal.remedy else ""
    return f"{spoken(signal.state)}: {signal.reason}{remedy}"


def _legal(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
