"""The same deterministic prompt of the same tenant is not paid for twice, not even while it is being answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import ClassVar

from colonnade.gateway.call import Call, Forward, Reply
from colonnade.performance.answers import Answers, StoredAnswer
from colonnade.performance.cache_key import asked_of, deterministic, encode, release_of_one, scope_of
from colonnade.performance.epochs import Epochs
from colonnade.performance.flights import Flight, Flights, patience_s
from colonnade.performance.recording import Taken
from colonnade.performance.replay import (
    STAGE,
    Verdict,
    dropped_by,
    emulated_by,
    own_words,
    replayed,
    saved_by,
    say,
    when_recorded,
)
from colonnade.workload.sections.serving import Route


@dataclass(frozen=True, slots=True)
class ExactCache:
    """The stage `cache`, after `render` and `retrieve`, for routes with `cache: exact` or `semantic`.

    Says `hit`, `shared` (an identical call was under way), `miss`, `bypass` (the request may be answered differently
    each time) or `off` in the header `x-colonnade-cache`. Only complete answers with status 200 that are in the
    journal are stored; whole and streamed ones apart, each as the upstream gave it. The body of a hit is the stored
    one, its usage included.

    Args:
        answers: what is stored; outlives the stage.
        policy: gives the digest of the effective configuration.
        releases: digests of what each route is (`cache_key.releases_of`).
        epochs: counts how often the answers of a route were thrown away.
    """

    answers: Answers
    policy: Callable[[], str]
    releases: Mapping[str, bytes] = field(default_factory=dict)
    epochs: Epochs = field(default_factory=Epochs)
    flights: Flights = field(default_factory=Flights)
    name: ClassVar[str] = STAGE

    def __call__(self, call: Call, forward: Forward) -> Awaitable[Reply]:
        """Answer from the store, together with an identical call, or store the answer."""
        route = call.route
        if route is None or route.cache == "off":
            say(call, "off")
            return forward(call)
        if not deterministic(call):
            say(call, "bypass")
            return forward(call)
        return self._answered(call, route, forward)

    async def _answered(self, call: Call, route: Route, forward: Forward) -> Reply:
        key = self.key(call)
        found = self.answers.find(key)
        if found is not None:
            return self.replay(call, found, "hit")
        flight = self.flights.begin((key, call.urgency)) or await self._follow(call, key, route)
        if isinstance(flight, StoredAnswer):
            return self.replay(call, flight, "shared")
        return await self._miss(call, forward, key, flight)

    def key(self, call: Call) -> bytes:
        """32 bytes over the request as rendered, everything that made the answer, and the tenant."""
        return self.answers.secret.digest(encode((*self.scope(call), asked_of(call.request))))

    def scope(self, call: Call) -> tuple[object, ...]:
        """What else than the request must be the same."""
        release = self.releases.get(call.route_name) or release_of_one(call.binding)
        return scope_of(call, release, self.policy(), self.epochs.of(call.route_name))

    def replay(self, call: Call, found: StoredAnswer, verdict: Verdict) -> Reply:
        """A reply with the stored answer."""
        return replayed(call, found, verdict, self.answers.clock() - found.stored_at)

    async def _follow(self, call: Call, key: bytes, route: Route) -> StoredAnswer | Flight:
        """Wait for the call that leads. The silence meanwhile is not the upstream's; the deadline counts on."""
        streamed = call.stream and call.watch is not None
        if streamed and call.watch is not None:
            call.watch.attempt(inf)
        call.decide(self.name, "waits for the answer to an identical call")
        told = await self.flights.follow((key, call.urgency), patience_s(call))
        if streamed and call.watch is not None and not isinstance(told, StoredAnswer):
            call.watch.attempt(call.now() + route.first_byte_s)
        return told

    async def _miss(self, call: Call, forward: Forward, key: bytes, flight: Flight) -> Reply:
        say(call, "miss")
        # Whatever happens to the call, those who wait hear of its end.
        call.resources.callback(flight.hand_over)
        try:
            reply = await forward(call)
            if call.attempts == 0:
                flight.dissolve()
                return reply
            made = Taken.of(call, reply, self.answers.largest_bytes)
        except BaseException:
            flight.hand_over()
            raise

        async def keep(closing: Reply) -> None:
            self._keep(call, closing, made, key, flight)

        when_recorded(reply, keep)
        return reply

    def _keep(self, call: Call, reply: Reply, made: Taken, key: bytes, flight: Flight) -> None:
        if not _worth_keeping(call, reply):
            flight.hand_over()
        elif (body := made.body()) is None:
            flight.dissolve()
        else:
            answer = self._answer(call, reply, made, body)
            self.answers.store(key, answer)
            flight.share(answer)

    def _answer(self, call: Call, reply: Reply, made: Taken, body: bytes) -> StoredAnswer:
        assert call.route is not None, "the stage `direct` comes before `cache`"
        now = self.answers.clock()
        return StoredAnswer(
            body=body,
            stored_at=now,
            expires_at=now + call.route.cache_ttl_s,
            answered_by=call.answered_by,
            saved=saved_by(call, reply),
            route=call.route_name,
            prompt=call.prompt_name,
            content_type=reply.content_type,
            binding_name=call.binding_name,
            binding=call.binding,
            dropped=dropped_by(call),
            emulated=emulated_by(call),
            text=own_words(call, reply) if call.stream and call.route.cache == "semantic" else made.text,
            finish=made.finish,
        )


def _worth_keeping(call: Call, reply: Reply) -> bool:
    """Complete, made by one model, and says something: a fault must not last as long as the cache."""
    said = bool(reply.text) or call.endpoint != "chat"
    return reply.complete and reply.status == 200 and said and not reply.resumed
