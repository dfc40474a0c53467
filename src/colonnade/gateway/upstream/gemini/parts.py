"""The parts of a message's content, from OpenAI's form to Gemini's."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Mapping
from typing import Any, Final

from colonnade.errors import InvalidRequest
from colonnade.gateway.upstream.carried import unsupported
from colonnade.gateway.upstream.inline import inline

PROVIDER: Final = "Gemini"

Part = dict[str, Any]


def parts(content: Any, place: str) -> list[Part]:
    """The parts of a text or of a list of parts; empty texts are left out.

    Marks of the cache are left out, too: Gemini caches what repeats by itself.

    Raises:
        InvalidRequest: naming the part below `place` that cannot be carried.
    """
    if isinstance(content, str):
        return [{"text": content}] if content else []
    if content is None:
        return []
    if not isinstance(content, list):
        raise malformed(place)
    made = [_part(given, f"{place}[{number}]") for number, given in enumerate(content)]
    return [part for part in made if part.get("text") != ""]


def malformed(place: str) -> InvalidRequest:
    """The error for what is no part of a message."""
    return InvalidRequest(f"`{place}` is no part of a message.", code="invalid_value", param=place)


def _part(given: Any, place: str) -> Part:
    if isinstance(given, str):
        return {"text": given}
    if not isinstance(given, dict):
        raise malformed(place)
    if "type" not in given:
        return given  # a part of Gemini's own, e.g. `fileData`
    write = _WRITERS.get(given["type"])
    if write is None:
        raise unsupported(f"{place}.type", PROVIDER)
    try:
        return write(given, place)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise malformed(place) from error


def _text(given: Mapping[str, Any], _place: str) -> Part:
    return {"text": str(given["text"])}


def _refusal(given: Mapping[str, Any], _place: str) -> Part:
    return {"text": str(given["refusal"])}


def _image(given: Mapping[str, Any], _place: str) -> Part:
    image = given["image_url"]
    return _located(image if isinstance(image, str) else image["url"])


def _file(given: Mapping[str, Any], place: str) -> Part:
    file = given["file"]
    if file.get("file_data"):
        return _located(file["file_data"])
    if str(file["file_id"]).startswith(("https://", "gs://")):
        return _located(file["file_id"])
    raise unsupported(f"{place}.file.file_id", PROVIDER)


def _audio(given: Mapping[str, Any], _place: str) -> Part:
    audio = given["input_audio"]
    return {"inlineData": {"mimeType": f"audio/{audio['format']}", "data": audio["data"]}}


def _located(url: str) -> Part:
    """Bytes of a `data:` URL, or a place that Gemini itself reads."""
    if url.startswith("data:"):
        media_type, data = inline(url)
        return {"inlineData": {"mimeType": media_type, "data": data}}
    if not url.startswith(("https://", "http://", "gs://")):
        raise ValueError("no place")
    guessed, _ = mimetypes.guess_type(url.partition("?")[0])
    return {"fileData": {"fileUri": url, **({"mimeType": guessed} if guessed else {})}}


_WRITERS: Final[Mapping[str, Callable[[Mapping[str, Any], str], Part]]] = {
    "text": _text,
    "refusal": _refusal,
    "image_url": _image,
    "file": _file,
    "input_audio": _audio,
}
