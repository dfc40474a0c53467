"""What a call costs is one sum of whole numbers, exact to the last digit of every rate and without decimal arithmetic."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

import msgspec

from colonnade.cost.rates import Rates
from colonnade.cost.token_kinds import KINDS, Counted, sent

_MILLION = 1_000_000


class Charge(msgspec.Struct, frozen=True, gc=False):
    """The rates of calls of one length, in a unit of which each is a whole number; `per_usd` of it are a US dollar."""

    per_usd: int
    call: int
    fresh_input: int
    cache_read: int
    cache_write: int
    cache_write_1h: int
    audio_input: int
    image_input: int
    output: int
    reasoning: int
    audio_output: int
    image_output: int

    @classmethod
    def of(cls, rates: Rates, share: Decimal, sent_tokens: int) -> Self:
        """What calls with so many input tokens pay of these rates, times a share."""
        per_mtok = [getattr(rates, kind).at(sent_tokens) * share for kind in KINDS]
        call = rates.per_call_usd * share
        unit = 10 ** max(_decimals(rate) for rate in (*per_mtok, call))
        return cls(unit * _MILLION, int(call * unit * _MILLION), *(int(rate * unit) for rate in per_mtok))

    def usd(self, used: Counted) -> float:
        """US dollars for one call; the nearest number to the exact sum."""
        units = self.call + used.fresh_input * self.fresh_input + used.output * self.output
        if used.cache_read or used.cache_write or used.cache_write_1h or used.reasoning:
            units += used.cache_read * self.cache_read + used.reasoning * self.reasoning
            units += used.cache_write * self.cache_write + used.cache_write_1h * self.cache_write_1h
        if used.audio_input or used.image_input or used.audio_output or used.image_output:
            units += used.audio_input * self.audio_input + used.image_input * self.image_input
            units += used.audio_output * self.audio_output + used.image_output * self.image_output
        return units / self.per_usd


class Charges:
    """The charges of one price: one for every length of calls at which a rate changes."""

    __slots__ = ("_longer", "_usual")

    def __init__(self, rates: Rates, share: Decimal) -> None:
        starts = {start for kind in KINDS for start, _ in getattr(rates, kind).tiers}
        self._usual = Charge.of(rates, share, 0)
        self._longer = [(start, Charge.of(rates, share, start + 1)) for start in sorted(starts)]

    def usd(self, used: Counted) -> float:
        """US dollars for one call."""
        charge = self._usual
        if self._longer:
            length = sent(used)
            for start, longer in self._longer:
                if length > start:
                    charge = longer
        return charge.usd(used)


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), "a rate is a finite number"
    return max(0, -exponent)
