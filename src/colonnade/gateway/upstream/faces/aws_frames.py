"""Events in the framing of AWS: lengths, headers, payload, and a checksum over each half."""

from __future__ import annotations

import struct
from binascii import crc32
from typing import Any

import msgspec

_STRING = b"\x07"


def frame(kind: str, document: Any, *, message: str = "event") -> bytes:
    """One frame; `message` is `event` or `exception`."""
    headers = {f":{message}-type": kind, ":content-type": "application/json", ":message-type": message}
    head = b"".join(_header(name, value) for name, value in headers.items())
    payload = msgspec.json.encode(document)
    prelude = struct.pack("!II", 16 + len(head) + len(payload), len(head))
    told = prelude + struct.pack("!I", crc32(prelude)) + head + payload
    return told + struct.pack("!I", crc32(told))


def _header(name: str, value: str) -> bytes:
    return b"".join(
        (bytes([len(name)]), name.encode(), _STRING, struct.pack("!H", len(value)), value.encode())
    )
