"""Before a call is made, the most that it may cost is known: from its bytes, its output cap, and its dearest model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import msgspec

from colonnade.cost.prices import Price, PriceBook, Rate
from colonnade.gateway.asked import asked
from colonnade.gateway.call import Call, Money
from colonnade.gateway.estimate import tokens_in
from colonnade.workload.sections.serving import Route

NANO = 1_000_000_000
"""Money is counted in whole billionths of a US dollar."""

PART_TOKENS, PART_BYTES_A_TOKEN = 8192, 64
"""What a picture, a sound or a file is taken for: this many tokens, and one more for this many bytes of it."""

PRICE_S = 60.0
"""How long a price that was looked up is used for bounds."""

_ANSWERLESS = frozenset({"embeddings", "moderations", "rerank"})
_PICTURED = frozenset({"speech", "images"})
_OUTPUT = ("output", "reasoning", "audio_output", "image_output")
_MEDIA = ("audio", "image")
_encode = msgspec.json.Encoder().encode


class Dearest(msgspec.Struct, frozen=True, gc=False):
    """The highest rates of a price, in nano-dollars: for a token in, a token out, the like of media, and the call."""

    sent: float
    given: float
    media_sent: float
    media_given: float
    call: float

    @classmethod
    def of(cls, price: Price) -> Dearest | None:
        """None where no price is known."""
        if price.rates is None:
            return None
        named = {it.name: getattr(price.rates, it.name) for it in fields(price.rates)}
        rates = {name: _highest(rate) for name, rate in named.items() if isinstance(rate, Rate)}
        of_text = {name: rate for name, rate in rates.items() if not name.startswith(_MEDIA)}
        sent = max((rate for name, rate in of_text.items() if name not in _OUTPUT), default=0.0)
        given = max((rate for name, rate in of_text.items() if name in _OUTPUT), default=0.0)
        media_sent = max((rate for name, rate in rates.items() if name not in _OUTPUT), default=sent)
        media_given = max((rate for name, rate in rates.items() if name in _OUTPUT), default=given)
        return cls(sent, given, media_sent, media_given, float(price.rates.per_call_usd) * NANO)


class Bound(msgspec.Struct, frozen=True, gc=False):
    """The most that a call may cost in nano-dollars: before it answers, and for each token of its answer."""

    before: int
    per_token: float
    most_tokens: int

    @property
    def whole(self) -> int:
        """All of it."""
        return self.up_to(self.most_tokens)

    def up_to(self, tokens: int) -> int:
        """What it costs at most once it has answered with so many tokens."""
        return self.before + math.ceil(self.per_token * tokens)


@dataclass(slots=True)
class Bounds:
    """Finds the bound of a call over all models that may answer for its route."""

    prices: PriceBook
    _known: dict[str, tuple[float, Dearest | None]] = field(default_factory=dict)

    def of(self, call: Call, more_tokens: int = 0, *, model: str = "") -> Bound:
        """The bound of a call as its request stands, with `more_tokens` that stages will add to it; or of one attempt at
        one `model`.

        A token has at least one byte, so the encoded request bounds the text that is sent; it is so much more than
        what is billed that attempts in vain, which are billed for what they read, have room in it, too. A call that
        may be answered by two models, by hedging or by resuming, may be paid twice.
        """
        route = call.route
        assert route is not None, "the stage `direct` comes before what costs"
        sent, media = sent_at_most(call)
        sent += more_tokens
        answers = _answers(call.request)
        before = per_token = 0.0
        for name in (model,) if model else (route.model, *(target.model for target in route.targets)):
            rates = self._dearest(name, call.received_at)
            if rates is not None:
                before = max(before, rates.sent * sent + rates.media_sent * media + rates.call * answers)
                pictured = media > 0 or call.endpoint in _PICTURED
                per_token = max(per_token, rates.media_given if pictured else rates.given)
            elif route.unpriced == "cap":
                before = max(before, route.unpriced_usd * NANO)
        times = 2 if not model and (route.hedge is not None or route.resume) else 1
        return Bound(math.ceil(before * times), per_token * times, _answered(call, route, answers))

    def _dearest(self, binding: str, at: float) -> Dearest | None:
        until, rates = self._known.get(binding, (-math.inf, None))
        if at >= until:
            rates = Dearest.of(self.prices.price(binding, at))
            self._known[binding] = at + PRICE_S, rates
        return rates


def sent_at_most(call: Call) -> tuple[int, int]:
    """Tokens of text and of media that a request may have; the bytes of media count little, and are no text."""
    request = call.request
    text = len(_encode(request))
    media = sum([_media(len(file.content)) for file in call.files]) if call.files else 0
    for message in request.get("messages") or ():
        content = message.get("content")
        if type(content) is list:
            parts = [len(_encode(part)) for part in content if part.get("type") != "text"]
            text -= sum(parts)
            media += sum(map(_media, parts))
    return text, media


def answered_at_most(call: Call) -> int:
    """Tokens of all answers together: the route's cap, or the caller's own where it is lower, for each."""
    return 0 if call.route is None else _answered(call, call.route, _answers(call.request))


def estimated_tokens(call: Call, more_tokens: int = 0) -> int:
    """What a call is expected to use at most, in and out: four characters a token, and its output cap."""
    return tokens_in(asked(call.request)) + more_tokens + answered_at_most(call)


def nano(usd: float) -> int:
    """Whole nano-dollars, rounded up; what is beyond a thousandth of one is noise of the number."""
    return math.ceil(usd * NANO - 0.0005)


def settled_nano(money: Money | None, route: Route | None) -> int:
    """What a call counts once it is over: its cost, or what the route says where it reached an unpriced model."""
    if money is None:
        return 0
    assumed = route is not None and route.unpriced == "cap"
    if money.known or not assumed:
        return nano(money.usd) if money.known else 0
    return nano(money.usd or (route.unpriced_usd if route is not None else 0.0))


def _answered(call: Call, route: Route, answers: int) -> int:
    if call.endpoint in _ANSWERLESS:
        return 0
    most, request = route.max_output_tokens, call.request
    for name in ("max_completion_tokens", "max_tokens"):
        asked_for = request.get(name)
        if type(asked_for) is int and 0 < asked_for < most:
            most = asked_for
    return most * answers


def _answers(request: Mapping[str, Any]) -> int:
    if "n" not in request and "best_of" not in request:
        return 1  # the usual case
    return max(_whole(request.get("n")), _whole(request.get("best_of")))


def _media(size: int) -> int:
    return PART_TOKENS + size // PART_BYTES_A_TOKEN


def _whole(value: Any) -> int:
    return value if type(value) is int and value > 1 else 1


def _highest(rate: Rate) -> float:
    """Nano-dollars for one token at the dearest tier: US dollars per million tokens, times a thousand."""
    return 1000.0 * float(max(rate.per_mtok_usd, *(price for _, price in rate.tiers), rate.per_mtok_usd))
