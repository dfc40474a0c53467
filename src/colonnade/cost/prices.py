"""Every binding has a price with a source and a date, or is known to have none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from colonnade.gateway.call import Money, Usage
from colonnade.workload.sections.serving import ModelBinding, Upstream
from colonnade.workload.sections.serving import Price as OwnersPrice
from colonnade.workload.specification import Specification

_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Rate:
    """US dollars per million tokens.

    `tiers` holds (input tokens, rate) in rising order: a call with *more* input tokens than the number pays that
    rate for all its tokens, which is how the providers that have tiers bill.
    """

    per_mtok_usd: Decimal
    tiers: tuple[tuple[int, Decimal], ...] = ()

    def of(self, tokens: int, input_tokens: int) -> Decimal:
        """US dollars for `tokens` of a call with `input_tokens` in all."""
        rate = self.per_mtok_usd
        for start, tier in self.tiers:
            if input_tokens > start:
                rate = tier
        return rate * tokens / _MILLION


FREE = Rate(Decimal(0))


@dataclass(frozen=True, slots=True)
class Rates:
    """One rate for each of the disjoint token counts of `Usage`, and what the mere call costs."""

    fresh_input: Rate
    cache_read: Rate
    cache_write: Rate
    output: Rate
    reasoning: Rate
    per_call_usd: Decimal = Decimal(0)


NO_CHARGE = Rates(FREE, FREE, FREE, FREE, FREE)


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs; `rates` is None where no price is known. `as_of` is a day, `YYYY-MM-DD`, or empty."""

    rates: Rates | None
    source: str
    as_of: str = ""

    @property
    def known(self) -> bool:
        """Whether a price was found."""
        return self.rates is not None

    def parts(self, usage: Usage) -> dict[str, Decimal]:
        """US dollars by kind of token and for the call; empty where the price is unknown. The sum is the cost."""
        if self.rates is None:
            return {}
        rates, sent = self.rates, usage.input
        return {
            "fresh_input": rates.fresh_input.of(usage.fresh_input, sent),
            "cache_read": rates.cache_read.of(usage.cache_read, sent),
            "cache_write": rates.cache_write.of(usage.cache_write, sent),
            "output": rates.output.of(usage.output, sent),
            "reasoning": rates.reasoning.of(usage.reasoning, sent),
            "call": rates.per_call_usd,
        }

    def of(self, usage: Usage) -> Money:
        """The cost of a call that used `usage`."""
        return Money(float(sum(self.parts(usage).values())), self.known, self.source, self.as_of)


class Tariff(Protocol):
    """Gives the price of one binding at a moment: list prices change by date, and some by the hour."""

    def __call__(self, at: float) -> Price:
        """The price at `at`, seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A tariff that does not change."""

    price: Price

    def __call__(self, at: float) -> Price:  # noqa: ARG002 - the same at any moment
        """The price."""
        return self.price


@dataclass(frozen=True, slots=True)
class PriceBook:
    """The tariff of every binding of a workload, looked up once, before the first call."""

    tariffs: Mapping[str, Tariff]

    @classmethod
    def of(cls, specification: Specification) -> PriceBook:
        """The owner's price wins; own hardware is free of token prices; then the price list; then unknown."""
        upstreams = specification.upstreams
        return cls({name: tariff(it, upstreams[it.upstream]) for name, it in specification.models.items()})

    def price(self, binding: str, at: float) -> Price:
        """The price of `binding` at `at`, seconds since the epoch."""
        found = self.tariffs.get(binding)
        return found(at) if found else Price(None, f"no binding named {binding}")


def tariff(binding: ModelBinding, upstream: Upstream) -> Tariff:
    """The tariff of one binding at its upstream."""
    if binding.price is not None:
        return Fixed(_owners(binding.price))
    if upstream.kind == "embedded":
        return Fixed(Price(NO_CHARGE, "own hardware: not priced per token"))
    if upstream.kind == "simulator":
        return Fixed(Price(NO_CHARGE, "simulator"))
    from colonnade.cost.price_list import listed  # noqa: PLC0415 - 0.3 s that only listed models pay

    return listed(binding, upstream) or Fixed(Price(None, "not in the price list"))


def _owners(price: OwnersPrice) -> Price:
    """Reads and writes of a provider's cache cost as fresh input unless stated, reasoning as output."""
    fresh, output = _rate(price.input_per_mtok_usd), _rate(price.output_per_mtok_usd)
    cached = fresh if price.cached_input_per_mtok_usd is None else _rate(price.cached_input_per_mtok_usd)
    rates = Rates(fresh_input=fresh, cache_read=cached, cache_write=fresh, output=output, reasoning=output)
    return Price(rates, f"owner: {price.source}", price.as_of)


def _rate(per_mtok_usd: float) -> Rate:
    return Rate(Decimal(str(per_mtok_usd)))
