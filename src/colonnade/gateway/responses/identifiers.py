"""Ids of responses are drawn at random, and the id of an item tells in which response it stands."""

from __future__ import annotations

import re
import secrets
from typing import Final, Literal

Side = Literal["i", "o"]
"""Whether an item was given to the model or made by it."""

_RESPONSE: Final = "resp_"
_ITEM: Final = re.compile(r"[a-z]+_([0-9a-f]{32})[io][0-9a-f]{1,8}")
_PREFIXES: Final = {
    "message": "msg",
    "function_call": "fc",
    "function_call_output": "fco",
    "reasoning": "rs",
}


def new_response_id() -> str:
    """An id that nobody can guess."""
    return _RESPONSE + secrets.token_hex(16)


def item_id(response_id: str, kind: str, side: Side, place: int) -> str:
    """The id of the item at `place` of what was given to, or made by, a response.

    >>> item_id("resp_" + "a" * 32, "message", "o", 0)[-4:]
    'aao0'
    """
    return f"{_PREFIXES[kind]}_{response_id.removeprefix(_RESPONSE)}{side}{place:x}"


def response_of(item: str) -> str | None:
    """The response in which an item stands; None where the id is none of ours."""
    found = _ITEM.fullmatch(item)
    return None if found is None else _RESPONSE + found[1]
