"""Each entry's body has the digest that the ledger states, its columns repeat it, and its content is its own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, select

from colonnade.evidence.breaks import Findings
from colonnade.evidence.chain import Entry
from colonnade.evidence.columns import REPEATED, decode_change, decode_request
from colonnade.evidence.content import Part, Seal, SealBroken, text_digest
from colonnade.evidence.request import RequestRecord
from colonnade.evidence.rows import as_bytes
from colonnade.store import schema


class Horizon(NamedTuple):
    """What retention may have taken: everything that ended before these times."""

    requests: float = 0.0
    prompt: float = 0.0
    answer: float = 0.0


def horizon(connection: Connection) -> Horizon:
    """The furthest retention that the ledger itself records."""
    table, ledger = schema.change, schema.ledger
    query = select(as_bytes(table.c.body), as_bytes(ledger.c.digest)).join(ledger, ledger.c.ref == table.c.id)
    furthest = Horizon()
    for body, digest in connection.execute(query.where(table.c.kind == "retention")):
        if hashlib.sha256(body).digest() == digest:
            found = _stated(body)
            furthest = Horizon(*(max(pair) for pair in zip(furthest, found, strict=True)))
    return furthest


def _stated(body: bytes) -> Horizon:
    change = decode_change(body)
    names = ("requests_before", "prompts_before", "answers_before")
    return Horizon(*(min(float(change.details.get(name, "0")), change.at) for name in names))


@dataclass(frozen=True, slots=True)
class BodyCheck:
    """Compares one entry with what it names."""

    findings: Findings
    seal: Seal
    horizon: Horizon

    def take(self, entry: Entry, row: dict[str, Any] | None) -> None:
        """Note every difference between an entry and its body's row."""
        if row is None:
            if entry.kind != "request" or entry.at >= self.horizon.requests:
                self.findings.add(entry.seq, entry.ref, "missing", f"the {entry.kind} itself is gone")
            return
        if row["seq"] != entry.seq:
            detail = f"it says that it belongs at place {row['seq']}"
            self.findings.add(entry.seq, entry.ref, "reordered", detail)
        if hashlib.sha256(row["body"]).digest() != entry.digest:
            self.findings.add(entry.seq, entry.ref, "altered", "its body is not the one that was recorded")
            return
        self._columns(entry, row)
        if entry.kind == "request":
            self._content(entry, row, decode_request(row["body"]))

    def _columns(self, entry: Entry, row: dict[str, Any]) -> None:
        try:
            expected = REPEATED[entry.kind](row["body"])
        except msgspec.MsgspecError:
            self.findings.add(entry.seq, entry.ref, "altered", "its body cannot be read")
            return
        for name, value in expected.items():
            if row[name] != value:
                self.findings.add(
                    entry.seq, entry.ref, "altered", f"the column `{name}` differs from its body"
                )

    def _content(self, entry: Entry, row: dict[str, Any], record: RequestRecord) -> None:
        if row["request_id"] is None:
            past = entry.at < min(self.horizon.prompt, self.horizon.answer)
            if record.content_stored and not past:
                self.findings.add(entry.seq, entry.ref, "content missing", "prompt and answer are gone")
            return
        if not record.content_stored:
            self.findings.add(entry.seq, entry.ref, "content altered", "none was stored with the request")
            return
        if row["stored_at"] != entry.at:
            self.findings.add(entry.seq, entry.ref, "content altered", "the column `stored_at` differs")
        self._part(entry, "prompt", row["prompt"], record.prompt_digest)
        self._part(entry, "answer", row["answer"], record.answer_digest)

    def _part(self, entry: Entry, part: Part, sealed: bytes | None, digest: str) -> None:
        if sealed is None:
            if entry.at >= getattr(self.horizon, part):
                self.findings.add(entry.seq, entry.ref, "content missing", f"the {part} is gone")
            return
        try:
            same = text_digest(self.seal.open(entry.ref, part, sealed)) == digest
        except SealBroken:
            same = False
        if not same:
            self.findings.add(entry.seq, entry.ref, "content altered", f"the {part} is not the one recorded")
