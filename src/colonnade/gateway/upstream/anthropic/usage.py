"""Anthropic's counts, which a stream tells in pieces, become the usage of the gateway's form."""

from __future__ import annotations

from typing import Any

from colonnade.gateway.upstream.anthropic.wire import Usage
from colonnade.gateway.upstream.inner import usage_of


def merged(earlier: Usage, later: Usage) -> Usage:
    """Counts are cumulative: the later ones win, and absent ones keep their value."""
    for name in Usage.__struct_fields__:
        value = getattr(later, name)
        if value is not None:
            setattr(earlier, name, value)
    return earlier


def inner_usage(usage: Usage) -> dict[str, Any] | None:
    """Usage in the gateway's form; None where Anthropic counted nothing."""
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    written = usage.cache_creation_input_tokens or 0
    for_an_hour = usage.cache_creation.ephemeral_1h_input_tokens if usage.cache_creation else 0
    return usage_of(
        fresh=usage.input_tokens,
        output=usage.output_tokens,
        cache_read=usage.cache_read_input_tokens or 0,
        cache_write=written - for_an_hour,
        cache_write_1h=for_an_hour,
        reasoning=usage.output_tokens_details.thinking_tokens if usage.output_tokens_details else 0,
    )
