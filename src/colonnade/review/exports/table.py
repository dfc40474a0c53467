"""The report as a table: one line a signal, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from colonnade.review.exports.matter import Matter
from colonnade.review.exports.words import day, name_of
from colonnade.review.judge import SignalResult
from colonnade.review.report import RowResult

COLUMNS = (
    "practice", "pillar", "section", "title", "risk", "state", "level", "waived", "score", "reason", "signal", "kind",
    "grade", "text", "signal_state", "signal_reason", "value", "threshold", "n", "expires", "evidence", "remedy",
)  # fmt: skip
Cell = str | int | float
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_table(matter: Matter) -> bytes:
    """CSV after RFC 4180 in UTF-8; a practice without signals that count has one line, with empty cells."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in matter.report.rows:
        writer.writerows([safe(cell) for cell in line] for line in _lines(row))
    return out.getvalue().encode("utf-8", "backslashreplace")


def _lines(row: RowResult) -> Iterator[list[Cell]]:
    practice: list[Cell] = [
        row.id, row.pillar, row.section, row.title, row.risk, row.state, row.level,
        "yes" if row.waived else "no", _figure(row.score), row.reason,
    ]  # fmt: skip
    if not row.signals:
        yield [*practice, *[""] * (len(COLUMNS) - len(practice))]
    for signal in row.signals:
        yield [*practice, *_signal(row, signal)]


def _signal(row: RowResult, signal: SignalResult) -> list[Cell]:
    return [
        name_of(row, signal), signal.kind, signal.grade, signal.text, signal.state, signal.reason,
        _figure(signal.value), _figure(signal.threshold), _figure(signal.n),
        "" if signal.expires_at is None else day(signal.expires_at),
        " ".join(each.id for each in signal.evidence), signal.remedy,
    ]  # fmt: skip


def _figure(value: float | None) -> Cell:
    return "" if value is None else value


def safe(cell: Cell) -> Cell:
    """Text that a spreadsheet would carry out as a formula is kept text by an apostrophe."""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell
