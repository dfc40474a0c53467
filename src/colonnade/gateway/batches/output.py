"""The output and error files of a batch are written line by line, in OpenAI's shape and in the order of the input."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from colonnade.gateway.batches.batch import REASONS, Batch
from colonnade.gateway.batches.rows import DoneRow
from colonnade.gateway.files.store import PART_BYTES, FileStore

_encode = msgspec.json.encode


class _Error(msgspec.Struct):
    code: str
    message: str


class _OutputLine(msgspec.Struct):
    id: str
    custom_id: str
    response: msgspec.Raw | None
    error: _Error | None


def output_line(batch: Batch, row: DoneRow) -> bytes:
    """One line: the response as it was stored, or why there is none."""
    error = _Error(row.error, REASONS.get(row.error, "")) if row.error else None
    response = None if row.response is None else msgspec.Raw(row.response)
    name = f"batch_req_{batch.id.removeprefix('batch_')}_{row.line}"
    return _encode(_OutputLine(name, row.custom_id, response, error)) + b"\n"


def response_body(status: int, request_id: str, body: bytes) -> bytes:
    """The `response` of a line; `body` is JSON."""
    return _encode({"status_code": status, "request_id": request_id, "body": msgspec.Raw(body)})


@dataclass(slots=True)
class OutputFile:
    """A file that grows line by line; its draft begins with the first line, so that an empty one is never there."""

    files: FileStore
    batch: Batch
    draft: str | None = None
    _pending: bytearray = field(default_factory=bytearray)
    _number: int = 0

    def add(self, line: bytes) -> None:
        """Write one line."""
        if self.draft is None:
            self.draft = self.files.begin(self.batch.tenant, self.batch.key_id)
        self._pending += line
        while len(self._pending) >= PART_BYTES:
            self._flush(PART_BYTES)

    def end(self) -> None:
        """Write what waits."""
        if self._pending:
            self._flush(len(self._pending))

    def discard(self) -> None:
        """The file is not wanted."""
        if self.draft is not None:
            self.files.discard(self.draft)

    def _flush(self, size: int) -> None:
        assert self.draft is not None, "lines make a draft"
        # Not bounded: what a batch has paid for is never thrown away for want of room.
        self.files.append(self.draft, self._number, bytes(self._pending[:size]), bounded=False)
        del self._pending[:size]
        self._number += 1
