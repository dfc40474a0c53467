"""A section that does not validate is reported in our own words: what is wrong, the value, what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from colonnade.errors import Fault
from colonnade.workload.document import Document, Path
from colonnade.workload.secret_patterns import secret_in
from colonnade.workload.section import Section
from colonnade.workload.shape import field_at, section_at
from colonnade.workload.suggestion import did_you_mean


@dataclass(frozen=True, slots=True)
class Complaint:
    """One error of the validator: its kind, the path of the file that it concerns, and its details.

    `branch` names the alternative of a union that was tried, where there are several.
    """

    kind: str
    path: Path
    branch: str
    details: dict[str, Any]


def faults_of(error: ValidationError, document: Document, root: type[Section]) -> list[Fault]:
    """Every error of the validator as a fault with its place, without doubles."""
    complaints: dict[Path, list[Complaint]] = {}
    for each in error.errors(include_url=False, include_input=False):
        complaint, split = _located(each, document.value)
        complaints.setdefault(split, []).append(complaint)
    faults = []
    for split, group in complaints.items():
        fitting = _fitting(group, _value_at(document.value, split))
        faults += [
            _fault(complaint, document, root) for complaint in fitting if document.judged(complaint.path)
        ]
    return list(dict.fromkeys(faults))


def _located(error: Any, value: Any) -> tuple[Complaint, Path]:
    """The complaint, and the path at which a union split (its own path where none did)."""
    path: Path = ()
    split: Path | None = None
    branch = ""
    last = len(error["loc"]) - 1
    for index, step in enumerate(error["loc"]):
        if (isinstance(value, dict) and step in value) or (isinstance(value, list) and isinstance(step, int)):
            value = value[step]
            path = (*path, step)
        elif index == last and error["type"] == "missing":
            path = (*path, step)
        elif step != "[key]":
            split, branch = path, str(step)
    kind = "key" if error["loc"][-1:] == ("[key]",) else error["type"]
    return Complaint(kind, path, branch, error.get("ctx", {})), path if split is None else split


def _value_at(value: Any, path: Path) -> Any:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _fitting(group: list[Complaint], value: Any) -> list[Complaint]:
    """Of several alternatives, the complaints about the one that was meant; else one about them all."""
    if not any(complaint.branch for complaint in group):
        return group
    meant = [complaint for complaint in group if complaint.branch and _meant(complaint.branch, value)]
    if meant:
        return meant
    wanted = " or ".join(dict.fromkeys(_WANTED.get(each.kind, _word_wanted(each)) for each in group))
    return [Complaint("none_fits", group[0].path, "", {"wanted": wanted})]


def _meant(branch: str, value: Any) -> bool:
    if isinstance(value, list):
        return branch.startswith("list[")
    if isinstance(value, dict):
        return branch.isidentifier()
    return "float" in branch and isinstance(value, int | float) and not isinstance(value, bool)


def _word_wanted(complaint: Complaint) -> str:
    return "the word " + " or ".join(f"`{word}`" for word in _words(complaint))


_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "`true` or `false`",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}
_PATTERNS = {
    "^[a-z][a-z0-9_-]": "lower-case letters, digits, `-` and `_`, beginning with a letter, at most 63",
    "^[a-z][a-z0-9_]": "lower-case letters, digits and `_`, beginning with a letter, at most 63",
    "^(env:": "a reference to a secret",
    "^sha256:": "`sha256:` and 64 hexadecimal digits",
    "^[0-9a-f]{64}$": "64 hexadecimal digits",
    "^[0-9]{4}-": "a day as YYYY-MM-DD",
    "^[A-Z]{2,5}-[0-9]{2}$": "the id of a practice, e.g. SEC-06",
    "^[A-Z]{2,5}-[0-9]{2}[.]": "the name of a signal, e.g. SEC-06.1",
}


def _fault(complaint: Complaint, document: Document, root: type[Section]) -> Fault:
    if complaint.kind == "missing":
        return _missing(complaint, document, root)
    if complaint.kind == "extra_forbidden":
        return _unknown(complaint, document, root)
    if complaint.kind == "key":
        problem, remedy = "is no usable name", f"write {_PATTERNS['^[a-z][a-z0-9_-]']}"
        return document.fault(complaint.path, problem, "", remedy, key=True)
    value = _value_at(document.value, complaint.path)
    if _is_secret(complaint):
        problem = "holds a value; a secret is never written into the file"
        return document.fault(complaint.path, problem, "", "write `env:NAME` or `file:PATH`")
    problem, remedy = _problem(complaint, value)
    return document.fault(complaint.path, problem, shown(value), remedy, key=isinstance(value, dict))


def _missing(complaint: Complaint, document: Document, root: type[Section]) -> Fault:
    field = field_at(root, complaint.path)
    meaning = f": {field.description}" if field and field.description else ""
    return document.fault(complaint.path, "is missing", "", f"add `{complaint.path[-1]}`{meaning}", key=True)


def _unknown(complaint: Complaint, document: Document, root: type[Section]) -> Fault:
    section = section_at(root, complaint.path[:-1])
    siblings = section.model_fields if section else ()
    remedy = did_you_mean(str(complaint.path[-1]), siblings)
    return document.fault(complaint.path, "is not a known field", "", remedy, key=True)


def _is_secret(complaint: Complaint) -> bool:
    return complaint.path[-1:] == ("api_key",) or str(complaint.details.get("pattern", "")).startswith(
        "^(env:"
    )


def _problem(complaint: Complaint, value: Any) -> tuple[str, str]:
    """What is wrong, and what to write instead."""
    kind, details = complaint.kind, complaint.details
    if kind == "none_fits":
        return f"must be {details['wanted']}", ""
    if kind in _WANTED:
        return f"must be {_WANTED[kind]}", _retype(kind, value)
    if kind == "literal_error":
        return _one_of(complaint, value)
    if kind == "string_pattern_mismatch":
        wanted = next((said for start, said in _PATTERNS.items() if details["pattern"].startswith(start)), "")
        return "is not in the right form", f"write {wanted}" if wanted else ""
    return _SENTENCES.get(kind, _other)(details), ""


def _one_of(complaint: Complaint, value: Any) -> tuple[str, str]:
    words = _words(complaint)
    if len(words) == 1:
        return f"must be {words[0]}", f"write {words[0]}"
    return "is none of the words known here", did_you_mean(str(value), words)


def _words(complaint: Complaint) -> list[str]:
    expected = re.findall(r"'([^']*)'|(?<!\w)(\d+)", complaint.details.get("expected", ""))
    return [word or number for word, number in expected]


def _retype(kind: str, value: Any) -> str:
    """How the same value is written in the wanted type, where that is plain."""
    if kind == "string_type" and isinstance(value, bool | int | float):
        return f'write it in quotes: "{_plainly(value)}"'
    if kind == "bool_type" and str(value).lower() in ("yes", "no", "on", "off"):
        return f"write `{'true' if str(value).lower() in ('yes', 'on') else 'false'}`"
    if kind in ("int_type", "float_type") and isinstance(value, str):
        return "write digits, without quotes, separators or units"
    if kind == "int_type" and isinstance(value, float):
        return f"write `{round(value)}`"
    if kind == "list_type":
        return "write `[one, two]`, or one `- entry` a line"
    return "write `field: value` lines under it" if kind in ("dict_type", "model_type") else ""


_SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "greater_than": lambda details: f"must be more than {_plainly(details['gt'])}",
    "greater_than_equal": lambda details: f"must be at least {_plainly(details['ge'])}",
    "less_than": lambda details: f"must be less than {_plainly(details['lt'])}",
    "less_than_equal": lambda details: f"must be at most {_plainly(details['le'])}",
    "string_too_short": lambda _: "must not be empty",
    "string_too_long": lambda details: f"must be at most {details['max_length']} characters",
    "too_short": lambda details: f"must have at least {details['min_length']} entry",
    "finite_number": lambda _: "must be a finite number",
    "value_error": lambda details: str(details["error"]),
}


def _other(_: dict[str, Any]) -> str:
    return "cannot be used here"


def shown(value: Any) -> str:
    """A value as a fault shows it: short, and never a secret."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = _plainly(value)
    if secret_in(text):
        return "a secret, not shown"
    return text if len(text) <= 60 else text[:57] + "..."


def _plainly(value: Any) -> str:
    """As YAML writes it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)
