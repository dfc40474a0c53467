"""What kind of content a request carries and asks for: read from its endpoint, its files, and the parts of its messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from colonnade.gateway.call import Call, Endpoint

_KINDS = {"image_url": "image", "input_image": "image", "input_audio": "audio", "video_url": "video"}
_SENT: Final[Mapping[Endpoint, str]] = {"images": "image", "transcriptions": "audio"}
"""What the files of an endpoint are."""
_MADE: Final[Mapping[Endpoint, str]] = {"embeddings": "embedding", "images": "image", "speech": "audio"}


def input_modality(call: Call) -> str:
    """`text`, what the files of the request are, or the first other kind among the parts of its messages."""
    if call.files:
        return _SENT.get(call.endpoint, "text")
    messages = call.request.get("messages", call.request.get("input"))
    for message in messages if isinstance(messages, list) else []:
        if not isinstance(message, dict) or isinstance(message.get("content"), str):
            continue
        kind = _of_parts(message)
        if kind is not None:
            return kind
    return "text"


def output_modality(call: Call) -> str:
    """What the endpoint answers with; `text` where that is words or numbers about them."""
    return _MADE.get(call.endpoint, "text")


def _of_parts(message: dict[str, Any]) -> str | None:
    """A message has parts in its content; a moderation takes them as they are."""
    content = message.get("content", [message])
    parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    named = (str(part.get("type")) for part in parts)
    return next((_KINDS[kind] for kind in named if kind in _KINDS), None)
