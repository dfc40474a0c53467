"""What kind of content a request carries, read from the parts of its messages."""

from __future__ import annotations

from typing import Any

_KINDS = {"image_url": "image", "input_image": "image", "input_audio": "audio", "video_url": "video"}


def input_modality(request: dict[str, Any]) -> str:
    """`text`, or the first other kind among the parts of the messages."""
    messages = request.get("messages")
    for message in messages if isinstance(messages, list) else []:
        content = message.get("content") if isinstance(message, dict) else None
        for part in content if isinstance(content, list) else []:
            kind = _KINDS.get(part.get("type", "")) if isinstance(part, dict) else None
            if kind is not None:
                return kind
    return "text"
