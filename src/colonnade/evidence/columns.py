"""The columns that repeat a body's fields for queries are computed here, when written and when verified."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from colonnade.evidence.change import Change
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord

decode_request = msgspec.json.Decoder(RequestRecord).decode
decode_record = msgspec.json.Decoder(Record).decode
decode_change = msgspec.json.Decoder(Change).decode


def request_columns(record: RequestRecord) -> dict[str, Any]:
    """What the table `request` repeats."""
    return {
        "id": record.id,
        "opened_at": record.opened_at,
        "closed_at": record.closed_at,
        "route": record.route,
    }


def record_columns(record: Record) -> dict[str, Any]:
    """What the table `record` repeats."""
    names = ("topic", "kind", "environment", "window_end", "collected_at")
    return {name: getattr(record, name) for name in names}


def change_columns(change: Change) -> dict[str, Any]:
    """What the table `change` repeats."""
    return {"kind": change.kind, "name": change.name, "at": change.at}


REPEATED: dict[str, Callable[[bytes], dict[str, Any]]] = {
    "request": lambda body: request_columns(decode_request(body)),
    "record": lambda body: record_columns(decode_record(body)),
    "change": lambda body: change_columns(decode_change(body)),
}
"""Kind of entry -> the columns that its body calls for."""
