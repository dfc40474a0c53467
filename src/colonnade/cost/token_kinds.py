"""Every token is of one kind: an answer's usage and a request's record count the same kinds under the same names."""

from __future__ import annotations

from typing import Final, Protocol

SENT: Final = ("fresh_input", "cache_read", "cache_write", "cache_write_1h", "audio_input", "image_input")
"""Kinds of tokens that are sent. `cache_write` are written for five minutes, `cache_write_1h` for an hour."""

MADE: Final = ("output", "reasoning", "audio_output", "image_output")
"""Kinds of tokens that a model makes."""

KINDS: Final = (*SENT, *MADE)


class Counted(Protocol):
    """What has disjoint counts of tokens: `gateway.call.Usage` and `evidence.request.RequestRecord`."""

    fresh_input: int
    cache_read: int
    cache_write: int
    cache_write_1h: int
    audio_input: int
    image_input: int
    output: int
    reasoning: int
    audio_output: int
    image_output: int


def sent(counted: Counted) -> int:
    """All tokens that were sent."""
    cached = counted.cache_read + counted.cache_write + counted.cache_write_1h
    return counted.fresh_input + cached + counted.audio_input + counted.image_input


def made(counted: Counted) -> int:
    """All tokens that were made."""
    return counted.output + counted.reasoning + counted.audio_output + counted.image_output


def counts(counted: Counted) -> dict[str, int]:
    """The count of every kind; they add up to `sent` and `made`."""
    return {kind: getattr(counted, kind) for kind in KINDS}
