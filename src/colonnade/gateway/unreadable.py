"""What an upstream sends that is no answer has one error, whoever finds it."""

from __future__ import annotations

from typing import Final

import msgspec

from colonnade.errors import UpstreamFailed

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises for bytes that are not what they should be."""


def malformed(sentence: str) -> UpstreamFailed:
    """The error for an upstream that answers something that is no answer."""
    return UpstreamFailed(sentence, code="upstream_malformed")
