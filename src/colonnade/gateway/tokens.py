"""What an upstream reports as usage becomes disjoint counts, or nothing where it contradicts itself."""

from __future__ import annotations

import math
from typing import Any, Literal

import msgspec

from colonnade.gateway.call import Usage

Made = Literal["text", "image", "audio"]
"""What the tokens of an answer are, where its usage does not say."""


class InputDetails(msgspec.Struct, frozen=True, gc=False):
    """What part of the input was cached, written to the cache, heard or seen.

    `cache_write_tokens` were written for five minutes and `cache_write_1h_tokens` for an hour; neither holds the other.
    """

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_1h_tokens: int | None = None
    audio_tokens: int | None = None
    image_tokens: int | None = None


class OutputDetails(msgspec.Struct, frozen=True, gc=False):
    """What part of the output was reasoning that nobody sees, or is heard or seen."""

    reasoning_tokens: int | None = None
    audio_tokens: int | None = None
    image_tokens: int | None = None


class Reported(msgspec.Struct):
    """Usage as OpenAI writes it: overlapping counts, under the names of chat or of its other endpoints."""

    prompt_tokens: int | None = None
    input_tokens: int | None = None
    completion_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    prompt_tokens_details: InputDetails | None = None
    input_tokens_details: InputDetails | None = None
    input_token_details: InputDetails | None = None
    completion_tokens_details: OutputDetails | None = None
    output_tokens_details: OutputDetails | None = None
    cost: Any = None
    cost_usd: Any = None

    @property
    def details(self) -> bool:
        """Whether some of the tokens are told apart from the others."""
        of_input = self.prompt_tokens_details or self.input_tokens_details or self.input_token_details
        return bool(of_input or self.completion_tokens_details or self.output_tokens_details)


_decode = msgspec.json.Decoder(Reported).decode
_NO_INPUT, _NO_OUTPUT = InputDetails(), OutputDetails()


def usage_from(raw: bytes | msgspec.Raw, *, text: str, made: Made = "text") -> Usage | None:
    """Disjoint counts of a reported usage; None where it is missing or contradicts itself or the text.

    `made` says what output tokens are of which the usage does not say so itself.
    """
    try:
        reported = _decode(raw)
    except msgspec.MsgspecError:
        return None
    given = reported.input_tokens if reported.prompt_tokens is None else reported.prompt_tokens
    output = reported.output_tokens if reported.completion_tokens is None else reported.completion_tokens
    output = output or 0
    if given is None and reported.total_tokens is not None:
        given = reported.total_tokens - output
    if given is None:
        return None
    if made == "text" and not reported.details:
        right = given >= 0 <= output and reported.total_tokens in (None, given + output)
        seen = output > 0 or text == ""
        return (
            Usage(given, output=output, reported=True, provider_usd=_charged(reported))
            if right and seen
            else None
        )
    usage = Usage(reported=True, provider_usd=_charged(reported))
    _split_input(usage, given, _input_details(reported))
    _split_output(usage, given, output, reported, made)
    return usage if _consistent(usage, reported.total_tokens, text) else None


def _consistent(usage: Usage, total: int | None, text: str) -> bool:
    given = (
        usage.fresh_input, usage.cache_read, usage.cache_write, usage.cache_write_1h, usage.audio_input,
        usage.image_input,
    )  # fmt: skip
    made = usage.output, usage.reasoning, usage.audio_output, usage.image_output
    written = sum(made)
    unseen = written == 0 and text != ""
    return not unseen and min(given) >= 0 and min(made) >= 0 and total in (None, sum(given) + written)


def _split_input(usage: Usage, given: int, details: InputDetails) -> None:
    """What was cached comes first: sounds and pictures that were cached are counted among the cached ones."""
    if details is _NO_INPUT:
        usage.fresh_input = given
        return
    usage.cache_read = details.cached_tokens or 0
    usage.cache_write = details.cache_write_tokens or 0
    usage.cache_write_1h = details.cache_write_1h_tokens or 0
    fresh = given - usage.cache_read - usage.cache_write - usage.cache_write_1h
    heard, seen = details.audio_tokens or 0, details.image_tokens or 0
    if heard + seen > given:  # a contradiction, which the counts then show
        usage.fresh_input, usage.audio_input, usage.image_input = given - heard - seen, heard, seen
        return
    usage.audio_input = min(heard, max(fresh, 0))
    usage.image_input = min(seen, max(fresh - usage.audio_input, 0))
    usage.fresh_input = fresh - usage.audio_input - usage.image_input


def _split_output(usage: Usage, given: int, output: int, reported: Reported, made: Made) -> None:
    """Some providers count reasoning beside the completion instead of inside it."""
    details = reported.completion_tokens_details or reported.output_tokens_details or _NO_OUTPUT
    if details is _NO_OUTPUT and made == "text":
        usage.output = output
        return
    usage.reasoning = details.reasoning_tokens or 0
    usage.audio_output, usage.image_output = details.audio_tokens or 0, details.image_tokens or 0
    beside = reported.total_tokens == given + output + usage.reasoning
    rest = output - (0 if beside else usage.reasoning) - usage.audio_output - usage.image_output
    if made == "image" and details.image_tokens is None:
        usage.image_output = rest
    elif made == "audio" and details.audio_tokens is None:
        usage.audio_output = rest
    else:
        usage.output = rest


def _input_details(reported: Reported) -> InputDetails:
    named = reported.prompt_tokens_details or reported.input_tokens_details
    return named or reported.input_token_details or _NO_INPUT


def _charged(reported: Reported) -> float | None:
    """US dollars as the provider names them, as a number or in parts with their sum; what is no cost is not believed."""
    if reported.cost is None and reported.cost_usd is None:
        return None
    cost = reported.cost.get("total_cost") if isinstance(reported.cost, dict) else reported.cost
    named = reported.cost_usd if cost is None else cost
    is_number = isinstance(named, int | float) and not isinstance(named, bool)
    return float(named) if is_number and math.isfinite(named) and named >= 0 else None
