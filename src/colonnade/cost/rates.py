"""A rate stands for every kind of token, so that each is paid once and at its own price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Rate:
    """US dollars per million tokens.

    `tiers` holds (input tokens, rate) in rising order: a call with *more* input tokens than the number pays that
    rate for all its tokens, which is how the providers that have tiers bill.
    """

    per_mtok_usd: Decimal
    tiers: tuple[tuple[int, Decimal], ...] = ()

    def at(self, input_tokens: int) -> Decimal:
        """US dollars per million tokens of a call with `input_tokens` in all."""
        rate = self.per_mtok_usd
        for start, tier in self.tiers:
            if input_tokens > start:
                rate = tier
        return rate

    def of(self, tokens: int, input_tokens: int) -> Decimal:
        """US dollars for `tokens` of a call with `input_tokens` in all."""
        return self.at(input_tokens) * tokens / _MILLION


FREE = Rate(Decimal(0))


@dataclass(frozen=True, slots=True)
class Rates:
    """One rate for each of the disjoint token counts of `Usage`, and what the mere call costs."""

    fresh_input: Rate
    cache_read: Rate
    cache_write: Rate
    cache_write_1h: Rate
    audio_input: Rate
    image_input: Rate
    output: Rate
    reasoning: Rate
    audio_output: Rate
    image_output: Rate
    per_call_usd: Decimal = Decimal(0)

    @classmethod
    def stated(cls, known: Mapping[str, Rate], per_call_usd: Decimal = Decimal(0)) -> Rates:
        """The rates where only some are stated, `fresh_input` among them.

        A kind without a rate costs what its tokens are: anything sent as fresh input, an hour's write as one of five
        minutes, anything made as output.
        """
        fresh, output = known["fresh_input"], known.get("output", FREE)
        written = known.get("cache_write", fresh)
        return cls(
            fresh_input=fresh,
            cache_read=known.get("cache_read", fresh),
            cache_write=written,
            cache_write_1h=known.get("cache_write_1h", written),
            audio_input=known.get("audio_input", fresh),
            image_input=known.get("image_input", fresh),
            output=output,
            reasoning=known.get("reasoning", output),
            audio_output=known.get("audio_output", output),
            image_output=known.get("image_output", output),
            per_call_usd=per_call_usd,
        )


NO_CHARGE = Rates.stated({"fresh_input": FREE, "output": FREE})
