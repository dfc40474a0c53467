"""The drill `failover`: each upstream and each zone is lost while calls come in, and what callers notice is measured."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from colonnade.drills.conduct import Conductor
from colonnade.drills.course import Course
from colonnade.drills.diary import Diary
from colonnade.drills.experiment import Action, Blast, Check, Experiment, Sighting, Undo
from colonnade.drills.openloop import evenly, open_loop
from colonnade.drills.quantiles import quantile
from colonnade.drills.target import DRILL_LABELS
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.reliability.drills.arming import Strike
from colonnade.reliability.drills.site import Callers, Sent, Site
from colonnade.reliability.evidence import FailoverDrill, Loss

RUNBOOK = "endpoint-failure"
SECONDS = 8.0
"""How long calls come in while the upstream is lost."""
MOST_CALLS = 450
SLOW_PER_S = 2.0
"""Where a model of our own, or one that is paid, would have to answer."""
USUAL = 20
NOTICED_S = 0.5
SPARE_S = 15.0
UNREACHABLE = frozenset({"upstream_unreachable"})


@dataclass(frozen=True, slots=True)
class Goes:
    """What is lost, and the routes whose calls go there while all is well. `zone` is empty where none is lost with it."""

    kind: str
    name: str
    upstreams: tuple[str, ...]
    routes: tuple[str, ...]
    zone: str = ""


def losses(site: Site) -> list[Goes]:
    """Each upstream that carries calls, and each zone with several of them; a zone of one is lost with it."""
    carrying, zones = _carrying(site), dict[str, list[str]]()
    for name in carrying:
        zones.setdefault(site.specification.upstreams[name].zone or "", []).append(name)
    alone = {names[0]: zone for zone, names in zones.items() if len(names) == 1}
    found = [
        Goes("upstream", name, (name,), routes, alone.get(name, "")) for name, routes in carrying.items()
    ]
    for zone, names in zones.items():
        routes = dict.fromkeys(route for name in names for route in carrying[name])
        if zone and len(names) > 1:
            found.append(Goes("zone", zone, tuple(names), tuple(routes), zone))
    return [goes for goes in found if site.wanted(goes.name, goes.kind)]


def _carrying(site: Site) -> Mapping[str, tuple[str, ...]]:
    """Upstreams in the first tier of some route, with these routes."""
    found: dict[str, tuple[str, ...]] = {}
    for name, route in site.routes.items():
        for upstream in site.upstreams_of(route, tier=0):
            found[upstream] = (*found.get(upstream, ()), name)
    return found


@dataclass(slots=True)
class Lost:
    """One loss as it goes."""

    site: Site
    callers: Callers
    goes: Goes
    began: float = 0.0
    usual: list[Sent] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    shift_s: float | None = None
    disarmed_at: float = 0.0
    back_at: float = 0.0

    def experiment(self) -> Experiment:
        """The experiment, ready to be conducted."""
        goes, promised = self.goes, self.site.specification.slo.availability
        return Experiment(
            name=f"{goes.kind} {goes.name} lost",
            hypothesis=f"{promised:.2%} of calls are answered while {goes.kind} {goes.name} cannot be reached",
            steady=tuple(self.callers.answers(route) for route in goes.routes),
            method=(
                Action("measure usual calls", self._measure_usual),
                Action(
                    f"{', '.join(goes.upstreams)} cannot be reached",
                    self._arm,
                    Undo("remove-file", {"path": str(self.site.control.file)}),
                    ("colonnade", "drill", "arm", "closed", *(f"--upstream={it}" for it in goes.upstreams)),
                ),
            ),
            witness=self._witness,
            measure=self._measure,
            settle=self._settle,
            verify=self._checks,
            abort_when=(self.site.others_are_answered(),),
            blast=Blast("serving", _longest_s(), labels=DRILL_LABELS, routes=goes.routes),
            runbook=RUNBOOK,
            fault="zone_loss" if goes.zone else "upstream_outage",
        )

    def loss(self, course: Course) -> Loss:
        """The numbers of the record."""
        return Loss(
            kind=self.goes.kind,
            name=self.goes.name,
            zone=self.goes.zone,
            routes=list(self.goes.routes),
            verdict=course.verdict,
            witnessed=course.witnessed > 0.0,
            reason=course.reason,
            sent=len(self.sent),
            answered=sum(it.answered for it in self.sent),
            shift_s=self.shift_s,
            back_s=self.back_at - self.disarmed_at if self.back_at else None,
            p95_before_ms=_p95_ms(self.usual),
            p95_lost_ms=_p95_ms(self.sent),
        )

    async def _measure_usual(self) -> None:
        per_s = self._per_s()
        self.usual = await self._call(evenly(per_s, min(USUAL / per_s, SECONDS)))

    async def _arm(self) -> None:
        self.began = time.time()
        strike = Strike(
            experiment=f"{self.goes.kind} {self.goes.name} lost",
            upstreams=list(self.goes.upstreams),
            until=self.began + _longest_s(),
            address="http://127.0.0.1:1/v1",
            labels=dict(DRILL_LABELS),
        )
        await asyncio.to_thread(self.site.control.arm, strike)

    async def _witness(self) -> Sighting:
        """Calls come in from the moment of the loss on; the witness is one that met it."""
        per_s = self._per_s()
        self.sent = await self._call(evenly(per_s, SECONDS + NOTICED_S))
        met = [it for it in self.sent if it.record is not None and _met(it, self.goes.upstreams)]
        if not met:
            return Sighting(False, f"no call was tried at {', '.join(self.goes.upstreams)}")
        first = met[0].record
        assert first is not None, "a call that met it has a record"
        self.shift_s = max(0.0, self._left_alone_at() - first.opened_at)
        return Sighting(True, f"upstream_unreachable in the journal of {first.id}; {len(met)} calls met it")

    async def _measure(self, diary: Diary) -> None:
        for it in (*self.usual, *self.sent):
            if it.record is not None:
                diary.point("latency", it.answer.latency_s, it.record.opened_at)
                diary.point("answered", float(it.answered), it.record.opened_at)

    async def _settle(self, diary: Diary) -> None:
        self.disarmed_at = time.time()
        await asyncio.sleep(NOTICED_S)
        longest_s = max(
            self.site.specification.upstreams[it].breaker.longest_open_s for it in self.goes.upstreams
        )
        until = time.monotonic() + longest_s + SPARE_S
        while time.monotonic() < until:
            for_each = [self.callers.ask(route, most_tokens=8) for route in self.goes.routes]
            sent = await self.callers.recorded(await asyncio.gather(*for_each))
            if any(it.answered and it.record and it.record.upstream in self.goes.upstreams for it in sent):
                self.back_at = time.time()
                diary.note("measure", f"asked again after {self.back_at - self.disarmed_at:.1f} s")
                return
            await asyncio.sleep(0.2)

    def _checks(self) -> Sequence[Check]:
        answered, promised = sum(it.answered for it in self.sent), self.site.specification.slo.availability
        share = answered / len(self.sent) if self.sent else 0.0
        return [
            Check(
                "answered as promised",
                share >= promised,
                f"{answered} of {len(self.sent)}, asked {promised:.2%}",
            ),
            Check("calls go there again", self.back_at > 0.0),
        ]

    def _left_alone_at(self) -> float:
        """When the last of its targets was left alone; the end of the measurement where one never was."""
        mine = {
            target
            for route in self.goes.routes
            for upstream in self.goes.upstreams
            for target in self.site.targets_on(self.site.routes[route], upstream)
        }
        opened = {
            it.name: it.at
            for it in reversed(self.site.breakers())
            if it.after == "open" and it.at >= self.began
        }
        return max(opened.get(name, time.time()) for name in mine)

    def _per_s(self) -> float:
        """Enough calls to show the promised share, where they cost nothing."""
        kinds = {
            self.site.specification.upstreams[upstream].kind
            for route in self.goes.routes
            for upstream in self.site.upstreams_of(self.site.routes[route])
        }
        if kinds != {"simulator"}:
            return SLOW_PER_S
        needed = 4.5 / max(1e-6, 1.0 - self.site.specification.slo.availability)
        return min(MOST_CALLS, math.ceil(needed)) / SECONDS

    async def _call(self, moments: Iterable[float]) -> list[Sent]:
        routes = self.goes.routes

        async def one(number: int, _due: float) -> Sent:
            answer = await self.callers.ask(routes[number % len(routes)], most_tokens=8)
            return Sent(answer, None, streamed=False)

        heard = await open_loop(list(moments), one)
        return await self.callers.recorded([it.answer for it in heard])


def _longest_s() -> float:
    return 3 * SECONDS + SPARE_S + 60.0


def _met(sent: Sent, upstreams: Sequence[str]) -> bool:
    tried = sent.record.tried if sent.record is not None else ()
    return any(it.upstream in upstreams and it.error in UNREACHABLE for it in tried)


def _p95_ms(sent: Sequence[Sent]) -> float:
    found = quantile([it.answer.latency_s * 1000.0 for it in sent if it.answered], 0.95)
    return found.value if found is not None else 0.0


def declared(site: Site) -> Sequence[Experiment]:
    """The experiments, for people who read and for export."""
    return [Lost(site, site.strangers(), goes).experiment() for goes in losses(site)]


async def failover(site: Site, scope: Scope, conductor: Conductor) -> Record | None:
    """Lose everything once, one after the other."""
    runs: list[Lost] = []
    async with site.callers() as callers:
        for goes in losses(site):
            runs.append(Lost(site, callers, goes))
            course = await conductor.conduct(runs[-1].experiment())
            if course.verdict == "aborted":
                return None
    carrying = _carrying(site)
    all_of = {name for route in site.routes.values() for name in site.upstreams_of(route)}
    view = FailoverDrill(
        losses=[run.loss(course) for run, course in zip(runs, conductor.courses, strict=True)],
        standing_by=sorted(all_of - set(carrying)),
        availability=site.specification.slo.availability,
    )
    sent = sum(len(run.sent) for run in runs)
    return scope.record(view, kind="drill", source="drill", collector="reliability.failover@1", n=sent)
