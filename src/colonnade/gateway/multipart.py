"""Forms with files are read within bounds and written again; the content of a file stays bytes and is never copied."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from colonnade.errors import InvalidRequest

MEDIA_TYPE = b"multipart/form-data"
_USUAL: Final = b"application/json"
MOST_PARTS = 64
LARGEST_TEXT = 1 << 20
"""Of one text field, bytes."""
_LARGEST_HEADER = 4 << 10
_MOST_HEADERS = 8
_LONGEST_NAME = 80

# The parser logs what it refuses, byte by byte; the caller is told instead.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file of a form; `content` is a window on the request's body."""

    name: str
    filename: str
    content_type: str
    content: memoryview

    def described(self) -> dict[str, Any]:
        """What tells this file from others, without its content."""
        digest = hashlib.sha256(self.content).hexdigest()
        return {"filename": self.filename, "bytes": len(self.content), "sha256": digest}


@dataclass(frozen=True, slots=True)
class Form:
    """A form: text fields by name, a list where a name stands twice or ends in `[]`; and its files in order."""

    fields: Mapping[str, str | list[str]]
    files: tuple[FilePart, ...]

    def request(self) -> dict[str, Any]:
        """The form as a request: files are described, so that two forms are equal only if their files are.

        Raises:
            InvalidRequest: a name is used for a text and for a file.
        """
        described: dict[str, Any] = {}
        for file in self.files:
            if file.name in self.fields:
                raise _faulty(f"The field '{file.name}' is sent as text and as a file.", file.name)
            described.setdefault(file.name, []).append(file.described())
        return {**self.fields, **described}


def is_form(content_type: bytes) -> bool:
    """Whether the body is a form with files."""
    return content_type != _USUAL and content_type[: len(MEDIA_TYPE)].lower() == MEDIA_TYPE


def read_form(body: bytes, content_type: bytes) -> Form:
    """The form in `body`.

    Raises:
        InvalidRequest: `invalid_multipart`: no boundary, broken off, too many parts, or a text that is too large.
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not boundary:
        raise _faulty("The content type of the form names no boundary.")
    taking = _Taking(memoryview(body))
    try:
        parser = MultipartParser(
            boundary, taking.callbacks(), max_header_count=_MOST_HEADERS, max_header_size=_LARGEST_HEADER
        )
        parser.write(body)
    except FormParserError:
        raise _faulty("The form is not well-formed.") from None
    if not taking.ended:
        raise _faulty("The form breaks off before its last boundary.")
    return _form(taking.parts)


def written_form(fields: Mapping[str, Any], files: Iterable[FilePart]) -> tuple[bytes, str]:
    """The body and the content type of a form; a list becomes one part an item."""
    boundary = f"colonnade-{os.urandom(16).hex()}"
    pieces: list[bytes | memoryview] = []
    for name, text in _texts(fields):
        pieces += (_head(boundary, f'name="{_quoted(name)}"'), text.encode())
    for file in files:
        named = f'name="{_quoted(file.name)}"; filename="{_quoted(file.filename)}"'
        pieces += (_head(boundary, named, file.content_type), file.content)
    pieces.append(f"\r\n--{boundary}--\r\n".encode())
    pieces[0] = pieces[0][2:]  # nothing stands before the first boundary
    return b"".join(pieces), f"{MEDIA_TYPE.decode()}; boundary={boundary}"


@dataclass(slots=True)
class _Part:
    """A part as it arrives: header lines, and where its data stands in the body."""

    headers: dict[str, bytes] = field(default_factory=dict)
    pieces: list[memoryview] = field(default_factory=list)

    def content(self) -> memoryview:
        return self.pieces[0] if len(self.pieces) == 1 else memoryview(b"".join(self.pieces))


class _Taking:
    """Collects what the parser finds."""

    def __init__(self, body: memoryview) -> None:
        self.parts: list[_Part] = []
        self.ended = False
        self._body = body
        self._name = ""

    def callbacks(self) -> Any:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_part_data": self._data,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.parts) == MOST_PARTS:
            raise _faulty(f"The form has more than {MOST_PARTS} parts.")
        self.parts.append(_Part())

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name = data[start:end].decode("latin-1").lower()

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].headers[self._name] = data[start:end]

    def _data(self, data: bytes, start: int, end: int) -> None:
        window = self._body if data is self._body.obj else memoryview(data)
        self.parts[-1].pieces.append(window[start:end])

    def _end(self) -> None:
        self.ended = True


def _form(parts: list[_Part]) -> Form:
    fields: dict[str, str | list[str]] = {}
    files: list[FilePart] = []
    for part in parts:
        disposition, options = parse_options_header(part.headers.get("content-disposition"))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if disposition != b"form-data" or not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
            raise _faulty("A part of the form has no name, or none that a field can have.")
        if b"filename" in options:
            files.append(_file(name, options[b"filename"], part))
        else:
            _add(fields, name, _text(name, part.content()))
    return Form(fields, tuple(files))


def _file(name: str, filename: bytes, part: _Part) -> FilePart:
    kind = part.headers.get("content-type", b"").decode("latin-1")
    known = kind if kind.isascii() and kind.isprintable() and "/" in kind else "application/octet-stream"
    return FilePart(name, filename.decode("utf-8", "replace"), known, part.content())


def _text(name: str, content: memoryview) -> str:
    if len(content) > LARGEST_TEXT:
        raise _faulty(f"The field '{name}' is larger than {LARGEST_TEXT} bytes.", name)
    try:
        return str(content, "utf-8")
    except UnicodeDecodeError:
        raise _faulty(f"The field '{name}' is not written in UTF-8.", name) from None


def _add(fields: dict[str, str | list[str]], name: str, text: str) -> None:
    known = fields.get(name)
    if known is None:
        fields[name] = [text] if name.endswith("[]") else text
    else:
        fields[name] = [*known, text] if isinstance(known, list) else [known, text]


def _texts(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        for text in value if isinstance(value, list) else (value,):
            yield name, str(text)


def _head(boundary: str, named: str, content_type: str = "") -> bytes:
    kind = f"\r\ncontent-type: {content_type}" if content_type else ""
    return f"\r\n--{boundary}\r\ncontent-disposition: form-data; {named}{kind}\r\n\r\n".encode()


def _quoted(name: str) -> str:
    """As browsers write names: what would end the name or the line is percent-encoded."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A").replace("\\", "\\\\")


def _faulty(sentence: str, param: str | None = None) -> InvalidRequest:
    return InvalidRequest(sentence, code="invalid_multipart", param=param)
