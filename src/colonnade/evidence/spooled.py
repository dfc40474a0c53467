"""A frame of the spool says that a request was opened, or that it was closed and with what content."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import msgspec

from colonnade.evidence.columns import decode_request
from colonnade.evidence.content import Seal, text_digest
from colonnade.evidence.ledger import ClosedRequest
from colonnade.evidence.redaction import Kind, Redactor
from colonnade.evidence.request import RequestRecord

_OPENED, _CLOSED = b"O", b"P"
_LENGTHS = struct.Struct(">BII")
Keep = Literal["redacted", "digest"]
_encode = msgspec.json.Encoder().encode


class _Named(msgspec.Struct):
    id: str


_decode_id = msgspec.json.Decoder(_Named).decode


class Opened(NamedTuple):
    """A request was opened; `body` is the record as far as it was known, read only if it is all there will be."""

    id: str
    body: bytes


class Closed(NamedTuple):
    """A request was closed; prompt and answer are as they were, not yet redacted.

    `policy` says what is to be kept of them, as `ContentPolicy.code`; empty leaves it to the reader.
    """

    record: RequestRecord
    prompt: bytes
    answer: bytes
    policy: bytes = b""


def opened_payload(record: RequestRecord) -> bytes:
    """The payload that says `Opened`."""
    return _OPENED + _encode(record)


def closed_payload(record: RequestRecord, prompt: bytes, answer: bytes, policy: bytes = b"") -> bytes:
    """The payload that says `Closed`."""
    body = _encode(record)
    lengths = _LENGTHS.pack(len(policy), len(body), len(prompt))
    return b"".join((_CLOSED, lengths, policy, body, prompt, answer))


def read_payload(payload: bytes) -> Opened | Closed:
    """What a payload says; raises ValueError (or its child msgspec.DecodeError) if it says nothing known."""
    if payload[:1] == _OPENED:
        return Opened(_decode_id(payload[1:]).id, payload[1:])
    if payload[:1] != _CLOSED or len(payload) < 1 + _LENGTHS.size:
        raise ValueError("unknown payload")
    policy_length, body_length, prompt_length = _LENGTHS.unpack_from(payload, 1)
    policy_end = 1 + _LENGTHS.size + policy_length
    body_end = policy_end + body_length
    prompt_end = body_end + prompt_length
    policy = payload[1 + _LENGTHS.size : policy_end]
    record = decode_request(payload[policy_end:body_end])
    return Closed(record, payload[body_end:prompt_end], payload[prompt_end:], policy)


def interrupted(body: bytes) -> ClosedRequest:
    """The record of a request that was opened, as `body` says, and never closed."""
    record = decode_request(body)
    return ClosedRequest(msgspec.structs.replace(record, outcome="interrupted", content_stored=False))


@dataclass(frozen=True, slots=True)
class ContentPolicy:
    """What is kept of prompts and answers: redacted text and its digest, or the digest of the redacted text alone.

    `redact` runs on the journal's thread; text whose redaction fails is dropped, and the record says so by an
    empty digest.
    """

    redact: Callable[[str], str]
    keep: Keep
    seal: Seal

    @property
    def code(self) -> bytes:
        """What stands for it in a frame; empty where `redact` is no Redactor, which no other process can make."""
        if not isinstance(self.redact, Redactor):
            return b""
        return ",".join((self.keep, *self.redact.kinds)).encode()

    @classmethod
    def decoded(cls, code: bytes, seal: Seal) -> ContentPolicy:
        """The policy for which `code` stands; raises msgspec.ValidationError for what stands for none."""
        keep, *kinds = code.decode("ascii", "replace").split(",")
        return cls(Redactor(msgspec.convert(kinds, list[Kind])), msgspec.convert(keep, Keep), seal)

    def apply(self, closed: Closed) -> ClosedRequest:
        """The record with its digests, and the sealed content if it is kept."""
        prompt, answer = self._redacted(closed.prompt), self._redacted(closed.answer)
        stored = self.keep == "redacted" and prompt is not None and answer is not None
        record = msgspec.structs.replace(
            closed.record,
            prompt_digest="" if prompt is None else text_digest(prompt),
            answer_digest="" if answer is None else text_digest(answer),
            content_stored=stored,
        )
        if not stored:
            return ClosedRequest(record)
        return ClosedRequest(record, *self.seal.close(record.id, prompt or "", answer or ""))

    def _redacted(self, raw: bytes) -> str | None:
        try:
            return self.redact(raw.decode("utf-8", "replace"))
        except Exception:  # noqa: BLE001 - the caller's code: raw text must not be kept, nor the journal stop
            return None
