"""The drill `upstream-fault`: calls meet every fault that upstreams show, and what the gateway makes of each is measured."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

from colonnade.drills.conduct import Conductor
from colonnade.drills.experiment import Experiment
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.gateway.upstream.faults import SLOW_FIRST_BYTE_S
from colonnade.reliability.drills.cases import CASES, NAMED, Case
from colonnade.reliability.drills.expired import expired_door
from colonnade.reliability.drills.site import Site
from colonnade.reliability.drills.struck import RUNBOOK, Aim, Struck
from colonnade.reliability.evidence import UpstreamFaultDrill
from colonnade.reliability.traffic import retries_of
from colonnade.workload.sections.serving import Route

__all__ = ["RUNBOOK", "aims", "declared", "upstream_fault"]


def aims(site: Site, port: int = 0) -> list[Aim]:
    """What is aimed at what: the whole table at the first upstream that has a substitute, one of each kind at the others.

    An upstream can be struck where calls go to it while all is well: in the first tier of a route.
    """
    found: dict[str, str] = {}
    for name, route in site.routes.items():
        if len(site.upstreams_of(route)) > 1:
            for upstream in site.upstreams_of(route, tier=0):
                found.setdefault(upstream, name)
    if not found and site.routes:
        name, route = next(iter(site.routes.items()))
        found = {site.upstreams_of(route)[0]: name}
    named = [case for case in CASES if case.name in NAMED]
    all_of = [
        Aim(_on(site.routes[route_name], case), upstream, route_name, port)
        for place, (upstream, route_name) in enumerate(found.items())
        for case in (CASES if place == 0 else named)
        if case.name != "wrong-model" or _has_snapshot(site, upstream)
    ]
    return [aim for aim in all_of if site.wanted(aim.case.name, aim.upstream, aim.name)]


def _on(route: Route, case: Case) -> Case:
    """The case as it meets this route: one that does not wait for the late first byte must leave the upstream alone."""
    waits_s = min(route.first_byte_s, route.timeout_s / 2.0)
    if case.fault == "slow_first_byte" and waits_s < SLOW_FIRST_BYTE_S:
        return replace(case, contained="left_alone")
    return case


def _has_snapshot(site: Site, upstream: str) -> bool:
    bound = [it for it in site.specification.models.values() if it.upstream == upstream]
    return all(it.snapshot for it in bound)


def declared(site: Site) -> Sequence[Experiment]:
    """The experiments, for people who read and for export."""
    callers = site.strangers()
    return [Struck(site, callers, aim).experiment() for aim in aims(site)]


async def upstream_fault(site: Site, scope: Scope, conductor: Conductor) -> Record | None:
    """Conduct every case; what was sent is summed up over all of them."""
    runs, began = list[Struck](), time.time()
    async with site.callers() as callers, expired_door() as port:
        for aim in aims(site, port):
            runs.append(Struck(site, callers, aim))
            course = await conductor.conduct(runs[-1].experiment())
            if course.verdict == "aborted":
                return None
    outcomes = [run.outcome(course) for run, course in zip(runs, conductor.courses, strict=True)]
    requests = await asyncio.to_thread(lambda: list(site.requests(began)))
    bare = [name for name, route in site.routes.items() if len(site.upstreams_of(route)) < 2]
    view = UpstreamFaultDrill(
        cases=outcomes, retries=retries_of(site.specification, requests), without_fallback=bare
    )
    return scope.record(
        view, kind="drill", source="drill", collector="reliability.upstream-fault@1", n=len(outcomes)
    )
