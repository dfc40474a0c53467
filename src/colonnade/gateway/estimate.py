"""Where an upstream reports no usage, tokens are estimated, and the usage says so."""

from __future__ import annotations

from typing import Any, Final

from colonnade.gateway.asked import asked
from colonnade.gateway.call import Call, Endpoint, Reply, Usage

_WRITE: Final[frozenset[Endpoint]] = frozenset({"chat", "transcriptions"})
"""Endpoints whose answers are written by the model token by token."""

CHARACTERS_PER_TOKEN = 4
"""The rule of thumb that OpenAI gives for English text."""


def estimated(call: Call, reply: Reply) -> Usage:
    """Input from the request's text, output from the answer's; nothing where no upstream was asked."""
    if call.attempts == 0:
        return Usage()
    said = reply.text if call.endpoint in _WRITE else ""
    return Usage(fresh_input=tokens_in(asked(call.request)), output=tokens_in(said), reported=False)


def tokens_in(content: Any) -> int:
    """About how many tokens the text somewhere in `content` has; pictures and sounds are not counted."""
    return -(-_characters(content) // CHARACTERS_PER_TOKEN)


def _characters(content: Any) -> int:
    if isinstance(content, str):
        return len(content)
    if isinstance(content, list):
        return sum(_characters(part) for part in content)
    if isinstance(content, dict):
        return _characters(content.get("content", content.get("text")))
    return 0
