"""Tokens that bought nothing are split by why: retries, answers cut at their cap, passages nobody cited, repeated prompts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from colonnade.cost.evidence import Waste, Wasted
from colonnade.cost.series import used
from colonnade.cost.token_kinds import KINDS, counts, made, sent
from colonnade.evidence.request import RequestRecord

REASONS: Final = ("retries", "truncation", "unused_context", "repeated_prompts")


def waste(requests: Iterable[RequestRecord]) -> Waste:
    """Split what was used; `requests` are looked at in order of time, since the first of several is no repetition."""
    asked = sorted((it for it in requests if it.attempts), key=lambda it: it.opened_at)
    repeated = _repeated(asked)
    sums = dict.fromkeys(REASONS, (0, 0, 0.0))
    for request in asked:
        for reason, tokens, usd in _wasted(request, request.id in repeated):
            count, sum_tokens, sum_usd = sums[reason]
            sums[reason] = count + 1, sum_tokens + tokens, sum_usd + usd
    return Waste(
        requests=len(asked),
        tokens=sum(map(used, asked)),
        usd=sum(it.usd for it in asked if it.price_known),
        parts=[
            Wasted(reason=reason, requests=count, tokens=tokens, usd=usd)
            for reason, (count, tokens, usd) in sums.items()
        ],
        with_passages=sum(bool(it.sources) for it in asked),
        with_citations=sum(bool(it.cited_sources) for it in asked),
    )


def _wasted(request: RequestRecord, repeated: bool) -> Iterator[tuple[str, int, float]]:
    if request.lost_tokens:
        yield "retries", request.lost_tokens, request.lost_usd
    tokens = sent(request) + made(request)
    usd = request.usd - request.lost_usd if request.price_known else 0.0
    if request.finish == "length":
        yield "truncation", tokens, usd
    elif repeated:
        yield "repeated_prompts", tokens, usd
    elif request.uncited_tokens and tokens:
        unused = min(request.uncited_tokens, sent(request))
        yield "unused_context", unused, usd * unused / tokens


def _repeated(requests: Sequence[RequestRecord]) -> frozenset[str]:
    """Requests that asked a model what the same route had been asked before, in the same words."""
    seen, again = set[tuple[str, ...]](), set[str]()
    for request in requests:
        if not request.prompt_digest or not request.reached_upstream:
            continue
        what = (request.route, request.prompt_version, request.prompt_digest)
        if what in seen:
            again.add(request.id)
        seen.add(what)
    return frozenset(again)


def kinds_used(requests: Iterable[RequestRecord]) -> dict[str, int]:
    """Tokens by kind of all requests that asked a model, those of attempts in vain under `lost`; they add up to all."""
    found = dict.fromkeys((*KINDS, "lost"), 0)
    for request in requests:
        found["lost"] += request.lost_tokens
        if request.reached_upstream:
            for kind, tokens in counts(request).items():
                found[kind] += tokens
    return found
