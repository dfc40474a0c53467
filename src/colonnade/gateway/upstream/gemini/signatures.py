"""Gemini signs its thoughts; the signature travels to the caller and back as Google's own OpenAI surface has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

UNSIGNED: Final = "skip_thought_signature_validator"
"""Stands for the signature of a call that no Gemini made (ai.google.dev/gemini-api/docs/thought-signatures)."""


def carried(signature: str) -> dict[str, Any]:
    """The field that carries a signature in a message or a tool call; empty where there is none."""
    return {"extra_content": {"google": {"thought_signature": signature}}} if signature else {}


def signature_of(carrier: Mapping[str, Any]) -> str:
    """The signature that a message or a tool call carries, "" if none."""
    try:
        return str(carrier["extra_content"]["google"]["thought_signature"])
    except (KeyError, TypeError):
        return ""


def signed(part: dict[str, Any], signature: str) -> dict[str, Any]:
    """The part with its signature."""
    return {**part, "thoughtSignature": signature} if signature else part
