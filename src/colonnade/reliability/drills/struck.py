"""One fault at one upstream as it goes: armed, met by calls, contained or not, taken back, and over."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from colonnade.drills.course import Course
from colonnade.drills.diary import Diary
from colonnade.drills.experiment import Action, Blast, Check, Experiment, Sighting, Undo
from colonnade.drills.target import DRILL_LABELS
from colonnade.evidence.change import Change
from colonnade.reliability.drills.arming import Strike
from colonnade.reliability.drills.cases import Case, witnessed
from colonnade.reliability.drills.containment import Found, by_another, charged_once, checks
from colonnade.reliability.drills.faultpoint import FaultPoint
from colonnade.reliability.drills.site import Callers, Sent, Site
from colonnade.reliability.evidence import FaultOutcome
from colonnade.workload.sections.serving import Route

RUNBOOK: Final = "endpoint-failure"
USUAL: Final = 4
SHELTERED: Final = 6
"""Calls while the upstream is left alone: each must be answered by another."""
WITNESS_S: Final = 45.0
LEFT_ALONE_S: Final = 45.0
NOTHING_S: Final = 3.0
"""When no call met the fault for so long, it was not armed where it should bite."""
NOTICED_S: Final = 0.5
"""A gateway notices that a fault was armed or disarmed within this time, twice over."""
SPARE_S: Final = 15.0


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
            by_others=sum(by_another(it, self.aim.upstream) for it in sent),
            charged_twice=sum(not charged_once(it) for it in sent),
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
        found = Found(
            upstream=self.aim.upstream,
            struck=self.struck,
            sheltered=self.sheltered,
            opened=self.opened_at > 0.0 or self._opened(),
            back=self.closed_at > 0.0,
        )
        return checks(self.case.contained, found)

    def _opened(self) -> bool:
        changes = [it.at for it in self._changes("open") if it.at >= self.began]
        self.opened_at = changes[0] if changes else 0.0
        return bool(changes)

    def _changes(self, after: str) -> list[Change]:
        mine = self.site.targets_on(self.route, self.aim.upstream)
        return [it for it in self.site.breakers() if it.name in mine and it.after == after]

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


def _was_struck(sent: Sent) -> bool:
    return sent.record is not None and any(line.stage == FaultPoint.name for line in sent.record.decisions)


def _closed_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
