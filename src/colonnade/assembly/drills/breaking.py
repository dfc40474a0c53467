"""Drills that break something: each aimed at the workload, with what its hypothesis is and what its record proves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

import msgspec

from colonnade.assembly.drills.place import Place
from colonnade.assembly.upstreams import secret
from colonnade.assembly.worker import run_folder
from colonnade.drills.caller import Caller
from colonnade.drills.conduct import Conductor
from colonnade.drills.drill import Drill
from colonnade.errors import SetupError
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.reliability.drills import failover, kill, load, upstream_fault
from colonnade.reliability.drills.arming import Control, stays_here
from colonnade.reliability.drills.site import Site
from colonnade.reliability.evidence import LoadDrill


def breaking(place: Place) -> Iterator[Drill]:
    """Every drill of this kind that can be aimed at the workload."""
    site = site_of(place)
    if site.routes:
        yield Drill(
            "upstream-fault",
            "calls are answered, or told plainly, whatever an upstream does",
            ("REL-04", "REL-05"),
            partial(upstream_fault.upstream_fault, site),
            group="serving",
            runbook=upstream_fault.RUNBOOK,
            declared=partial(upstream_fault.declared, site),
        )
        yield Drill(
            "failover",
            "the loss of an upstream or a zone is not felt more than promised",
            ("REL-01", "REL-05"),
            partial(failover.failover, site),
            group="serving",
            runbook=failover.RUNBOOK,
            declared=partial(failover.declared, site),
        )
        yield Drill(
            "kill",
            "what is killed, stopped or starved comes back by itself, and nothing is lost",
            ("REL-03", "REL-05"),
            partial(kill.kill, site, place.roster()),
            group="serving",
            runbook=kill.RUNBOOK,
            declared=partial(kill.declared, site, place.roster()),
        )
        yield Drill(
            "load",
            "the expected peak and half as much again are carried within the objectives",
            ("REL-06",),
            partial(_load, place, site),
            group="serving",
            runbook=load.RUNBOOK,
        )


def at_endpoint(place: Place, name: str) -> Drill:
    """The drill `load` aimed at an endpoint that the owner lists.

    Raises:
        SetupError: there is none of that name, it is not on this machine although it should be, or its key cannot be read.
    """
    listed = place.workload.specification.drills.targets
    if name not in listed:
        raise SetupError(f"`drills.targets` has no `{name}`; it has: {', '.join(listed) or 'none'}")
    endpoint = listed[name]
    if not endpoint.beyond_loopback and not stays_here(endpoint.url):
        raise SetupError(
            f"drills.targets.{name} is not on this machine: say `beyond_loopback: true` to allow it"
        )
    key = secret(f"drills.targets.{name}.key", endpoint.key) or ""
    called = (endpoint.model, Caller(endpoint.url, key))
    return Drill(
        "load",
        f"the expected peak and half as much again are carried by {name}",
        ("REL-06",),
        partial(_load, place, site_of(place), endpoint=called),
        group="serving",
    )


async def _load(
    place: Place,
    site: Site,
    scope: Scope,
    conductor: Conductor,
    *,
    endpoint: tuple[str, Caller] | None = None,
) -> Record | None:
    """Beside the last run of this environment."""
    newest = place.ledger.newest("drill.load", scope.environment)
    previous = msgspec.convert(newest.facts, LoadDrill) if newest is not None else None
    profile = place.workload.specification.drills.load
    return await load.Load(site, profile, place.gateways, previous, endpoint).run(scope, conductor)


def site_of(place: Place) -> Site:
    """The workload as the drills of reliability see it."""
    ledger, workload = place.ledger, place.workload
    return Site(
        specification=workload.specification,
        target=place.target(),
        url=f"http://{place.host}:{place.port}/v1",
        control=Control.of(ledger.store, run_folder(workload.state)),
        breakers=partial(ledger.changes, kind="breaker"),
        requests=lambda since: ledger.requests(since, time.time() + 1.0),
        only=place.only,
    )
