"""Gemini's counts, of which some overlap and some do not, become the usage of the gateway's form."""

from __future__ import annotations

from typing import Any

from colonnade.gateway.upstream.gemini.wire import Counted, Usage
from colonnade.gateway.upstream.inner import usage_of


def inner_usage(usage: Usage | None) -> dict[str, Any] | None:
    """Usage in the gateway's form; None where Gemini counted nothing.

    Gemini's own total is kept: where it contradicts the parts, the gateway does not believe either.
    """
    if usage is None:
        return None
    cached = usage.cached_content_token_count
    given = usage.prompt_token_count + usage.tool_use_prompt_token_count
    made = usage_of(
        fresh=given - cached,
        cache_read=cached,
        output=usage.candidates_token_count + usage.thoughts_token_count,
        reasoning=usage.thoughts_token_count,
    )
    if usage.total_token_count is not None:
        made["total_tokens"] = usage.total_token_count
    made["prompt_tokens_details"] |= _by_modality(usage.prompt_tokens_details)
    made["completion_tokens_details"] |= _by_modality(usage.candidates_tokens_details)
    return made


def _by_modality(counts: list[Counted]) -> dict[str, int]:
    """Sounds and pictures have prices of their own; everything else is text."""
    named = {"AUDIO": "audio_tokens", "IMAGE": "image_tokens"}
    return {named[each.modality]: each.token_count for each in counts if each.modality in named}
