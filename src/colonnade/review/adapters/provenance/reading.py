"""Envelopes are kept as they are: whether a signature counts is decided at the review, by the keys that count then."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from colonnade.evidence.collection import Scope
from colonnade.evidence.envelope import Envelope
from colonnade.evidence.imported.statements import KeptStatement, KeptStatements
from colonnade.evidence.record import Record
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.bounded import json_value
from colonnade.review.adapters.material import Material, Unreadable, plain
from colonnade.review.adapters.taking import json_of

LARGEST_PAYLOAD = 512 * 1024
MOST_STATEMENTS = 500
MOST_SIGNATURES = 20
_BASE64 = re.compile(r"[A-Za-z0-9+/_=-]*")
IN_TOTO = "application/vnd.in-toto+json"


def read(materials: Sequence[Material], scope: Scope) -> Reading:
    """Envelopes, Sigstore bundles with an envelope, and files with one of them a line."""
    reading = Reading()
    kept = {each.digest: each for material in materials for each in _statements(material, reading)}
    if kept:
        view = KeptStatements(statements=list(kept.values())[:MOST_STATEMENTS])
        reading.records.append(
            scope.record(
                view, kind="registry", source="signed", collector=PROVENANCE.collector, n=len(view.statements)
            )
        )
    return reading


def join(record: Record, earlier: Record) -> Record:
    """What was imported before is kept; the newest `MOST_STATEMENTS` remain."""
    new, old = (msgspec.convert(each.facts, KeptStatements) for each in (record, earlier))
    kept = {it.digest: it for it in (*old.statements, *new.statements)}
    view = KeptStatements(statements=list(kept.values())[-MOST_STATEMENTS:])
    return msgspec.structs.replace(record, facts=msgspec.to_builtins(view), n=len(view.statements))


def _statements(material: Material, reading: Reading) -> Iterator[KeptStatement]:
    if material.name.endswith(".jsonl"):
        values = list(_lines(material, reading))
    else:
        values = [(material.name, json_of(material, reading))]
    for where, value in values:
        if value is not None and (envelope := _envelope(value, where, reading)) is not None:
            digest = Material(where, envelope.encode(), material.path).digest
            yield KeptStatement(file=where, digest=digest, envelope=envelope)


def _lines(material: Material, reading: Reading) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(material.data.splitlines(), start=1):
        if line.strip():
            try:
                yield f"{material.name}:{number}", json_value(line)
            except Unreadable as problem:
                reading.reject(f"{material.name}:{number}", str(problem))


def _envelope(value: Any, where: str, reading: Reading) -> Envelope | None:
    """The envelope, or None with a reject."""
    inner = value.get("dsseEnvelope", value) if isinstance(value, dict) else value
    if isinstance(inner, dict) and "_type" in inner:
        reading.reject(where, "is a statement that nobody signed")
        return None
    try:
        envelope = msgspec.convert(_named(inner), Envelope)
    except msgspec.ValidationError as problem:
        reading.reject(where, plain(f"is no DSSE envelope: {problem}"))
        return None
    if envelope.payload_type != IN_TOTO:
        reading.reject(where, f"carries {plain(envelope.payload_type, 80)}, and {IN_TOTO} is read")
        return None
    encoded = (envelope.payload, *(each.sig for each in envelope.signatures))
    if not all(_BASE64.fullmatch(each) for each in encoded):
        reading.reject(where, "holds a payload or a signature that is not base64")
        return None
    if len(envelope.payload) > LARGEST_PAYLOAD or len(envelope.signatures) > MOST_SIGNATURES:
        reading.reject(where, "is larger than any statement that is read")
        return None
    return envelope


def _named(envelope: Any) -> Any:
    """The protocol lets signatures go without the name of a key."""
    if not isinstance(envelope, dict) or not isinstance(envelope.get("signatures"), list):
        return envelope
    signatures = [
        {"keyid": "", **each} if isinstance(each, dict) else each for each in envelope["signatures"]
    ]
    return {**envelope, "signatures": signatures}


PROVENANCE = Adapter(
    "provenance",
    1,
    "signed statements: in-toto and SLSA provenance in DSSE envelopes",
    ("*.intoto.json", "*.intoto.jsonl", "*.dsse.json", "*.dsse", "*.sigstore.json"),
    read,
    join=join,
)
