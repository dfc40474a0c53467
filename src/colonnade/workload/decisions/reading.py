"""The decision records of a folder are read, or every one of their faults is named; text without front matter is free."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from colonnade.errors import Fault
from colonnade.workload.decisions.front import Decision
from colonnade.workload.decisions.kinds import KINDS
from colonnade.workload.document import Document, compose
from colonnade.workload.reading import read_text
from colonnade.workload.suggestion import did_you_mean
from colonnade.workload.wording import faults_of

FOLDER = "decisions"
LARGEST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Written:
    """A decision record and the file that it stands in."""

    path: Path
    decision: Decision


@dataclass(frozen=True, slots=True)
class Decisions:
    """The records that can be read, and every fault of those that cannot."""

    records: tuple[Written, ...]
    faults: tuple[Fault, ...]


def read_decisions(folder: Path) -> Decisions:
    """Read `folder/decisions/*.md`; files without front matter are left to people."""
    read = [_read(path) for path in sorted((folder / FOLDER).glob("*.md"))]
    records = tuple(each for each in read if isinstance(each, Written))
    return Decisions(records, tuple(fault for each in read if isinstance(each, list) for fault in each))


def _read(path: Path) -> Written | list[Fault] | None:
    file = f"{FOLDER}/{path.name}"
    text = read_text(path, file, LARGEST_BYTES)
    if isinstance(text, Fault):
        return [text]
    text = text.replace("\r\n", "\n")
    if not text.startswith("---\n"):
        return None
    end = text.find("\n---\n", 3)
    if end < 0:
        return [Fault(file, 1, 1, "", "has a front matter without an end", "", "close it with a line `---`")]
    return _judged(path, compose(text[4 : end + 1], file, first_line=2))


def _judged(path: Path, document: Document) -> Written | list[Fault]:
    if document.faults or not document.judged(()):
        return document.faults
    kind = document.value.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        problem = "is missing" if kind is None else "is no kind of decision record"
        word = "" if kind is None else str(kind)
        return [document.fault(("kind",), problem, word, did_you_mean(word, KINDS))]
    try:
        decision = KINDS[kind].model_validate(document.value)
    except ValidationError as error:
        return faults_of(error, document, KINDS[kind])
    return list(_contradictions(decision, document, path.parent.parent)) or Written(path, decision)


def _contradictions(decision: Decision, document: Document, folder: Path) -> Iterator[Fault]:
    """What each field allows and the whole does not."""
    names = [option.name for option in decision.options]
    if decision.chosen and names and decision.chosen not in names:
        remedy = did_you_mean(decision.chosen, names)
        yield document.fault(("chosen",), "is none of the options", decision.chosen, remedy)
    for path, value in _texts(document):
        if path[-1] in DAYS and not _is_day(value):
            yield document.fault(path, "is no day of the calendar", value, "write year-month-day")
        if value.startswith("eval:") and not (folder / evaluation_of(value)).is_file():
            yield document.fault(path, "names a file that does not exist", value, "write `eval:evals/FILE`")


def evaluation_of(link: str) -> str:
    """The file that `eval:PATH` or `eval:PATH#CASE` names, below the workload folder."""
    return link.removeprefix("eval:").partition("#")[0]


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _texts(document: Document) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text of the front matter with its path."""
    for path in filter(None, document.values):
        value = document.value
        for step in path:
            value = value[step]
        if isinstance(value, str):
            yield path, value


DAYS = frozenset({"date", "review_by", "due", "done", "closed", "reviewed", "report_date"})
"""Fields that hold a day, in every kind."""
