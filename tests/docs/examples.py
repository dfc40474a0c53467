"""Every fenced example of the documentation is found here, with the mark that says what is done with it.

The line above a fence of a language of `MARKED` is one of

    <!-- run -->                executed or validated by `make test`
    <!-- run: slow -->          the same, by `make test-all`
    <!-- not run: REASON -->    with a reason that a reader accepts
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MARKED = frozenset({"bash", "console", "sh", "shell", "python", "yaml"})
_FENCE = re.compile(r"^\s*(`{3,}|~{3,})\s*(\w*)")
_MARK = re.compile(r"^\s*<!-- (run|run: slow|not run: .*\S) -->\s*$")


@dataclass(frozen=True, slots=True)
class Example:
    """One fenced block; `mark` is empty where none stands above it."""

    page: str
    line: int
    language: str
    mark: str
    code: str

    @property
    def place(self) -> str:
        """`page:line` of the fence."""
        return f"{self.page}:{self.line}"

    @property
    def runs(self) -> bool:
        """Whether it is executed at all."""
        return self.mark.startswith("run")


def pages() -> list[Path]:
    """README and every page of the site."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def examples_in(text: str, page: str) -> Iterator[Example]:
    """The blocks of one page whose language has to be marked."""
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        opening = _FENCE.match(lines[number])
        if not opening:
            number += 1
            continue
        end = _end_of_block(lines, number, opening[1])
        if opening[2] in MARKED:
            mark = _MARK.match(lines[number - 1]) if number else None
            code = "\n".join(lines[number + 1 : end]) + "\n"
            yield Example(page, number + 1, opening[2], mark[1] if mark else "", code)
        number = end + 1


def all_examples() -> list[Example]:
    """The examples of all pages."""
    return [
        example
        for path in pages()
        for example in examples_in(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())
    ]


def _end_of_block(lines: list[str], start: int, fence: str) -> int:
    closing = (n for n in range(start + 1, len(lines)) if lines[n].strip() == fence)
    return next(closing, len(lines))
