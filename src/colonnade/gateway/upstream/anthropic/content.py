"""The parts of a message's content, from OpenAI's form to Anthropic's blocks."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any, Final

from colonnade.errors import InvalidRequest
from colonnade.gateway.upstream.carried import unsupported
from colonnade.gateway.upstream.inline import inline

PROVIDER: Final = "Anthropic"

Block = dict[str, Any]


def blocks(content: Any, place: str) -> list[Block]:
    """The blocks of a text or of a list of parts; empty texts, which Anthropic refuses, are left out.

    Raises:
        InvalidRequest: naming the part below `place` that cannot be carried.
    """
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    if content is None:
        return []
    if not isinstance(content, list):
        raise _malformed(place)
    made = [_block(part, f"{place}[{number}]") for number, part in enumerate(content)]
    return [block for block in made if block.get("text") != ""]


def marked(block: Block, carrier: Mapping[str, Any]) -> Block:
    """The block, with the mark of the cache that `carrier` has."""
    mark = carrier.get("cache_control")
    return {**block, "cache_control": mark} if mark else block


def _block(part: Any, place: str) -> Block:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if not isinstance(part, dict):
        raise _malformed(place)
    write = _WRITERS.get(part.get("type", ""))
    if write is None:
        return part  # a block of Anthropic's own, e.g. `document` or `search_result`
    try:
        return marked(write(part, place), part)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _malformed(place) from error


def _text(part: dict[str, Any], _place: str) -> Block:
    return {"type": "text", "text": str(part["text"])}


def _refusal(part: dict[str, Any], _place: str) -> Block:
    return {"type": "text", "text": str(part["refusal"])}


def _image(part: dict[str, Any], place: str) -> Block:
    given = part["image_url"]
    url: str = given if isinstance(given, str) else given["url"]
    if url.startswith("data:"):
        media_type, data = inline(url)
        source = {"type": "base64", "media_type": media_type, "data": data}
    elif url.startswith(("https://", "http://")):
        source = {"type": "url", "url": url}
    else:
        raise _malformed(place)
    return {"type": "image", "source": source}


def _file(part: dict[str, Any], place: str) -> Block:
    file = part["file"]
    if "file_data" not in file:
        raise unsupported(f"{place}.file.file_id", PROVIDER)
    media_type, data = inline(file["file_data"])
    title = {"title": file["filename"]} if file.get("filename") else {}
    if media_type == "application/pdf":
        return {
            "type": "document",
            "source": {"type": "base64", "media_type": media_type, "data": data},
            **title,
        }
    if media_type.startswith("text/"):
        text = base64.b64decode(data).decode()
        return {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": text},
            **title,
        }
    raise unsupported(f"{place}.file.file_data", PROVIDER)


def _audio(_part: dict[str, Any], place: str) -> Block:
    raise unsupported(f"{place}.input_audio", PROVIDER)


_WRITERS: Final[Mapping[str, Callable[[dict[str, Any], str], Block]]] = {
    "text": _text,
    "refusal": _refusal,
    "image_url": _image,
    "file": _file,
    "input_audio": _audio,
}


def _malformed(place: str) -> InvalidRequest:
    return InvalidRequest(f"`{place}` is no part of a message.", code="invalid_value", param=place)
