"""A template is text with `{{variable}}`, `{{> include}}`, and lines `[system]` and `[user]` that part its roles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user"]

PLACEHOLDER = re.compile(r"\{\{[ ]*([a-z][a-z0-9_]*)[ ]*\}\}")
INCLUDE = re.compile(r"\{\{>[ ]*([a-z][a-z0-9_-]*)[ ]*\}\}")
_ROLE = re.compile(r"^\[(system|user)\][ ]*$", re.MULTILINE)
_BRACES = re.compile(r"\{\{(?P<inside>[^\n]{0,200}?)\}\}|\{\{")


@dataclass(frozen=True, slots=True)
class Mark:
    """Something in braces: a variable, an include, or neither; `line` and `column` count from 1."""

    kind: Literal["variable", "include", "malformed"]
    name: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Part:
    """The text of one role, still with its variables."""

    role: Role
    text: str


def marks(template: str) -> list[Mark]:
    """Everything in double braces, in order."""
    lines = enumerate(template.split("\n"), start=1)
    return [_mark(match, number) for number, line in lines for match in _BRACES.finditer(line)]


def _mark(match: re.Match[str], line: int) -> Mark:
    column = match.start() + 1
    if variable := PLACEHOLDER.fullmatch(match.group()):
        return Mark("variable", variable.group(1), line, column)
    if include := INCLUDE.fullmatch(match.group()):
        return Mark("include", include.group(1), line, column)
    return Mark("malformed", (match.group("inside") or "").strip(), line, column)


def parts(template: str) -> tuple[Part, ...]:
    """The template by role; text above the first role line is the system's. Empty parts are left out."""
    pieces = _ROLE.split(template)
    roles: list[Role] = ["system"]
    roles += ["user" if role == "user" else "system" for role in pieces[1::2]]
    found = [Part(role, text.strip()) for role, text in zip(roles, pieces[0::2], strict=True)]
    return tuple(part for part in found if part.text)


def estimated_tokens(characters: int) -> int:
    """An estimate, not a count: four characters a token, as is usual for English text."""
    return -(-characters // 4)
