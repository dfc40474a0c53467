"""The parts of a message's content, from OpenAI's form to the blocks of Converse."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from colonnade.errors import InvalidRequest
from colonnade.gateway.upstream.carried import unsupported
from colonnade.gateway.upstream.inline import inline

PROVIDER: Final = "Bedrock"

Block = dict[str, Any]

_PICTURES: Final[Mapping[str, str]] = {
    "image/png": "png", "image/jpeg": "jpeg", "image/jpg": "jpeg", "image/gif": "gif", "image/webp": "webp",
}  # fmt: skip
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_DOCUMENTS: Final[Mapping[str, str]] = {
    "application/msword": "doc", "application/pdf": "pdf", "application/vnd.ms-excel": "xls", "text/csv": "csv",
    "text/html": "html", "text/markdown": "md", "text/plain": "txt",
    f"{_OFFICE}spreadsheetml.sheet": "xlsx", f"{_OFFICE}wordprocessingml.document": "docx",
}  # fmt: skip
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9()\[\]-]+")


def blocks(content: Any, place: str) -> list[Block]:
    """The blocks of a text or of a list of parts; a mark of the cache becomes a cache point after its part.

    Raises:
        InvalidRequest: naming the part below `place` that cannot be carried.
    """
    if isinstance(content, str):
        return [{"text": content}] if content else []
    if content is None:
        return []
    if not isinstance(content, list):
        raise malformed(place)
    made: list[Block] = []
    for number, part in enumerate(content):
        block = _block(part, f"{place}[{number}]")
        if block.get("text") != "":
            made += [block, *cache_point(part)]
    return made


def cache_point(carrier: Any) -> list[Block]:
    """The cache point for the mark that `carrier` has; nothing where it has none."""
    mark = carrier.get("cache_control") if isinstance(carrier, dict) else None
    if not mark:
        return []
    kept = {"ttl": mark["ttl"]} if mark.get("ttl") else {}
    return [{"cachePoint": {"type": "default", **kept}}]


def malformed(place: str) -> InvalidRequest:
    """The error for what is no part of a message."""
    return InvalidRequest(f"`{place}` is no part of a message.", code="invalid_value", param=place)


def _block(part: Any, place: str) -> Block:
    if isinstance(part, str):
        return {"text": part}
    if not isinstance(part, dict):
        raise malformed(place)
    if "type" not in part:
        return part  # a block of Converse's own, e.g. `guardContent`
    write = _WRITERS.get(part["type"])
    if write is None:
        raise unsupported(f"{place}.type", PROVIDER)
    try:
        return write(part, place)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise malformed(place) from error


def _text(part: Mapping[str, Any], _place: str) -> Block:
    return {"text": str(part["text"])}


def _refusal(part: Mapping[str, Any], _place: str) -> Block:
    return {"text": str(part["refusal"])}


def _image(part: Mapping[str, Any], place: str) -> Block:
    """Converse takes the bytes of a picture, never the place where it may be read."""
    image = part["image_url"]
    url: str = image if isinstance(image, str) else image["url"]
    if not url.startswith("data:"):
        raise unsupported(f"{place}.image_url.url", PROVIDER)
    media_type, data = inline(url)
    if media_type not in _PICTURES:
        raise unsupported(f"{place}.image_url.url", PROVIDER)
    return {"image": {"format": _PICTURES[media_type], "source": {"bytes": data}}}


def _file(part: Mapping[str, Any], place: str) -> Block:
    file = part["file"]
    if "file_data" not in file:
        raise unsupported(f"{place}.file.file_id", PROVIDER)
    media_type, data = inline(file["file_data"])
    if media_type not in _DOCUMENTS:
        raise unsupported(f"{place}.file.file_data", PROVIDER)
    name = _NOT_IN_NAMES.sub("-", file.get("filename") or "").strip("-")[:200]
    return {
        "document": {
            "format": _DOCUMENTS[media_type],
            "name": name or f"document-{binascii.crc32(data.encode()):08x}",
            "source": {"bytes": data},
        }
    }


def _audio(part: Mapping[str, Any], _place: str) -> Block:
    audio = part["input_audio"]
    return {"audio": {"format": audio["format"], "source": {"bytes": audio["data"]}}}


_WRITERS: Final[Mapping[str, Callable[[Mapping[str, Any], str], Block]]] = {
    "text": _text,
    "refusal": _refusal,
    "image_url": _image,
    "file": _file,
    "input_audio": _audio,
}
