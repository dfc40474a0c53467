"""One file of `prompts/` is read: front matter, template, and the places of both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from colonnade.errors import Fault
from colonnade.workload.document import Document, compose
from colonnade.workload.prompts.header import Header
from colonnade.workload.reading import read_text
from colonnade.workload.salvage import salvage
from colonnade.workload.wording import faults_of

LARGEST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class PromptFile:
    """A prompt as it stands in its file, before includes are resolved.

    `first_line` is the line of the file on which `template` begins; `faults` are those of the front matter.
    """

    path: Path
    file: str
    front: str
    template: str
    first_line: int
    header: Header
    document: Document
    faults: tuple[Fault, ...]

    @property
    def name(self) -> str:
        """The name that routes use."""
        return self.header.name or self.path.stem

    def fault(self, line: int, column: int, problem: str, value: str = "", remedy: str = "") -> Fault:
        """A fault at a place of the template."""
        return Fault(self.file, self.first_line + line - 1, column, self.name, problem, value, remedy)


def read_prompt_file(path: Path, file: str) -> PromptFile | Fault:
    """The prompt in `path`, or why there is none; `file` is its name in faults."""
    text = read_text(path, file, LARGEST_BYTES)
    if isinstance(text, Fault):
        return text
    text = text.replace("\r\n", "\n")
    if not text.startswith("---\n"):
        remedy = "begin with `---`, then purpose, owner, token_budget and variables, then `---`"
        return Fault(file, 1, 1, "", "has no front matter", "", remedy)
    end = text.find("\n---\n", 3)
    if end < 0:
        return Fault(file, 1, 1, "", "has a front matter without an end", "", "close it with a line `---`")
    front, template = text[4 : end + 1], text[end + 5 :]
    document = compose(front, file, first_line=2)
    header, faults = _header(document)
    first_line = text.count("\n", 0, end + 5) + 1
    faults += _unnamed(path, document)
    return PromptFile(path, file, front, template, first_line, header, document, tuple(faults))


def _unnamed(path: Path, document: Document) -> list[Fault]:
    """A prompt that takes its name from its file needs a file with a name that routes can write."""
    if ("name",) in document.values or re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", path.stem):
        return []
    remedy = "rename the file, or add `name`: lower-case letters, digits, `-` and `_`"
    return [document.fault(("name",), "is missing, and the file's name is no usable name", "", remedy)]


def _header(document: Document) -> tuple[Header, list[Fault]]:
    if not document.judged(()):
        return salvage(Header, {}), document.faults
    try:
        return Header.model_validate(document.value), document.faults
    except ValidationError as error:
        return salvage(Header, document.value), document.faults + faults_of(error, document, Header)
