"""The report as SARIF 2.1.0: a rule a practice, a result a signal, each anchored to a line of the workload file.

One result without a place makes a forge reject the whole file, so that every result has one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from colonnade import __version__
from colonnade.review.exports.accepted import told, waiver_of
from colonnade.review.exports.declarations import line_of
from colonnade.review.exports.document import json_document
from colonnade.review.exports.matter import Matter
from colonnade.review.exports.words import PILLAR_NAMES, moment, name_of, shortened
from colonnade.review.judge import SignalResult
from colonnade.review.report import Report, RowResult

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LONGEST_TEXT = 1000
"""Characters of a message; forges cut longer ones in mid-word."""
_LEVELS = {"HIGH": "error", "MEDIUM": "warning", "LOW": "note", "NONE": "none"}
_SEVERITIES = {"high": "8.0", "medium": "5.0", "low": "2.0"}
"""What a forge sorts by, on the scale of CVSS."""


def sarif(matter: Matter) -> bytes:
    """Every signal: those that pass and those out of scope, too."""
    return _log(matter, matter.report.rows, every_signal=True)


def sarif_upload(matter: Matter) -> bytes:
    """For upload to a forge: open practices only, and of these the signals that do not pass."""
    rows = [row for row in matter.report.rows if row.state not in {"proven", "not_applicable"}]
    return _log(matter, rows, every_signal=False)


def _log(matter: Matter, rows: Sequence[RowResult], *, every_signal: bool) -> bytes:
    results = [
        result for place, row in enumerate(rows) for result in _results(matter, row, place, every_signal)
    ]
    run = {
        "tool": {"driver": _driver(rows)},
        "automationDetails": {"id": f"colonnade/{matter.report.environment}/"},
        "invocations": [{"executionSuccessful": True, "endTimeUtc": moment(matter.report.reviewed_at)}],
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {
            "workload": matter.report.workload,
            "workloadDigest": matter.report.workload_digest,
            "environment": matter.report.environment,
            "catalogueVersion": matter.report.catalogue_version,
        },
    }
    return json_document({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _driver(rows: Sequence[RowResult]) -> dict[str, Any]:
    return {
        "name": "Colonnade",
        "semanticVersion": __version__,
        "organization": "Colonnade",
        "rules": [_rule(row) for row in rows],
    }


def _rule(row: RowResult) -> dict[str, Any]:
    levels = {"high": "error", "medium": "warning", "low": "note"}
    return {
        "id": row.id,
        "name": row.id.replace("-", ""),
        "shortDescription": {"text": shortened(row.title, LONGEST_TEXT)},
        "fullDescription": {"text": shortened(row.question, LONGEST_TEXT)},
        "help": {"text": shortened(f"What proves it: {row.mechanism}", LONGEST_TEXT)},
        "defaultConfiguration": {"level": levels[row.risk]},
        "properties": {
            "tags": [PILLAR_NAMES[row.pillar], f"section {row.section}"],
            "security-severity": _SEVERITIES[row.risk],
            "precision": "very-high",
        },
    }


def _results(matter: Matter, row: RowResult, rule: int, every_signal: bool) -> Iterator[dict[str, Any]]:
    """A result for each signal that counts; of a practice with none, or in conflict, one for the practice."""
    if row.state in {"conflict", "not_applicable"} or not row.signals:
        yield _result(matter, row, rule, None)
    if row.state == "conflict":
        return
    for signal in row.signals:
        if every_signal or signal.state != "pass":
            yield _result(matter, row, rule, signal)


def _result(matter: Matter, row: RowResult, rule: int, signal: SignalResult | None) -> dict[str, Any]:
    kind = _kind(row, signal)
    number = signal.number if signal else 0
    return {
        "ruleId": row.id,
        "ruleIndex": rule,
        "kind": kind,
        "level": _LEVELS[row.level] if kind == "fail" else "none",
        "message": {"text": _message(row, signal)},
        "locations": [_location(matter, row)],
        "partialFingerprints": {"colonnade/v1": fingerprint(matter.report, row.id, number)},
        "suppressions": _suppressions(matter.report, row, signal),
        "properties": {
            "state": row.state,
            "signal": name_of(row, signal) if signal else None,
            "signalState": signal.state if signal else None,
            "n": signal.n if signal else None,
            "evidence": [each.id for each in signal.evidence] if signal else [],
        },
    }


def _kind(row: RowResult, signal: SignalResult | None) -> str:
    """`fail` for everything that asks for work: a forge shows no other kind, and unknown is no pass."""
    if row.state == "not_applicable":
        return "notApplicable"
    return "pass" if signal is not None and signal.state == "pass" else "fail"


def _message(row: RowResult, signal: SignalResult | None) -> str:
    if signal is None:
        return shortened(f"{row.title}: {row.state}: {row.reason}", LONGEST_TEXT)
    remedy = f" To do: {signal.remedy}" if signal.remedy else ""
    return shortened(f"{signal.text}: {signal.state}: {signal.reason}.{remedy}", LONGEST_TEXT)


def _location(matter: Matter, row: RowResult) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(matter.file)},
            "region": {"startLine": line_of(row.id, matter.lines)},
        }
    }


def _suppressions(report: Report, row: RowResult, signal: SignalResult | None) -> list[dict[str, str]]:
    """An empty list says that nothing was suppressed, which is more than to say nothing."""
    if signal is None or not signal.waived:
        return []
    waiver = waiver_of(report, row, signal)
    why = told(waiver) if waiver is not None else "the risk is accepted by a waiver"
    return [{"kind": "external", "status": "accepted", "justification": shortened(why, LONGEST_TEXT)}]


def fingerprint(report: Report, practice: str, signal: int) -> str:
    """What names a finding over time: workload, environment, practice and signal; never its line or its words."""
    named = json.dumps([report.workload, report.environment, practice, signal])
    return hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()
