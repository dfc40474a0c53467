"""An uploaded form is taken apart as it arrives: a few short fields, and one file that never stands whole in memory."""

from __future__ import annotations

from collections.abc import Mapping

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from colonnade.errors import InvalidRequest

FILE = "file"
_LONGEST_FIELD = 1024
_MOST_FIELDS = 16
_LONGEST_NAME = 255


class Form:
    """One `multipart/form-data` body. `fields` are complete when `finish` returns.

    Bytes of the file gather in `pending` until they are taken; `name` is None until its part begins.
    """

    def __init__(self, headers: Mapping[bytes, bytes]) -> None:
        """Raises InvalidRequest: the body is no form."""
        kind, options = parse_options_header(headers.get(b"content-type", b""))
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise InvalidRequest("A file is uploaded as multipart/form-data.", code="invalid_content_type")
        self.fields: dict[str, str] = {}
        self.name: str | None = None
        self.pending = bytearray()
        self._header = self._value = b""
        self._disposition = b""
        self._field: str | None = None
        self._text = bytearray()
        self._ended = False
        try:
            self._parser = MultipartParser(boundary, self._callbacks())  # type: ignore[arg-type] # a plain dict will do
        except FormParserError:
            raise _malformed() from None

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the body; raises InvalidRequest where they are none of a form."""
        try:
            self._parser.write(chunk)
        except (FormParserError, UnicodeDecodeError):
            raise _malformed() from None

    def take(self, size: int) -> bytes:
        """The first `size` bytes that wait, or fewer."""
        taken = bytes(self.pending[:size])
        del self.pending[:size]
        return taken

    def finish(self) -> None:
        """The body is over; raises InvalidRequest where the form is not, or holds no file."""
        if not self._ended:
            raise _malformed()
        if self.name is None:
            raise InvalidRequest(
                f"The field '{FILE}' is missing.", code="missing_required_parameter", param=FILE
            )

    def _callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._part_begins,
            "on_header_field": self._takes_header,
            "on_header_value": self._takes_value,
            "on_header_end": self._header_ends,
            "on_headers_finished": self._headers_end,
            "on_part_data": self._takes_data,
            "on_part_end": self._part_ends,
            "on_end": self._ends,
        }

    def _part_begins(self) -> None:
        self._disposition, self._field = b"", None
        self._text.clear()

    def _takes_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _takes_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_ends(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode()
        if b"filename" not in options:
            if len(self.fields) >= _MOST_FIELDS:
                raise _malformed()
            self._field = name
        elif name != FILE or self.name is not None:
            raise InvalidRequest(
                f"One file is taken, in the field '{FILE}'.", code="invalid_value", param=FILE
            )
        else:
            self.name = _plain(options[b"filename"].decode("utf-8", "replace"))

    def _takes_data(self, data: bytes, start: int, end: int) -> None:
        if self._field is None:
            self.pending += memoryview(data)[start:end]
            return
        self._text += data[start:end]
        if len(self._text) > _LONGEST_FIELD:
            raise InvalidRequest(
                "A field of the form is too long.", code="invalid_value", param=self._field[:80]
            )

    def _part_ends(self) -> None:
        if self._field is not None:
            self.fields[self._field] = self._text.decode()

    def _ends(self) -> None:
        self._ended = True


def _plain(name: str) -> str:
    """The last part of a file's name, without what could steer a terminal or a header."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return (
        "".join(letter for letter in last if letter.isprintable() and letter != '"')[:_LONGEST_NAME] or "file"
    )


def _malformed() -> InvalidRequest:
    return InvalidRequest("The body is no complete multipart form.", code="invalid_multipart")
