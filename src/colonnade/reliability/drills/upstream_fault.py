"""The drill `upstream-fault`: calls meet every fault that upstreams show, and what the gateway makes of each is measured."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from colonnade.drills.conduct import Conductor
from colonnade.drills.course import Course
from colonnade.drills.diary import Diary
from colonnade.drills.experiment import Action, Blast, Check, Experiment, Sighting, Undo
from colonnade.drills.target import DRILL_LABELS
from colonnade.evidence.change import Change
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.reliability.drills.arming import Strike
from colonnade.reliability.drills.cases import CASES, NAMED, Case, usage_of, witnessed
from colonnade.reliability.drills.expired import expired_door
from colonnade.reliability.drills.faultpoint import FaultPoint
from colonnade.reliability.drills.site import Callers, Sent, Site
from colonnade.reliability.evidence import FaultOutcome, UpstreamFaultDrill
from colonnade.reliability.traffic import retries_of
from colonnade.workload.sections.serving import Route

RUNBOOK = "endpoint-failure"
USUAL = 4
SHELTERED = 6
"""Calls while the upstream is left alone: each must be answered by another."""
WITNESS_S = 45.0
LEFT_ALONE_S = 45.0
NOTICED_S = 0.5
"""A gateway notices that a fault was armed or disarmed within this time, twice over."""
SPARE_S = 15.0


@dataclass(frozen=True, slots=True)
class Aim:
    """One case, aimed at one upstream by calls to one route."""

    case: Case
    upstream: str
    route: str
    port: int = 0
    """Of the door that shows an expired certificate."""

    @property
    def name(self) -> str:
        """The experiment's."""
        return f"{self.case.name} at {self.upstream}"

    @property
    def address(self) -> str:
        """What is called in the upstream's place, where that is the fault."""
        places = {
            "closed": f"http://127.0.0.1:{_closed_port()}/v1",
            "nowhere": "http://drill.invalid/v1",
            "expired": f"https://127.0.0.1:{self.port}/v1",
        }
        return places.get(self.case.place, "")


