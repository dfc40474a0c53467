"""Every binding has a price with a source and a date, or is known to have none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from colonnade.cost.charge import Charges
from colonnade.cost.cross_check import CrossCheck
from colonnade.cost.rates import FREE, NO_CHARGE, Rate, Rates
from colonnade.cost.token_kinds import KINDS
from colonnade.gateway.call import Money, Usage
from colonnade.workload.sections.serving import ModelBinding, Upstream
from colonnade.workload.sections.serving import Price as OwnersPrice
from colonnade.workload.specification import Specification

__all__ = ["FREE", "NO_CHARGE", "Fixed", "Price", "PriceBook", "Rate", "Rates", "Tariff", "tariff"]

_WHOLE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs; `rates` is None where no price is known. `as_of` is a day, `YYYY-MM-DD`, or empty.

    `lane` is what a call on the batch lane costs, as a share. `check` is what another source says of the same
    model, None where none lists it; where it disagrees, these rates are used all the same, and the source says so.
    """

    rates: Rates | None
    source: str
    as_of: str = ""
    lane: Decimal = _WHOLE
    check: CrossCheck | None = None
    _usual: Charges | None = field(init=False, repr=False, compare=False)
    _batch: Charges | None = field(init=False, repr=False, compare=False)
    _told: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Settle once what every call would settle again."""
        told = (
            f"{self.source}; disputed by {self.check.source}" if self.check and self.disputed else self.source
        )
        settled = {"_usual": self._charges(_WHOLE), "_batch": self._charges(self.lane), "_told": told}
        for name, value in settled.items():
            object.__setattr__(self, name, value)

    @property
    def known(self) -> bool:
        """Whether a price was found."""
        return self.rates is not None

    @property
    def disputed(self) -> bool:
        """Whether another source has another price."""
        return self.check is not None and self.check.disputes

    def parts(self, usage: Usage, *, batch: bool = False) -> dict[str, Decimal]:
        """US dollars by kind of token and for the call; empty where the price is unknown. The sum is the cost.

        Kinds of which there are no tokens are left out.
        """
        if self.rates is None:
            return {}
        rates, sent, share = self.rates, usage.input, self.lane if batch else _WHOLE
        found = {
            kind: getattr(rates, kind).of(count, sent) * share
            for kind in KINDS
            if (count := getattr(usage, kind))
        }
        found["call"] = rates.per_call_usd * share
        return found

    def of(self, usage: Usage, *, batch: bool = False) -> Money:
        """The cost of a call that used `usage`."""
        charges = self._batch if batch else self._usual
        return Money(
            0.0 if charges is None else charges.usd(usage), charges is not None, self._told, self.as_of
        )

    def _charges(self, share: Decimal) -> Charges | None:
        return None if self.rates is None else Charges(self.rates, share)


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
    """What the owner does not state costs what the tokens are: read and written input as fresh, reasoning as output."""
    stated = {
        "fresh_input": price.input_per_mtok_usd,
        "cache_read": price.cached_input_per_mtok_usd,
        "cache_write": price.cache_write_per_mtok_usd,
        "cache_write_1h": price.cache_write_1h_per_mtok_usd,
        "output": price.output_per_mtok_usd,
    }
    known = {kind: Rate(Decimal(str(usd))) for kind, usd in stated.items() if usd is not None}
    rates = Rates.stated(known, per_call_usd=Decimal(str(price.per_call_usd)))
    return Price(rates, f"owner: {price.source}", price.as_of, lane=Decimal(str(price.batch_factor)))
