"""List prices of managed models come from the data shipped in the `genai-prices` package, without a network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Final

import genai_prices
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

from colonnade.cost.cross_check import CrossCheck, differences
from colonnade.cost.prices import Price
from colonnade.cost.rates import FREE, Rate, Rates
from colonnade.cost.second_list import SecondList
from colonnade.workload.endpoints import HANDED, PURPOSES
from colonnade.workload.sections.serving import ModelBinding, Upstream

_DAY = re.compile(r"verified on (\d{4}-\d{2}-\d{2})")
_MINUTE_S = 60
_WHOLE: Final = Decimal(1)
_HANDED: Final = frozenset(PURPOSES[endpoint] for endpoint in HANDED)
_KEYS: Final = {
    "fresh_input": "input_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "audio_input": "input_audio_mtok",
    "image_input": "input_image_mtok",
    "output": "output_mtok",
    "reasoning": "output_reasoning_mtok",
    "audio_output": "output_audio_mtok",
    "image_output": "output_image_mtok",
}
"""Our kinds of tokens -> the list's prices for a million of them."""


@dataclass(slots=True)
class Listed:
    """The tariff of a listed model: a price for every stretch of its dated history, looked up once a minute."""

    model: ModelInfo
    purpose: str
    source: str
    second: SecondList
    lane: Decimal = _WHOLE
    _known: tuple[int, Price] = field(default=(-1, Price(None, "not looked up yet")))

    def __call__(self, at: float) -> Price:
        """The price in force at `at`, seconds since the epoch."""
        minute = int(at) // _MINUTE_S
        known, price = self._known
        if known != minute:
            price = self._price(datetime.fromtimestamp(at, UTC))
            self._known = minute, price
        return price

    def _price(self, at: datetime) -> Price:
        listed = self.model.get_prices(at)
        check = self._check(stated(listed), at)
        return Price(rates(listed, self.purpose), self.source, list_day(), self.lane, check)

    def _check(self, used: Mapping[str, Rate], at: datetime) -> CrossCheck | None:
        other = self.second.rates(at)
        if other is None:
            return None
        return CrossCheck(self.second.source, self.second.as_of, differences(used, other))


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
    source = f"genai-prices {genai_prices.__version__}: {provider.id}/{model.id}"
    lane = _lane(binding, upstream)
    if lane != _WHOLE:
        source += f"; rows of batches at {lane} of it"
    return Listed(model, binding.purpose, source, SecondList(provider.id, binding.model), lane)


def _lane(binding: ModelBinding, upstream: Upstream) -> Decimal:
    """What a row of a batch costs, as a share: lists have the price of calls that are asked at once."""
    handed = upstream.batch == "provider" and binding.purpose in _HANDED
    return Decimal(str(upstream.batch_price)) if handed else _WHOLE


def stated(price: ModelPrice) -> dict[str, Rate]:
    """The rates that a list entry states, by kind of token."""
    found = {kind: _rate(getattr(price, key)) for kind, key in _KEYS.items()}
    return {kind: rate for kind, rate in found.items() if rate is not None}


def rates(price: ModelPrice, purpose: str) -> Rates | None:
    """The rates of a list entry; None where it prices no tokens of the kind that `purpose` bills."""
    known = stated(price)
    if "fresh_input" not in known or ("output" not in known and purpose == "text"):
        return None
    per_thousand_calls = _rate(price.requests_kcount) or FREE
    return Rates.stated(known, per_call_usd=per_thousand_calls.per_mtok_usd / 1000)


@cache
def list_day() -> str:
    """The newest day on which the list says that a price was verified: the list is at least as new as this."""
    comments = (model.price_comments or "" for it in get_snapshot().providers for model in it.models)
    return max((day for comment in comments for day in _DAY.findall(comment)), default="")


def _rate(price: Decimal | TieredPrices | None) -> Rate | None:
    if isinstance(price, TieredPrices):
        return Rate(price.base, tuple((tier.start, tier.price) for tier in price.tiers))
    return None if price is None else Rate(price)
