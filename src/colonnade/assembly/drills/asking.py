"""Drills that ask and look: each with what makes it a witness, and what should hold of what it saw."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from colonnade.assembly.counting import source_of
from colonnade.assembly.drills.altered import embedded_models, offer_altered
from colonnade.assembly.drills.place import Place
from colonnade.assembly.drills.rollback import data_rollback
from colonnade.cost.budgets.governor import Promise
from colonnade.cost.ceiling import beyond_the_ceiling
from colonnade.cost.counting.counters import Counters
from colonnade.cost.drills import budget
from colonnade.cost.evidence import BudgetDrill
from colonnade.drills.drill import Drill
from colonnade.drills.experiment import Check, Sighting
from colonnade.drills.observing import observing
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.operations.drills import PATIENCE_S, canary_request
from colonnade.operations.evidence import CanaryRequest, RunbookDrill
from colonnade.operations.runbook_drill import Procedure, runbooks
from colonnade.performance.drills import cache_isolation, cache_replay
from colonnade.performance.evidence import CacheIsolation, CacheReplay
from colonnade.reliability.evidence import DataRollback
from colonnade.responsibility import collect as responsibility
from colonnade.responsibility.drills import disclosure
from colonnade.responsibility.evidence import DisclosureDrill, Reconstruction
from colonnade.review.adapters.repository.procedures import front_matter
from colonnade.security.drills import access, transport
from colonnade.security.evidence import AccessDrill, TamperDrill, TransportDrill
from colonnade.usecase.constraints import CEILING
from colonnade.usecase.drills import Breach, constraints, residency_breach
from colonnade.usecase.evidence import ConstraintDrill
from colonnade.workload.sections.promises import Sampling

RECONSTRUCTED = 50
"""Requests that the drill `reconstruct` draws, or as many as zero tolerance needs in the environment."""


def asking(place: Place) -> Iterator[Drill]:
    """Every drill of this kind that can be aimed at the workload."""
    yield from _doors(place)
    yield from _answers(place)
    yield from _promises(place)
    if any((place.workload.folder / "runbooks").glob("*.md")):
        yield _runbook(place)
    if place.workload.specification.knowledge:
        yield _data_rollback(place)
    if embedded_models(place.workload.specification):
        yield _tamper(place)


def _doors(place: Place) -> Iterator[Drill]:
    yield observing(
        "access",
        "every stranger is refused at every door",
        ("SEC-02", "SEC-06"),
        partial(access, place.target(), elsewhere=place.other_doors()),
        AccessDrill,
        saw=lambda it: Sighting(it.control_answered, "the permitted call was answered"),
        held=lambda it: [
            Check("every stranger is refused", all(each.refused for each in it.attempts), f"{len(it.attempts)} tries"),
            Check("nothing answers elsewhere", it.off_network_refused is not False),
        ],
    )  # fmt: skip
    yield observing(
        "transport",
        "every hop speaks TLS",
        ("SEC-01",),
        partial(transport, place.hops()),
        TransportDrill,
        saw=lambda it: Sighting(it.probed > 0, f"{it.probed} hops answered"),
        held=lambda it: [
            Check("every hop speaks TLS alone", it.tls_ok == it.probed, f"in clear: {', '.join(it.in_clear)}")
        ],
    )


def _answers(place: Place) -> Iterator[Drill]:
    target = place.target()
    yield observing(
        "canary-request",
        "a request leaves its record",
        ("OPS-11",),
        partial(canary_request, target),
        CanaryRequest,
        saw=lambda it: Sighting(it.sent, "the request was answered"),
        held=lambda it: [
            Check("its record is found whole", it.found and it.complete),
            Check("in time", it.seconds <= PATIENCE_S, f"{it.seconds:.1f} s"),
        ],
    )
    yield observing(
        "cache-replay",
        "the same request is paid once",
        ("PERF-11",),
        partial(cache_replay, target),
        CacheReplay,
        saw=lambda it: Sighting(it.first_reached_upstream, "the first one reached the upstream"),
        held=lambda it: [
            Check("the same answer, without a call", it.same_body and not it.second_reached_upstream),
            Check("another prompt or model misses", it.changed_version_missed),
        ],
    )
    yield observing(
        "cache-isolation",
        "nobody gets another's, a removed or an altered answer",
        ("PERF-07",),
        partial(cache_isolation, target),
        CacheIsolation,
        saw=lambda it: Sighting(it.was_cached, "the first tenant's second request was a hit"),
        held=lambda it: [
            Check("a second tenant misses", it.second_tenant_missed),
            Check("what was thrown away is gone", it.invalidation_removed),
            Check("an altered answer is refused", it.poisoned_refused),
        ],
    )


def _promises(place: Place) -> Iterator[Drill]:
    yield observing(
        "budget",
        "spend is warned of and stopped",
        ("COST-02",),
        partial(_budget, place),
        BudgetDrill,
        saw=lambda it: Sighting(it.enforced, "the gateway that serves holds budgets by the same code"),
        held=lambda it: [
            Check("every threshold was told", sorted(it.heard) == [*it.thresholds, 1.0]),
            Check("refused at the cap, nothing beyond", it.refused and not it.beyond, f"{it.spent:.1%} spent"),
        ],
    )  # fmt: skip
    yield observing(
        "constraints",
        "what breaks a declared limit is refused",
        ("UC-04",),
        partial(_constraints, place),
        ConstraintDrill,
        saw=lambda it: Sighting(
            bool(it.broken) and all(each.enforced for each in it.broken), f"{len(it.broken)} limits were broken"
        ),
        held=lambda it: [Check(each.policy, bool(each.refused_with), each.refused_with) for each in it.broken],
    )  # fmt: skip
    yield observing(
        "disclosure",
        "every surface says that an AI answers",
        ("RAI-06",),
        partial(_disclosure, place),
        DisclosureDrill,
        saw=lambda it: Sighting(bool(it.surfaces), f"{len(it.surfaces)} surfaces answered"),
        held=lambda it: [
            Check(each.surface, each.header and (each.notice or not each.notice_expected)) for each in it.surfaces
        ],
    )  # fmt: skip
    yield observing(
        "reconstruct",
        "any request can be told again",
        ("RAI-07",),
        partial(_reconstruct, place),
        Reconstruction,
        saw=lambda it: Sighting(it.sampled > 0, f"{it.sampled} requests were drawn"),
        held=lambda it: [
            Check("every story is whole", it.whole == it.sampled, f"{it.whole} of {it.sampled}")
        ],
    )


def _runbook(place: Place) -> Drill:
    return observing(
        "runbook",
        "every written procedure can be carried out",
        ("OPS-13",),
        partial(_procedures, place),
        RunbookDrill,
        saw=lambda it: Sighting(any(run.done for run in it.runs), f"{sum(run.done for run in it.runs)} commands ended well"),
        held=lambda it: [Check(run.name, not run.failed, run.failed or f"{run.seconds:.1f} s") for run in it.runs],
    )  # fmt: skip


async def _procedures(place: Place, scope: Scope) -> Record:
    folder = place.workload.folder
    found = [(path.stem, front_matter(path)) for path in sorted((folder / "runbooks").glob("*.md"))]
    procedures = [Procedure(name, tuple(map(str, front.get("commands") or ()))) for name, front in found]
    return await runbooks(procedures, folder, place.port, scope)


def _data_rollback(place: Place) -> Drill:
    return observing(
        "data-rollback",
        "an index can be rolled back",
        ("REL-09",),
        partial(data_rollback, place.workload),
        DataRollback,
        saw=lambda it: Sighting(it.changed_forward > 0, f"{it.changed_forward} results changed on the way"),
        held=lambda it: [Check("every stored result came back", it.same_after_rollback == it.queries)],
    )


def _tamper(place: Place) -> Drill:
    return observing(
        "tamper",
        "an altered model does not load",
        ("SEC-07",),
        partial(offer_altered, place.workload),
        TamperDrill,
        saw=lambda it: Sighting(it.original_accepted, "the loader took the original"),
        held=lambda it: [Check("the altered copy is refused", it.altered_refused, it.message)],
    )


async def _budget(place: Place, scope: Scope) -> Record:
    newest = place.ledger.newest("config.budget", scope.environment)
    holds = newest is not None and newest.subject.policy == scope.subject.policy and newest.n > 0
    thresholds = Promise.of(place.workload.specification).thresholds
    return await budget(thresholds, Counters(source_of(place.workload)), enforced=holds, scope=scope)


async def _constraints(place: Place, scope: Scope) -> Record:
    specification = place.workload.specification
    newest = place.ledger.newest("config.gateway", scope.environment)
    stages = newest.facts["stages"] if newest is not None else ()
    residency = residency_breach(specification, enforced="constrain" in stages)
    breaches = [residency] if residency is not None else []
    ceiling = specification.constraints.budget_ceiling
    if ceiling != "none":
        send = partial(beyond_the_ceiling, ceiling.per_month_usd)
        breaches.append(Breach(CEILING, "budget" in stages, send))
    return await constraints(breaches, scope)


async def _disclosure(place: Place, scope: Scope) -> Record:
    specification = place.workload.specification
    routes = specification.routes
    notices = {name: route.disclosure.text for name, route in routes.items() if route.disclosure.text}
    media = [kind for kind in specification.task.modality.output if kind not in {"text", "code"}]
    return await disclosure(place.target(), notices, media, scope)


async def _reconstruct(place: Place, scope: Scope) -> Record:
    requests = place.ledger.requests(scope.window_start, scope.window_end)
    mine = [
        request
        for request in requests
        if request.environment == scope.environment and request.policy == scope.subject.policy
    ]
    sampling = place.workload.specification.review.sampling.get(scope.environment) or Sampling()
    size = max(RECONSTRUCTED, round(3 / (1 - sampling.zero_tolerance_claim)))
    return responsibility.reconstruction(mine, int(scope.window_end), size, scope)
