"""Every drill of the pillars, aimed at one running workload."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from colonnade.assembly.counting import source_of
from colonnade.assembly.opened import opened
from colonnade.assembly.reviewing import current_subject, scope_of
from colonnade.assembly.rollback import data_rollback
from colonnade.assembly.stored import KnowledgeShelf
from colonnade.cost.budgets.governor import Promise
from colonnade.cost.ceiling import beyond_the_ceiling
from colonnade.cost.counting.counters import Counters
from colonnade.cost.drills import budget
from colonnade.drills.drill import Drill, Outcome, choose, exercise
from colonnade.drills.target import IssuedKey, Target
from colonnade.drills.telephone import LoopbackTelephone
from colonnade.errors import SetupError
from colonnade.evidence.change import operator
from colonnade.evidence.collection import Scope
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.record import Record
from colonnade.gateway.upstream.embedded.runtime import Runtime
from colonnade.gateway.upstream.embedded.text import EmbeddedText
from colonnade.operations.drills import canary_request
from colonnade.performance.drills import cache_isolation, cache_replay
from colonnade.registry.models import ModelStore
from colonnade.responsibility import collect as responsibility
from colonnade.responsibility.drills import disclosure
from colonnade.security.drills import access, tamper, transport
from colonnade.security.keys import DAY_S, ApiKeys, Role
from colonnade.usecase.constraints import CEILING
from colonnade.usecase.drills import Breach, constraints, residency_breach
from colonnade.workload.folder import Workload
from colonnade.workload.sections.promises import Sampling
from colonnade.workload.sections.serving import WEB_KINDS

LOAD_PATIENCE_S = 60.0
DECIDED = frozenset({"loading", "ready", "refused"})
"""Phases in which the loader has verified the file, or refused it."""

ELSEWHERE_S = 5.0
RECONSTRUCTED = 50
"""Requests that the drill `reconstruct` draws, or as many as zero tolerance needs in the environment."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys for the length of a drill, written to the ledger like all others."""

    keys: ApiKeys

    def issue(self, *, role: Role, expires_in_s: float) -> IssuedKey:
        """A new key; a negative term makes one that has expired already."""
        now = time.time() if expires_in_s > 0 else time.time() + expires_in_s - 1.0
        term_days = (expires_in_s if expires_in_s > 0 else 1.0) / DAY_S
        labels = {"purpose": "drill"}
        made = self.keys.create(role, labels, actor=operator(), now=now, expires_days=term_days)
        return IssuedKey(made.key.id, made.text)

    def revoke(self, key_id: str) -> None:
        """Take a key back."""
        self.keys.revoke(key_id, actor=operator(), now=time.time())


async def run_drills(
    folder: Path, host: str, port: int, names: Iterable[str], elsewhere: Sequence[str] = ()
) -> AsyncIterator[Outcome]:
    """Run drills one after the other against the gateway at `host:port`, and record each.

    Raises:
        UnknownDrill: a name that no drill has.
        SetupError: the folder's gateway is not the one that answers there.
    """
    with opened(folder) as (workload, ledger, shelf):
        range_ = Range(workload, ledger, shelf, host, port, elsewhere)
        for drill in choose(range_.drills(), names):
            outcome = await exercise(drill, range_.scope())
            if outcome.record is not None:
                ledger.append_record(outcome.record)
            yield outcome


def known_drills(folder: Path) -> Sequence[Drill]:
    """Every drill that can be aimed at a workload, without running any."""
    with opened(folder) as (workload, ledger, shelf):
        return Range(workload, ledger, shelf, "127.0.0.1", 0).drills()


