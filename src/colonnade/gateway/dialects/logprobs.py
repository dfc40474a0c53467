"""Log-probabilities of chat completions in the shape that the legacy completions had: lists beside each other."""

from __future__ import annotations

from typing import Any

import msgspec

_NULL = len("null")


class Candidate(msgspec.Struct):
    """A token that might have stood there."""

    token: str
    logprob: float


class Token(msgspec.Struct):
    """A token of the text, and what might have stood in its place."""

    token: str
    logprob: float
    top_logprobs: list[Candidate] = []


class _Given(msgspec.Struct):
    content: list[Token] | None = None


_decode = msgspec.json.Decoder(_Given).decode


def legacy(raw: msgspec.Raw, offset: int = 0) -> dict[str, Any] | None:
    """The lists, None where nothing readable is given. `offset` is where the text of the tokens begins, in characters."""
    if len(raw) <= _NULL:
        return None
    try:
        tokens = _decode(raw).content
    except msgspec.MsgspecError:
        return None
    return None if tokens is None else _lists(tokens, offset)


def _lists(tokens: list[Token], offset: int) -> dict[str, Any]:
    offsets = []
    for token in tokens:
        offsets.append(offset)
        offset += len(token.token)
    return {
        "tokens": [token.token for token in tokens],
        "token_logprobs": [token.logprob for token in tokens],
        "top_logprobs": [
            {candidate.token: candidate.logprob for candidate in token.top_logprobs} for token in tokens
        ],
        "text_offset": offsets,
    }
