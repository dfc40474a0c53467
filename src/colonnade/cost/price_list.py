"""List prices of managed models come from the data shipped in the `genai-prices` package, without a network."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

import genai_prices
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

from colonnade.cost.prices import FREE, Price, Rate, Rates
from colonnade.workload.sections.serving import ModelBinding, Upstream

_DAY = re.compile(r"verified on (\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True, slots=True)
class Listed:
    """The tariff of a listed model: a price for every stretch of its dated history."""

    model: ModelInfo
    purpose: str
    source: str
    known: dict[int, Price] = field(default_factory=dict)

    def __call__(self, at: float) -> Price:
        """The price in force at `at`, seconds since the epoch."""
        listed = self.model.get_prices(datetime.fromtimestamp(at, UTC))
        price = self.known.get(id(listed))  # entries of the list live as long as the program
        if price is None:
            price = Price(rates(listed, self.purpose), self.source, list_day())
            self.known[id(listed)] = price
        return price


def listed(binding: ModelBinding, upstream: Upstream) -> Listed | None:
    """The tariff of a binding's model at its provider, or None.

    The provider is the one the upstream names, else the one whose address it has. A model of another host is
    never taken for it: the same weights cost differently elsewhere.
    """
    try:
        provider, model = get_snapshot().find_provider_model(
            binding.model, None, upstream.provider, None if upstream.provider else upstream.base_url
        )
    except LookupError:
        return None
    return Listed(
        model, binding.purpose, f"genai-prices {genai_prices.__version__}: {provider.id}/{model.id}"
    )


def rates(price: ModelPrice, purpose: str) -> Rates | None:
    """The rates of a list entry; None where it prices no tokens of the kind that `purpose` bills."""
    fresh, output = _rate(price.input_mtok), _rate(price.output_mtok)
    if fresh is None or (output is None and purpose == "text"):
        return None
    output = output or FREE
    per_thousand_calls = _rate(price.requests_kcount) or FREE
    return Rates(
        fresh_input=fresh,
        cache_read=_rate(price.cache_read_mtok) or fresh,
        cache_write=_rate(price.cache_write_mtok) or fresh,
        output=output,
        reasoning=_rate(price.output_reasoning_mtok) or output,
        per_call_usd=per_thousand_calls.per_mtok_usd / 1000,
    )


@cache
def list_day() -> str:
    """The newest day on which the list says that a price was verified: the list is at least as new as this."""
    comments = (model.price_comments or "" for it in get_snapshot().providers for model in it.models)
    return max((day for comment in comments for day in _DAY.findall(comment)), default="")


def _rate(price: Decimal | TieredPrices | None) -> Rate | None:
    if isinstance(price, TieredPrices):
        return Rate(price.base, tuple((tier.start, tier.price) for tier in price.tiers))
    return None if price is None else Rate(price)
