"""A second, independent price list is asked about every listed model: `model-prices`, made from models.dev, also as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from typing import Final

import model_prices

from colonnade.cost.rates import Rate

_PROVIDERS: Final[Mapping[str, str]] = {
    "anthropic": "anthropic",
    "arcee": "arcee",
    "aws": "amazon-bedrock",
    "cohere": "cohere",
    "cursor": "cursor",
    "deepseek": "deepseek",
    "google": "google",
    "meta": "meta",
    "minimax": "minimax",
    "mistral": "mistral",
    "moonshotai": "moonshotai",
    "openai": "openai",
    "perplexity": "perplexity",
    "x-ai": "xai",
    "zai": "zai",
}
"""Providers of the first list -> the same in the second. Others are resellers there, which it does not price."""

_DATED = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{8})")
"""A snapshot's day, which may be missing in the second list; any other suffix may be another model."""


@dataclass(frozen=True, slots=True)
class SecondList:
    """What the second list says of one model of one provider, both named as in the first list."""

    provider: str
    model: str

    @property
    def source(self) -> str:
        """The package and its version."""
        return f"model-prices {_version()}"

    @property
    def as_of(self) -> str:
        """The day on which models.dev last changed a price that the package has."""
        return str(model_prices.data_as_of().date())

    def rates(self, at: datetime) -> dict[str, Rate] | None:
        """The rates that it states, by kind of token; None where it does not list this very model."""
        provider = _PROVIDERS.get(self.provider)
        if provider is None:
            return None
        found = model_prices.rates(self.model, at, provider)
        if found is None or found.provider != provider or not _same(found.removed_suffix):
            return None
        return _stated(found)


def _same(removed_suffix: str) -> bool:
    return not removed_suffix or _DATED.fullmatch(removed_suffix) is not None


def _stated(found: model_prices.Rates) -> dict[str, Rate]:
    named = {
        "fresh_input": "input",
        "cache_read": "cache_read",
        "cache_write": "cache_write",
        "output": "output",
    }
    rates = {kind: _rate(found, name) for kind, name in named.items()}
    fresh = rates["fresh_input"]
    if found.cache_write_1h_multiple is not None and found.cache_write is not None and fresh is not None:
        times = _decimal(found.cache_write_1h_multiple)
        tiers = tuple((start, usd * times) for start, usd in fresh.tiers)
        rates["cache_write_1h"] = Rate(fresh.per_mtok_usd * times, tiers)
    return {kind: rate for kind, rate in rates.items() if rate is not None}


def _rate(found: model_prices.Rates, name: str) -> Rate | None:
    base = getattr(found, name)
    if base is None:
        return None
    tiers = ((tier.above, getattr(tier, name)) for tier in found.tiers)
    return Rate(_decimal(base), tuple((above, _decimal(usd)) for above, usd in tiers if usd is not None))


def _decimal(usd: float) -> Decimal:
    return Decimal(str(usd))


@cache
def _version() -> str:
    return version("model-prices")