@dataclass(slots=True)
class Struck:
    """One experiment of the drill, as it goes: what was sent when, and what came of it."""

    site: Site
    callers: Callers
    aim: Aim
    began: float = 0.0
    usual: list[Sent] = field(default_factory=list)
    struck: list[Sent] = field(default_factory=list)
    sheltered: list[Sent] = field(default_factory=list)
    opened_at: float = 0.0
    closed_at: float = 0.0
    disarmed_at: float = 0.0

    @property
    def case(self) -> Case:
        """The fault."""
        return self.aim.case

    @property
    def route(self) -> Route:
        """The route that is called."""
        return self.site.routes[self.aim.route]

    def experiment(self) -> Experiment:
        """The experiment, ready to be conducted."""
        longest_s = WITNESS_S + LEFT_ALONE_S + SPARE_S
        arm = (
            "colonnade",
            "drill",
            "arm",
            self.case.fault or self.case.place,
            "--upstream",
            self.aim.upstream,
        )
        undo = Undo("remove-file", {"path": str(self.site.control.file)})
        return Experiment(
            name=self.aim.name,
            hypothesis=f"calls of {self.aim.route} are answered, or told plainly, while {self.aim.upstream} shows {self.case.name}",
            steady=(self.callers.answers(self.aim.route),),
            method=(
                Action("measure usual calls", self._measure_usual),
                Action(f"{self.case.name} in the place of {self.aim.upstream}", self._arm, undo, arm),
            ),
            witness=self._witness,
            measure=self._measure,
            settle=self._settle,
            verify=self._checks,
            abort_when=(self.site.others_are_answered(),),
            blast=Blast("serving", longest_s, labels=DRILL_LABELS, routes=(self.aim.route,)),
            runbook=RUNBOOK,
            fault=self.case.fault_class,
        )

    def outcome(self, course: Course) -> FaultOutcome:
        """The numbers of the record."""
        sent = [*self.struck, *self.sheltered]
        return FaultOutcome(
            fault=self.case.name,
            kind=self.case.kind,
            contained=self.case.contained,
            upstream=self.aim.upstream,
            route=self.aim.route,
            verdict=course.verdict,
            witnessed=course.witnessed > 0.0,
            reason=course.reason,
            sent=len(sent),
            answered=sum(it.answered for it in sent),
            told=sum(it.honest and not it.answered for it in sent),
            by_others=sum(self._by_another(it) for it in sent),
            charged_twice=sum(not _charged_once(it) for it in sent),
            opened_s=self.opened_at - self.began if self.opened_at else None,
            closed_s=self.closed_at - self.disarmed_at if self.closed_at else None,
        )

    async def _measure_usual(self) -> None:
        self.usual = await self._send(USUAL)

    async def _arm(self) -> None:
        self.began = time.time()
        strike = Strike(
            experiment=self.aim.name,
            upstreams=[self.aim.upstream],
            until=self.began + WITNESS_S + LEFT_ALONE_S + SPARE_S,
            fault=self.case.fault,
            address=self.aim.address,
            labels=dict(DRILL_LABELS),
        )
        await asyncio.to_thread(self.site.control.arm, strike)
        await asyncio.sleep(NOTICED_S)

    async def _witness(self) -> Sighting:
        until = time.monotonic() + WITNESS_S
        while time.monotonic() < until:
            self.struck += [sent for sent in await self._send(2) if _was_struck(sent)]
            seen = witnessed(self.case, self.struck, self.usual)
            if seen:
                return Sighting(True, seen)
            if not self.struck and time.monotonic() > until - WITNESS_S + NOTHING_S:
                break
        return Sighting(
            False, f"no call of {self.aim.route} met it" if not self.struck else "it changed nothing"
        )

    async def _measure(self, diary: Diary) -> None:
        if self.case.contained in {"borne", "rested"}:
            self.struck += await self._send(SHELTERED)
        else:
            await self._until_left_alone(diary)
            self.sheltered = await self._send(SHELTERED)
        for sent in (*self.usual, *self.struck, *self.sheltered):
            if sent.record is not None:
                diary.point(f"latency of {self.aim.route}", sent.answer.latency_s, sent.record.opened_at)

    async def _until_left_alone(self, diary: Diary) -> None:
        failures = self.site.specification.upstreams[self.aim.upstream].breaker.failures
        until = time.monotonic() + LEFT_ALONE_S
        while not self._opened() and time.monotonic() < until:
            self.struck += await self._send(failures)
        if self.opened_at:
            diary.note("measure", f"breaker open after {self.opened_at - self.began:.1f} s", self.opened_at)

    async def _settle(self, diary: Diary) -> None:
        self.disarmed_at = time.time()
        await asyncio.sleep(NOTICED_S)
        if self.case.contained == "borne":
            return
        longest_s = self.site.specification.upstreams[self.aim.upstream].breaker.longest_open_s
        until = time.monotonic() + longest_s + SPARE_S
        while time.monotonic() < until:
            if await self._is_back():
                break
            await asyncio.sleep(0.2)
        if self.closed_at:
            diary.note(
                "measure", f"asked again after {self.closed_at - self.disarmed_at:.1f} s", self.closed_at
            )

    async def _is_back(self) -> bool:
        """Whether the upstream answers calls again: its breaker closed, or, where none opened, it was asked."""
        sent = await self._send(2, streamed=False)
        if self.opened_at:
            closed = [it.at for it in self._changes("closed") if it.at >= self.opened_at]
            self.closed_at = closed[-1] if closed else 0.0
        elif any(it.record is not None and it.record.upstream == self.aim.upstream for it in sent):
            self.closed_at = time.time()
        return self.closed_at > 0.0

    def _checks(self) -> Sequence[Check]:
        sent = [*self.struck, *self.sheltered]
        return [
            Check(
                "every caller was answered or told plainly",
                all(it.honest for it in sent),
                f"{len(sent)} calls",
            ),
            Check("each answer was charged once", all(_charged_once(it) for it in sent)),
            *self._containment(),
        ]

    def _containment(self) -> Iterator[Check]:
        if self.case.contained == "borne":
            answered = sum(it.answered for it in self.struck)
            yield Check(
                "every call was answered", answered == len(self.struck), f"{answered} of {len(self.struck)}"
            )
            return
        if self.case.contained == "rested":
            answered = sum(it.answered for it in self.struck)
            yield Check(
                "others answered meanwhile", answered == len(self.struck), f"{answered} of {len(self.struck)}"
            )
            yield Check("no breaker opened", not self._opened())
            yield Check("it was asked again", self.closed_at > 0.0)
            return
        yield Check("its breaker opened", self.opened_at > 0.0, f"after {len(self.struck)} calls")
        others = sum(self._by_another(it) for it in self.sheltered)
        told = f"{others} of {len(self.sheltered)}"
        yield Check(
            "others answered while it was left alone", bool(others) and others == len(self.sheltered), told
        )
        yield Check("its breaker closed again", self.closed_at > 0.0)

    def _opened(self) -> bool:
        changes = [it.at for it in self._changes("open") if it.at >= self.began]
        self.opened_at = changes[0] if changes else 0.0
        return bool(changes)

    def _changes(self, after: str) -> list[Change]:
        mine = self.site.targets_on(self.route, self.aim.upstream)
        return [it for it in self.site.breakers() if it.name in mine and it.after == after]

    def _by_another(self, sent: Sent) -> bool:
        return sent.answered and sent.record is not None and sent.record.upstream != self.aim.upstream

    async def _send(self, calls: int, *, streamed: bool | None = None) -> list[Sent]:
        as_stream = self.case.streamed if streamed is None else streamed
        ask = self.callers.ask
        answers = await asyncio.gather(
            *(
                ask(self.aim.route, streamed=as_stream, most_tokens=self.case.most_tokens)
                for _ in range(calls)
            )
        )
        return await self.callers.recorded(answers, streamed=as_stream)


NOTHING_S = 3.0
"""When no call met the fault for so long, it was not armed where it should bite."""


def _was_struck(sent: Sent) -> bool:
    return sent.record is not None and any(line.stage == FaultPoint.name for line in sent.record.decisions)


def _charged_once(sent: Sent) -> bool:
    """Whether what was counted is what the caller was told, where the upstream's count could be believed."""
    record, usage = sent.record, usage_of(sent)
    if record is None or not sent.answered or not record.usage_reported or not usage:
        return True
    inputs = record.fresh_input + record.cache_read + record.cache_write + record.cache_write_1h
    return (inputs, record.output + record.reasoning) == (usage["prompt_tokens"], usage["completion_tokens"])


def _closed_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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
    return [
        Aim(case, upstream, route_name, port)
        for place, (upstream, route_name) in enumerate(found.items())
        for case in (CASES if place == 0 else named)
        if case.name != "wrong-model" or _has_snapshot(site, upstream)
    ]


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
