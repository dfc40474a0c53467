"""A file from somewhere else is read within limits: too large, cut, or in the wrong form, it is refused with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import msgspec

from colonnade.cost.invoices.bill import Reading
from colonnade.cost.invoices.fields import Unreadable
from colonnade.errors import ColonnadeError

LARGEST_BYTES = 64 << 20
MOST_ROWS = 1_000_000

Row = Mapping[str, str]


class FaultyExport(ColonnadeError):
    """The file is no export of the kind that was named; nothing of it was imported."""

    exit_code = 2


def raw(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        FaultyExport: there is no such file, or it is too large.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise FaultyExport(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > LARGEST_BYTES:
        raise FaultyExport(
            f"{path.name} is larger than {LARGEST_BYTES >> 20} MiB: export fewer days at a time"
        )
    return content


def is_json(content: bytes) -> bool:
    """Whether a file is JSON rather than CSV, by its first character."""
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}


def rows(content: bytes) -> Iterator[tuple[int, Row]]:
    """The lines of a CSV file with their numbers, as mappings of its header; blank lines are left out.

    Raises:
        FaultyExport: no UTF-8, no header, or quotes that do not end.
    """
    reader = csv.reader(io.StringIO(_text(content), newline=""), strict=True)
    header: list[str] | None = None
    try:
        for number, cells in enumerate(reader):
            if number > MOST_ROWS:
                raise FaultyExport(f"more than {MOST_ROWS:,} lines: export fewer days at a time")
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
            else:
                yield reader.line_num, dict(zip(header, cells + [""] * len(header), strict=False))
    except csv.Error as error:
        raise FaultyExport(f"line {reader.line_num}: {error}") from error
    if header is None:
        raise FaultyExport("the file is empty")


def header_of(content: bytes) -> frozenset[str]:
    """The names of the columns; none where the file has no line.

    Raises:
        FaultyExport: no UTF-8.
    """
    line = next((it for it in _text(content).splitlines() if it.strip()), "")
    try:
        return frozenset(cell.strip() for cells in csv.reader([line]) for cell in cells)
    except csv.Error as error:
        raise FaultyExport(f"line 1: {error}") from error


def read_rows(content: bytes, reading: Reading, take: Callable[[Row, Reading], None]) -> None:
    """Hand every line to `take`; one that cannot be read is rejected, and the others go on."""
    for number, row in rows(content):
        try:
            take(row, reading)
        except Unreadable as error:
            reading.reject(f"line {number}", str(error))


class Bucket(Protocol):
    """A stretch of time of a report, with results that are not looked into yet."""

    results: list[msgspec.Raw]


BucketKind = TypeVar("BucketKind", bound=Bucket)
ResultKind = TypeVar("ResultKind", bound=msgspec.Struct)


class Page(msgspec.Struct, Generic[BucketKind]):
    """One page of a report of an administrative API."""

    data: list[BucketKind]
    has_more: bool = False


def read_results(
    content: bytes,
    page: type[Page[BucketKind]],
    result: type[ResultKind],
    take: Callable[[BucketKind, ResultKind, Reading], None],
    reading: Reading,
) -> None:
    """Hand every result of a JSON report to `take`; one that cannot be read is rejected, and the others go on.

    Raises:
        FaultyExport: no JSON of that form, with the place, or a report that goes on.
    """
    found = _pages(content, page)
    if found and found[-1].has_more:
        raise FaultyExport("the report goes on: fetch every page, and put them in one list")
    for page_number, each in enumerate(found):
        for number, bucket in enumerate(each.data):
            for place, raw_result in enumerate(bucket.results):
                try:
                    take(bucket, msgspec.json.decode(raw_result, type=result), reading)
                except (Unreadable, msgspec.MsgspecError) as error:
                    where = f"page {page_number + 1}, $.data[{number}].results[{place}]"
                    reading.reject(where, str(error))


def _pages(content: bytes, page: type[Page[BucketKind]]) -> list[Page[BucketKind]]:
    """One page, or a list of them."""
    listed = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    try:
        if listed[:1] == b"{":
            return [msgspec.json.decode(listed, type=page)]
        raws = msgspec.json.decode(listed, type=list[msgspec.Raw])
        return [msgspec.json.decode(each, type=page) for each in raws]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise FaultyExport(f"not a report of this kind: {error}") from error


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FaultyExport(f"line {line}: not UTF-8") from error
