"""What a model wrote under the schema of an offer becomes the message that a model with tools would have sent."""

from __future__ import annotations

import os
import re
from typing import Any

import msgspec

from colonnade.gateway.emulation.offer import Offer
from colonnade.gateway.unreadable import malformed

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_BEGINS_WITH_TEXT = re.compile(r'\s*\{\s*"tool"\s*:\s*"none"\s*,\s*"text"\s*:\s*(?=")')
_LONGEST_ESCAPE = len("\\ud83d\\ude0")


def heard(written: str, finish: str, offer: Offer) -> tuple[dict[str, Any], str]:
    """The message and how it finished.

    An answer that was cut in the middle of a call calls nothing: its finish says `length`, and its text is empty.

    Raises:
        UpstreamFailed: `upstream_malformed`: the upstream did not keep to the schema.
    """
    if finish == "length":
        return _message(_as_far_as(written)), finish
    try:
        answer = _decode(written)
    except msgspec.MsgspecError:
        raise malformed("The upstream did not answer in the form that was asked of it.") from None
    if isinstance(answer, dict) and "text" in answer and offer.words:
        text = answer["text"]
        return _message(text if isinstance(text, str) else _encode(text).decode()), finish
    return _called(answer, offer), "tool_calls"


def _called(answer: Any, offer: Offer) -> dict[str, Any]:
    name = answer.get("tool") if isinstance(answer, dict) else None
    if name not in {tool["name"] for tool in offer.tools}:
        raise malformed("The upstream called a tool that was not offered.")
    arguments = _encode(answer.get("arguments") or {}).decode()
    call = {
        "id": f"call_{os.urandom(12).hex()}",
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }
    return {**_message(None), "tool_calls": [call]}


def _message(text: str | None) -> dict[str, Any]:
    return {"role": "assistant", "content": text, "refusal": None}


def _as_far_as(written: str) -> str:
    """The words of an answer that was cut: a text without its end, from which half an escape is taken."""
    begins = _BEGINS_WITH_TEXT.match(written)
    if begins is None:
        return ""
    said = written[begins.end() :]
    for missing in range(_LONGEST_ESCAPE + 1):
        whole = said[: len(said) - missing]
        for end in ("", '"'):
            try:
                text = _decode(whole.rstrip("} \n") + end)
            except msgspec.MsgspecError:
                continue
            if isinstance(text, str):
                return text
    return ""
