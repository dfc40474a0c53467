"""Blocks of text, images and documents become parts of a chat message, their marks beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from colonnade.gateway.field_faults import missing, wrong

Part = dict[str, Any]


def parts(given: list[Any], place: str) -> list[Part]:
    """The parts of a list of blocks.

    Raises:
        InvalidRequest: naming the faulty block below `place`.
    """
    return [part(block, f"{place}.{number}") for number, block in enumerate(given)]


def part(block: Any, place: str) -> Part:
    """One part; a block of Anthropic's own stays as it is."""
    make = _MAKERS.get(type_of(block, place))
    return block if make is None else make(block, place)


def plain(made: list[Part]) -> Any:
    """A single text without marks as a text, which every upstream can read; else the parts."""
    if len(made) == 1 and made[0].keys() == {"type", "text"}:
        return made[0]["text"]
    return made


def type_of(block: Any, place: str) -> str:
    """The type of a block; raises InvalidRequest for what is none."""
    if not isinstance(block, dict):
        wrong(place, "an object")
    if block.get("type") is None:
        missing(f"{place}.type")
    if not isinstance(block["type"], str):
        wrong(f"{place}.type", "a string")
    return str(block["type"])


def beside(block: Mapping[str, Any], *known: str) -> dict[str, Any]:
    """What a block says beyond what the part has a place for."""
    return {name: value for name, value in block.items() if name not in known and value not in (None, [], {})}


def _text(block: dict[str, Any], place: str) -> Part:
    if not isinstance(block.get("text"), str):
        wrong(f"{place}.text", "a string")
    return {"type": "text", "text": block["text"], **beside(block, "type", "text")}


def _image(block: dict[str, Any], place: str) -> Part:
    source = _source(block, place)
    if source.get("type") == "base64":
        url = _inline(source, place)
    elif source.get("type") == "url" and isinstance(source.get("url"), str):
        url = source["url"]
    else:
        return block
    return {"type": "image_url", "image_url": {"url": url}, **beside(block, "type", "source")}


def _document(block: dict[str, Any], place: str) -> Part:
    """A PDF is a file also elsewhere; documents with context, citations or other sources are Anthropic's own."""
    source = _source(block, place)
    rest = beside(block, "type", "source", "title", "cache_control")
    if source.get("type") != "base64" or rest:
        return block
    file = {"filename": block.get("title") or "document.pdf", "file_data": _inline(source, place)}
    return {"type": "file", "file": file, **beside(block, "type", "source", "title")}


def _source(block: dict[str, Any], place: str) -> dict[str, Any]:
    source = block.get("source")
    if not isinstance(source, dict):
        wrong(f"{place}.source", "an object")
    return source


def _inline(source: dict[str, Any], place: str) -> str:
    for name in ("media_type", "data"):
        if not isinstance(source.get(name), str):
            wrong(f"{place}.source.{name}", "a string")
    return f"data:{source['media_type']};base64,{source['data']}"


_MAKERS: Final[Mapping[str, Callable[[dict[str, Any], str], Part]]] = {
    "text": _text,
    "image": _image,
    "document": _document,
}
