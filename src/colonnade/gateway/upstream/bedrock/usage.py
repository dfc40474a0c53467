"""Bedrock's counts become the usage of the gateway's form."""

from __future__ import annotations

from typing import Any

from colonnade.gateway.upstream.bedrock.wire import Usage
from colonnade.gateway.upstream.inner import usage_of


def inner_usage(usage: Usage | None) -> dict[str, Any] | None:
    """Usage in the gateway's form; None where Bedrock counted nothing.

    What was cached stands beside `inputTokens`. Bedrock's total is kept where it is neither the sum of all nor the sum
    without the cache, so that the gateway sees the contradiction.
    """
    if usage is None:
        return None
    read, written = usage.cache_read_input_tokens or 0, usage.cache_write_input_tokens or 0
    for_an_hour = sum(each.input_tokens for each in usage.cache_details or () if each.ttl == "1h")
    made = usage_of(
        fresh=usage.input_tokens,
        output=usage.output_tokens,
        cache_read=read,
        cache_write=written - for_an_hour,
        cache_write_1h=for_an_hour,
    )
    if usage.total_tokens not in {None, made["total_tokens"], usage.input_tokens + usage.output_tokens}:
        made["total_tokens"] = usage.total_tokens
    return made
