"""What the caches did is read from the journal, the age of every answer that was given again included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord
from colonnade.performance.evidence import CacheUse, SimilarUse
from colonnade.workload.specification import Specification

GIVEN_AGAIN: Final = frozenset({"hit", "shared", "similar"})
COMPARED: Final = frozenset({"agreed", "differed"})
_ASKED: Final = frozenset({"miss", *COMPARED})


def cache_use(specification: Specification, requests: Sequence[RequestRecord], scope: Scope) -> Record:
    """What our caches and the upstreams' prefix caches saved."""
    again = [r for r in requests if r.cache in GIVEN_AGAIN]
    asked = [r for r in requests if r.cache in _ASKED]
    sent = [r for r in requests if r.reached_upstream]
    bypassed = sum(r.cache == "bypass" for r in requests)
    aged = [late for r, late in _ages(specification, requests)]
    view = CacheUse(
        requests=len(again) + len(asked) + bypassed,
        hits=len(again),
        misses=len(asked),
        bypassed=bypassed,
        tokens_avoided=sum(r.saved_tokens or r.cache_read for r in again),
        prefix_tokens=sum(r.cache_read for r in sent),
        prefix_written=sum(r.cache_write + r.cache_write_1h for r in sent),
        input_tokens=sum(r.fresh_input + r.cache_read + r.cache_write + r.cache_write_1h for r in sent),
        shared=sum(r.cache == "shared" for r in again),
        similar=sum(r.cache == "similar" for r in again),
        saved_usd=sum(r.saved_usd for r in again),
        saved_ms=sum(r.saved_ms for r in again),
        saved_energy_wh=sum(r.saved_energy_wh for r in again),
        aged=len(aged),
        late=sum(aged),
        by_similarity=_by_similarity(requests),
    )
    return scope.record(view, kind="telemetry", collector="performance.cache@2", n=view.requests)


def _by_similarity(requests: Sequence[RequestRecord]) -> list[SimilarUse]:
    found = [r for r in requests if r.cache == "similar" or r.cache in COMPARED]
    return [
        SimilarUse(
            route=route,
            hits=sum(r.cache == "similar" for r in found if r.route == route),
            held_out=sum(r.cache in COMPARED for r in found if r.route == route),
            differed=sum(r.cache == "differed" for r in found if r.route == route),
        )
        for route in sorted({r.route for r in found})
    ]


def _ages(
    specification: Specification, requests: Sequence[RequestRecord]
) -> list[tuple[RequestRecord, bool]]:
    """Hits whose answer the journal saw being made, and whether it was older than the route allows.

    The journal, and not the cache, says when: an answer is known again by the digest of its text on its route.
    """
    made: dict[tuple[str, str], float] = {}
    found: list[tuple[RequestRecord, bool]] = []
    for request in sorted(requests, key=lambda it: it.closed_at):
        key, route = (request.route, request.answer_digest), specification.routes.get(request.route)
        if not request.answer_digest or request.endpoint != "chat" or request.outcome != "answered":
            continue
        if request.reached_upstream:
            made[key] = request.closed_at
        elif request.cache in GIVEN_AGAIN and key in made and route is not None:
            found.append((request, request.opened_at > made[key] + route.cache_ttl_s))
    return found
