"""The running workload as drills of this pillar see it: who may be called, what the journal says, what can be armed."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from colonnade.drills.caller import Answer, Caller
from colonnade.drills.experiment import Signal, Tolerance
from colonnade.drills.target import DRILL_LABELS, Target, borrowed_key
from colonnade.evidence.change import Change
from colonnade.evidence.request import RequestRecord
from colonnade.reliability.drills.arming import Control
from colonnade.workload.sections.serving import Route
from colonnade.workload.specification import Specification

JOURNAL_PATIENCE_S = 20.0
"""How long the record of a call that was answered may take into the ledger, on a busy machine."""
STEADY_CALLS = 3


@dataclass(frozen=True, slots=True)
class Sent:
    """One call of a drill: what its caller heard, and what the journal says of it; None where it has no record."""

    answer: Answer
    record: RequestRecord | None
    streamed: bool

    @property
    def answered(self) -> bool:
        """Whether the caller heard a whole answer."""
        if self.answer.status != 200 or self.answer.error:
            return False
        return self.answer.body.rstrip().endswith(b"data: [DONE]") if self.streamed else True

    @property
    def honest(self) -> bool:
        """Whether the caller was answered, or was told plainly that it was not."""
        if self.answered:
            return True
        told = b'"error"' in self.answer.body
        return self.answer.status >= 400 or (told and b"[DONE]" not in self.answer.body)


@dataclass(frozen=True, slots=True)
class Site:
    """What drills use. `url` is the gateway's, up to the version; `breakers` are the changes of breakers so far.

    `requests` gives the records of calls that began at or after a moment. `only` names the experiments that are carried
    out; empty means all.
    """

    specification: Specification
    target: Target
    url: str
    control: Control
    breakers: Callable[[], Sequence[Change]]
    requests: Callable[[float], Iterable[RequestRecord]]
    only: frozenset[str] = frozenset()

    def wanted(self, *names: str) -> bool:
        """Whether an experiment with one of these names shall be carried out."""
        return not self.only or bool(self.only & set(names))

    @property
    def routes(self) -> Mapping[str, Route]:
        """Chat routes that drills may touch, cheapest first."""
        declared = self.specification.routes
        return {name: declared[name] for name in self.target.routes if not declared[name].no_drills}

    def upstreams_of(self, route: Route, *, tier: int | None = None) -> list[str]:
        """The upstreams that may answer for a route; of one tier, or of all."""
        bound = [(route.model, 0), *((it.model, it.tier) for it in route.targets)]
        names = [self.specification.models[model].upstream for model, of in bound if tier in {None, of}]
        return list(dict.fromkeys(names))

    def targets_on(self, route: Route, upstream: str) -> list[str]:
        """The models of a route that are bound to an upstream."""
        names = dict.fromkeys([route.model, *(it.model for it in route.targets)])
        return [name for name in names if self.specification.models[name].upstream == upstream]

    @asynccontextmanager
    async def callers(self) -> AsyncIterator[Callers]:
        """Callers with a key of the drill's own, until the end of the drill."""
        async with borrowed_key(self.target) as key:
            caller = Caller(self.url, key)
            try:
                yield Callers(caller, self.target)
            finally:
                await caller.close()

    def strangers(self) -> Callers:
        """Callers without a key: they are good for writing an experiment down, not for carrying it out."""
        return Callers(Caller(self.url), self.target)

    def others_are_answered(self) -> Signal:
        """That ordinary callers do not suffer more than the owner promised, since now: a condition for going on."""
        since = time.time()
        most = max(self.specification.slo.error_ratio_max, 1.0 - self.specification.slo.availability)

        async def failed_share() -> float:
            found = await asyncio.to_thread(lambda: [it for it in self.requests(since) if not is_drill(it)])
            failed = sum(record.outcome == "failed" for record in found)
            return failed / len(found) if len(found) >= MINIMUM else 0.0

        return Signal("failed calls of ordinary callers", failed_share, Tolerance(most=most), "of 1")


MINIMUM = 5
"""Fewer calls of others say nothing about a share."""


@dataclass(slots=True)
class Callers:
    """Sends new questions, so that no cache answers them."""

    caller: Caller
    target: Target

    async def ask(self, route: str, *, streamed: bool = False, most_tokens: int = 32) -> Answer:
        """One call with a question of its own, heard to its end."""
        question = f"Drill {secrets.token_hex(8)}: which three things should be kept ready?"
        return await self.say(route, question, streamed=streamed, most_tokens=most_tokens)

    async def say(
        self, route: str, question: str, *, streamed: bool, most_tokens: int, intended: float | None = None
    ) -> Answer:
        """One call, heard to its end; `intended` is the loop time at which it should have begun."""
        body: dict[str, Any] = {
            "model": route,
            "messages": [{"role": "user", "content": question}],
            "max_tokens": most_tokens,
        }
        if streamed:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return await self.caller.post("/chat/completions", body, intended)

    async def recorded(self, answers: Sequence[Answer], *, streamed: bool = False) -> list[Sent]:
        """The same calls with their records, waited for until each one that has an id is closed or patience ends."""
        until = time.monotonic() + JOURNAL_PATIENCE_S
        return [Sent(answer, await self._record(answer.request_id, until), streamed) for answer in answers]

    async def _record(self, request_id: str, until: float) -> RequestRecord | None:
        found = None
        while request_id:
            found = await asyncio.to_thread(self.target.find_request, request_id)
            if (found is not None and found.closed_at) or time.monotonic() >= until:
                return found
            await asyncio.sleep(0.05)
        return found

    def answers(self, route: str, *, calls: int = STEADY_CALLS) -> Signal:
        """The share of a few calls that is answered, as a signal of the steady state."""

        async def share() -> float:
            heard = await asyncio.gather(*(self.ask(route, most_tokens=8) for _ in range(calls)))
            return sum(answer.status == 200 and not answer.error for answer in heard) / calls

        return Signal(f"answered calls of {route}", share, Tolerance(least=1.0), "of 1")


def is_drill(record: RequestRecord) -> bool:
    """Whether a drill made this call."""
    return all(record.labels.get(name) == value for name, value in DRILL_LABELS.items())
