"""The simulator's pictures are real PNG files of one colour each."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any, Final

from colonnade.gateway.estimate import tokens_in
from colonnade.gateway.field_faults import MOST_PICTURES
from colonnade.gateway.upstream.faces.asked import Asked
from colonnade.gateway.upstream.renditions.telling import told, told_in_events, usage
from colonnade.gateway.upstream.script import Script

_SIDE: Final = 16
_TOKENS_OF_A_PICTURE: Final = 64


def drawn(asked: Asked) -> Script:
    """Answers images: as many as wanted, as base64 or as a data URL; streamed, first the half of it."""
    request = asked.request
    count = int(request.get("n") or 1)
    if count > MOST_PICTURES:
        raise ValueError("more pictures than any provider draws")
    sent = sum(len(files) for name, files in request.items() if name.startswith("image") and files)
    given = tokens_in(request.get("prompt")) + sent * _TOKENS_OF_A_PICTURE
    counted = usage(
        given,
        count * _TOKENS_OF_A_PICTURE,
        input_tokens_details={
            "text_tokens": tokens_in(request.get("prompt")),
            "image_tokens": sent * _TOKENS_OF_A_PICTURE,
        },
    )
    pictures = [_png(asked.seed, place) for place in range(count)]
    if request.get("stream") in (True, "true"):
        return told_in_events(asked, _events(asked, pictures[0], counted))
    data = [_named(picture, str(request.get("response_format"))) for picture in pictures]
    return told(asked, {"created": 1_700_000_000, "data": data, "usage": counted})


def _named(picture: bytes, form: str) -> dict[str, Any]:
    packed = base64.b64encode(picture).decode()
    return {"url": f"data:image/png;base64,{packed}"} if form == "url" else {"b64_json": packed}


def _events(asked: Asked, picture: bytes, counted: dict[str, Any]) -> list[dict[str, Any]]:
    kind = "image_generation" if asked.path.endswith("generations") else "image_edit"
    frame = {
        "b64_json": base64.b64encode(picture).decode(),
        "created_at": 1_700_000_000,
        "output_format": "png",
    }
    return [
        {"type": f"{kind}.partial_image", "partial_image_index": 0, **frame},
        {"type": f"{kind}.completed", **frame, "usage": counted},
    ]


def _png(seed: bytes, place: int) -> bytes:
    """A square of the colour that the seed says (PNG, second edition, sections 5 and 11.2)."""
    colour = bytes((part + 61 * place) % 256 for part in seed[:3])
    rows = (b"\0" + colour * _SIDE) * _SIDE
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in parts)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