@dataclass(frozen=True, slots=True)
class Range:
    """One workload and its gateway, as the place where drills happen.

    `elsewhere` are other addresses of this machine, on which the gateway must not answer; a drill calls none that
    its operator did not name.
    """

    workload: Workload
    ledger: Ledger
    shelf: KnowledgeShelf
    host: str
    port: int
    elsewhere: Sequence[str] = ()

    def scope(self) -> Scope:
        """What runs now, in the window of its environment."""
        environment = self.workload.specification.review.environment
        subject = current_subject(self.workload, self.ledger, self.shelf.live(), environment)
        return scope_of(self.workload, subject, environment, time.time())

    def drills(self) -> list[Drill]:
        """Every drill, each bound to what it needs."""
        target = self._target()
        found = [
            Drill(
                "access",
                "every stranger is refused at every door",
                ("SEC-02", "SEC-06"),
                partial(access, target, elsewhere=self._elsewhere()),
            ),
            Drill("transport", "every hop speaks TLS", ("SEC-01",), partial(transport, self._hops())),
            Drill(
                "canary-request", "a request leaves its record", ("OPS-11",), partial(canary_request, target)
            ),
            Drill(
                "cache-replay", "the same request is paid once", ("PERF-11",), partial(cache_replay, target)
            ),
            Drill("budget", "spend is warned of and stopped", ("COST-02",), self._budget),
            Drill(
                "cache-isolation",
                "nobody gets another's, a removed or an altered answer",
                ("PERF-07",),
                partial(cache_isolation, target),
            ),
            Drill("constraints", "what breaks a declared limit is refused", ("UC-04",), self._constraints),
            Drill("disclosure", "every surface says that an AI answers", ("RAI-06",), self._disclosure),
            Drill("reconstruct", "any request can be told again", ("RAI-07",), self._reconstruct),
        ]
        if self.workload.specification.knowledge:
            found.append(Drill("data-rollback", "an index can be rolled back", ("REL-09",), self._rollback))
        if self._embedded_models():
            found.append(Drill("tamper", "an altered model does not load", ("SEC-07",), self._tamper))
        return found

    def _target(self) -> Target:
        routes = self.workload.specification.routes
        chats = sorted((name for name, route in routes.items() if route.endpoint == "chat"), key=self._cost)
        return Target(
            call=LoopbackTelephone(self.host, self.port),
            keys=Keys(ApiKeys(self.ledger)),
            find_request=self.ledger.request,
            routes=tuple(chats),
            cached_routes=tuple(
                name for name in chats if routes[name].cache == "exact" and routes[name].knowledge is None
            ),
            disclosing_routes=tuple(chats),
            embedding_routes=tuple(name for name, route in routes.items() if route.endpoint == "embeddings"),
        )

    def _elsewhere(self) -> list[LoopbackTelephone]:
        return [LoopbackTelephone(address, self.port, ELSEWHERE_S) for address in self.elsewhere]

    def _cost(self, route: str) -> tuple[int, str]:
        """The simulator answers first: a drill takes the cheapest route that there is."""
        binding = self.workload.specification.models[self.workload.specification.routes[route].model]
        kind = self.workload.specification.upstreams[binding.upstream].kind
        return ("simulator", "embedded").index(kind) if kind not in WEB_KINDS else 2, route

    def _hops(self) -> list[tuple[str, str, int]]:
        return [("listener", self.host, self.port)]

    async def _budget(self, scope: Scope) -> Record:
        newest = self.ledger.newest("config.budget", scope.environment)
        holds = newest is not None and newest.subject.policy == scope.subject.policy and newest.n > 0
        thresholds = Promise.of(self.workload.specification).thresholds
        return await budget(thresholds, Counters(source_of(self.workload)), enforced=holds, scope=scope)

    async def _constraints(self, scope: Scope) -> Record:
        specification = self.workload.specification
        newest = self.ledger.newest("config.gateway", scope.environment)
        stages = newest.facts["stages"] if newest is not None else ()
        residency = residency_breach(specification, enforced="constrain" in stages)
        breaches = [residency] if residency is not None else []
        ceiling = specification.constraints.budget_ceiling
        if ceiling != "none":
            send = partial(beyond_the_ceiling, ceiling.per_month_usd)
            breaches.append(Breach(CEILING, "budget" in stages, send))
        return await constraints(breaches, scope)

    async def _disclosure(self, scope: Scope) -> Record:
        routes = self.workload.specification.routes
        notices = {name: route.disclosure.text for name, route in routes.items() if route.disclosure.text}
        media = [
            kind for kind in self.workload.specification.task.modality.output if kind not in {"text", "code"}
        ]
        return await disclosure(self._target(), notices, media, scope)

    async def _reconstruct(self, scope: Scope) -> Record:
        requests = self.ledger.requests(scope.window_start, scope.window_end)
        mine = [
            request
            for request in requests
            if request.environment == scope.environment and request.policy == scope.subject.policy
        ]
        sampling = self.workload.specification.review.sampling.get(scope.environment) or Sampling()
        size = max(RECONSTRUCTED, round(3 / (1 - sampling.zero_tolerance_claim)))
        return responsibility.reconstruction(mine, int(scope.window_end), size, scope)

    async def _rollback(self, scope: Scope) -> Record:
        return await data_rollback(self.workload, scope)

    def _embedded_models(self) -> list[str]:
        specification = self.workload.specification
        active = [
            specification.models[name] for name in sorted({r.model for r in specification.routes.values()})
        ]
        return [
            it.model
            for it in active
            if it.purpose == "text" and specification.upstreams[it.upstream].kind == "embedded"
        ]

    async def _tamper(self, scope: Scope) -> Record:
        name = self._embedded_models()[0]
        files = await asyncio.to_thread(ModelStore().find, name)
        if files is None:
            raise SetupError(f"the model {name} is not here: run `colonnade model fetch {name}`")
        runtime = Runtime.of(files)
        self.workload.state.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.workload.state) as scratch:
            log = self.workload.state / "logs" / "drill-tamper.log"
            return await tamper(files.weights, partial(_offer, runtime, log), Path(scratch), scope)


async def _offer(runtime: Runtime, log: Path, weights: Path) -> None:
    """Offer `weights` to the very loader that serves; returns when it verified them.

    Raises:
        SetupError: the loader refused.
    """
    text = EmbeddedText(replace(runtime, weights=weights), log)
    text.start()
    deadline = time.monotonic() + LOAD_PATIENCE_S
    try:
        while text.state.phase not in DECIDED and time.monotonic() < deadline:  # noqa: ASYNC110 - told by being read
            await asyncio.sleep(0.05)
    finally:
        phase, reason = text.state.phase, text.state.reason
        await text.close()
    if phase not in {"loading", "ready"}:
        raise SetupError(reason or f"not verified within {LOAD_PATIENCE_S:.0f} s")
