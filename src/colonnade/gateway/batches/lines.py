"""The lines of a file are read across its parts, and no line longer than a request is ever gathered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from colonnade.gateway.body import LARGEST_BODY

LONGEST_LINE = LARGEST_BODY


class LineTooLong(Exception):
    """A line has no end within the bound; `line` counts from 1."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(f"line {line} is too long")


def lines(parts: Iterable[bytes], longest: int = LONGEST_LINE) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of every line that is not blank, without its end.

    Raises:
        LineTooLong: a line has more than `longest` bytes.
    """
    number, rest = 0, b""
    for part in parts:
        *whole, rest = (rest + part).split(b"\n")
        for line in whole:
            number += 1
            yield from _told(number, line, longest)
        if len(rest) > longest:
            raise LineTooLong(number + 1)
    yield from _told(number + 1, rest, longest)


def _told(number: int, line: bytes, longest: int) -> Iterator[tuple[int, bytes]]:
    if len(line) > longest:
        raise LineTooLong(number)
    if line.strip():
        yield number, line
