"""What an upstream reports as usage becomes five disjoint counts, or nothing where it contradicts itself."""

from __future__ import annotations

import msgspec

from colonnade.gateway.call import Usage


class InputDetails(msgspec.Struct):
    """What part of the input came from, or went into, the upstream's cache."""

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class OutputDetails(msgspec.Struct):
    """What part of the output was reasoning that nobody sees."""

    reasoning_tokens: int | None = None


class Reported(msgspec.Struct):
    """Usage as OpenAI writes it: overlapping counts, `prompt_tokens` holds the cached ones."""

    prompt_tokens: int
    completion_tokens: int = 0
    total_tokens: int | None = None
    prompt_tokens_details: InputDetails | None = None
    completion_tokens_details: OutputDetails | None = None


_decode = msgspec.json.Decoder(Reported).decode


def usage_from(raw: bytes | msgspec.Raw, *, text: str) -> Usage | None:
    """Disjoint counts of a reported usage; None where it is missing or contradicts itself or the text."""
    try:
        reported = _decode(raw)
    except msgspec.MsgspecError:
        return None
    usage = _disjoint(reported)
    unseen = usage.output == 0 and usage.reasoning == 0 and text != ""
    counts = (usage.fresh_input, usage.cache_read, usage.cache_write, usage.output, usage.reasoning)
    if unseen or min(counts) < 0:
        return None
    if reported.total_tokens is not None and reported.total_tokens != usage.total:
        return None
    return usage


def _disjoint(reported: Reported) -> Usage:
    """Split the counts; some providers count reasoning beside the completion instead of inside it."""
    of_input = reported.prompt_tokens_details or InputDetails()
    of_output = reported.completion_tokens_details or OutputDetails()
    read, written = of_input.cached_tokens or 0, of_input.cache_write_tokens or 0
    reasoning = of_output.reasoning_tokens or 0
    beside = reported.total_tokens == reported.prompt_tokens + reported.completion_tokens + reasoning
    return Usage(
        fresh_input=reported.prompt_tokens - read - written,
        cache_read=read,
        cache_write=written,
        output=reported.completion_tokens - (0 if beside else reasoning),
        reasoning=reasoning,
        reported=True,
    )
