"""JSON documents are written in one way: indented, in the order in which they were built, ending with a line feed."""

from __future__ import annotations

from typing import Any

import msgspec


def json_document(value: Any) -> bytes:
    """The bytes of a document; None stands for fields that are left out."""
    return msgspec.json.format(msgspec.json.encode(present(value)), indent=2) + b"\n"


def present(value: Any) -> Any:
    """The same plain data without the entries of objects that are None."""
    if isinstance(value, dict):
        return {name: present(entry) for name, entry in value.items() if entry is not None}
    if isinstance(value, list | tuple):
        return [present(entry) for entry in value]
    return value
