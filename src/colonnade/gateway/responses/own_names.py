"""Errors and headers name the fields that the caller wrote, not those of the gateway's own form."""

from __future__ import annotations

import re
from typing import Any, Final

from colonnade.errors import CallError
from colonnade.gateway import wire

_OWN: Final = {
    "max_completion_tokens": "max_output_tokens",
    "max_tokens": "max_output_tokens",
    "messages": "input",
    "reasoning_effort": "reasoning.effort",
    "response_format": "text.format",
    "verbosity": "text.verbosity",
}
_ROOT: Final = re.compile(r"^\w+")
_IN_SENTENCE: Final = re.compile(r"\b(?:" + "|".join(set(_OWN) - {"messages"}) + r")\b|(?<=')messages(?=')")


def own_name(param: str) -> str:
    """The caller's name of a field of the gateway's form.

    >>> own_name("messages[0].content")
    'input'
    """
    root = _ROOT.match(param)
    return _OWN.get(root[0], param) if root else param


def own_error(error: CallError) -> dict[str, Any]:
    """OpenAI's error object, in the caller's names."""
    document = wire.error_object(error)
    detail = document["error"]
    detail["message"] = _IN_SENTENCE.sub(lambda found: _OWN[found[0]], error.message)
    detail["param"] = own_name(error.param) if error.param else error.param
    return document
