"""The drill `kill`: each component is killed, stopped and starved while calls come in, and must come back by itself."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import psutil

from colonnade.drills.caller import Answer
from colonnade.drills.conduct import Conductor
from colonnade.drills.course import Course
from colonnade.drills.diary import Diary
from colonnade.drills.experiment import Action, Blast, Check, Experiment, Sighting, Signal, Tolerance, Undo
from colonnade.drills.target import DRILL_LABELS
from colonnade.errors import SetupError
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.reliability.drills.site import Callers, Site
from colonnade.reliability.evidence import KillDrill, Recovered
from colonnade.reliability.roster import Member, Roster

How = Literal["kill", "hang", "starve"]
HOWS: Final[tuple[How, ...]] = ("kill", "hang", "starve")
RUNBOOK = "endpoint-failure"
EMBEDDED: Final = "embedded model"
_CHILD: Final = "colonnade.gateway.upstream.embedded.child"
SILENT_S = 2.5
"""A heart beats once a second; silent for so long, the process no longer works."""
WITNESS_S = 30.0
OVER_S = 20.0
"""How long beyond the promised time is waited, so that the record can say how late it was."""
CALL_EVERY_S = 0.25
_DOING: Final = {"kill": "SIGKILL", "hang": "SIGSTOP", "starve": "no more memory (RLIMIT_AS)"}


@dataclass(frozen=True, slots=True)
class Components:
    """The processes of the running workload, found anew each time: they change their numbers."""

    roster: Roster

    def all(self) -> list[Member]:
        """Every component and the embedded models that belong to gateways."""
        members = self.roster.read()
        return [*members, *(child for member in members for child in _children(member))]

    def find(self, name: str) -> Member | None:
        """The component of this name as it is now."""
        return next((member for member in self.all() if member.name == name), None)


def _children(member: Member) -> list[Member]:
    process = member.process
    if process is None or not member.name.startswith("gateway"):
        return []
    try:
        mine = [child for child in process.children() if _CHILD in child.cmdline()]
        return [Member(EMBEDDED, child.pid, child.create_time()) for child in mine]
    except psutil.Error:
        return []  # it ended meanwhile


@dataclass(slots=True)
class Taken:
    """One component taken away in one way, as it goes."""

    site: Site
    callers: Callers
    components: Components
    name: str
    how: How
    route: str
    auto_s: float
    victim: Member | None = None
    injected: float = 0.0
    recovered_s: float | None = None
    heard: list[Answer] = field(default_factory=list)
    lost: int = 0
    _calling: asyncio.Task[None] | None = None

    def experiment(self) -> Experiment:
        """The experiment, ready to be conducted; the victim is the process as it is now."""
        self.victim = self.components.find(self.name)
        return Experiment(
            name=f"{self.how} {self.name}",
            hypothesis=f"{self.name} is back by itself within {self.auto_s:g} s, and no answer is lost",
            steady=(self._whole(), self.callers.answers(self.route)),
            method=(
                Action("callers begin", self._begin_to_call),
                Action(f"{_DOING[self.how]} to {self.name}", self._take, self._undo(), self._command()),
            ),
            witness=self._witness,
            measure=self._measure,
            verify=self._checks,
            blast=Blast("serving", WITNESS_S + self.auto_s + 2 * OVER_S, 1.0, DRILL_LABELS),
            runbook=RUNBOOK,
            fault="instance_loss",
            patience_s=self.auto_s + OVER_S,
        )

    def outcome(self, course: Course) -> Recovered:
        """The numbers of the record."""
        return Recovered(
            component=self.name,
            how=self.how,
            verdict=course.verdict,
            witnessed=course.witnessed > 0.0,
            reason=course.reason,
            recovered_s=self.recovered_s,
            sent=len(self.heard),
            answered=sum(answer.status == 200 and not answer.error for answer in self.heard),
            lost=self.lost,
        )

    async def end(self) -> None:
        """Callers leave, however it went."""
        if self._calling is not None:
            self._calling.cancel()
            await asyncio.gather(self._calling, return_exceptions=True)

    def _undo(self) -> Undo | None:
        if self.victim is None or self.how == "kill":
            return None
        facts = {"pid": self.victim.pid, "created": self.victim.created}
        if self.how == "hang":
            return Undo("go-on", facts)
        process = self.victim.process
        soft, hard = process.rlimit(psutil.RLIMIT_AS) if process is not None else (-1, -1)
        return Undo("lift-limit", {**facts, "soft": soft, "hard": hard})

    def _command(self) -> tuple[str, ...]:
        number = str(self.victim.pid) if self.victim is not None else "PID"
        if self.how == "starve":
            return ("prlimit", "--pid", number, "--as=0")
        return ("kill", "-KILL" if self.how == "kill" else "-STOP", number)

    async def _begin_to_call(self) -> None:
        self._calling = asyncio.create_task(self._keep_calling())

    async def _keep_calling(self) -> None:
        """Calls come in at even distances, whatever became of the ones before."""
        asked: set[asyncio.Task[None]] = set()
        try:
            while True:
                task = asyncio.create_task(self._call())
                asked.add(task)
                task.add_done_callback(asked.discard)
                await asyncio.sleep(CALL_EVERY_S)
        finally:
            if asked:
                await asyncio.wait(asked, timeout=OVER_S)
            for task in asked:
                task.cancel()

    async def _call(self) -> None:
        self.heard.append(await self.callers.ask(self.route, most_tokens=8))

    async def _take(self) -> None:
        process = self.victim.process if self.victim is not None else None
        if process is None:
            raise SetupError(f"{self.name} is not running")
        self.injected = time.time()
        if self.how == "kill":
            process.send_signal(signal.SIGKILL)
        elif self.how == "hang":
            process.send_signal(signal.SIGSTOP)
        else:
            _, hard = process.rlimit(psutil.RLIMIT_AS)
            process.rlimit(psutil.RLIMIT_AS, (process.memory_info().vms, hard))

    async def _witness(self) -> Sighting:
        assert self.victim is not None, "it was taken"
        until = time.monotonic() + WITNESS_S
        while time.monotonic() < until:
            if self.victim.process is None:
                return Sighting(
                    True, f"process {self.victim.pid} is gone {time.time() - self.injected:.1f} s later"
                )
            if self.how != "kill" and self.victim.heart and self.victim.beaten_ago_s() > SILENT_S:
                return Sighting(
                    True, f"process {self.victim.pid} is silent for {self.victim.beaten_ago_s():.1f} s"
                )
            if self.how == "hang" and not self.victim.heart and _stopped(self.victim):
                return Sighting(True, f"process {self.victim.pid} stands still")
            await asyncio.sleep(0.1)
        return Sighting(False, f"process {self.victim.pid} goes on as before")

    async def _measure(self, diary: Diary) -> None:
        until = time.monotonic() + self.auto_s + OVER_S
        while self.recovered_s is None and time.monotonic() < until:
            await asyncio.sleep(0.2)
            if await self._is_back():
                self.recovered_s = time.time() - self.injected
                diary.note("measure", f"{self.name} serves again after {self.recovered_s:.1f} s")
        await asyncio.sleep(2 * CALL_EVERY_S)
        await self.end()
        for answer in self.heard:
            diary.point("answered", float(answer.status == 200 and not answer.error))
        answered = [it for it in self.heard if it.status == 200 and not it.error]
        records = [it.record for it in await self.callers.recorded(answered)]
        self.lost = sum(record is None or record.outcome != "answered" for record in records)

    async def _is_back(self) -> bool:
        assert self.victim is not None, "it was taken"
        found = self.components.find(self.name)
        if found is None or found.process is None or found.pid == self.victim.pid:
            return False
        beats = not found.heart or found.beaten_ago_s() < SILENT_S
        return beats and await _ready(self.site)

    def _whole(self) -> Signal:
        async def share() -> float:
            members = self.components.roster.read()
            alive = [it for it in members if it.process is not None and it.beaten_ago_s() < SILENT_S]
            wanted = self.components.find(self.name)
            whole = bool(members) and wanted is not None and await _ready(self.site)
            return len(alive) / len(members) if whole else 0.0

        return Signal("components that live and are ready", share, Tolerance(least=1.0), "of 1")

    def _checks(self) -> Sequence[Check]:
        back = self.recovered_s
        told = "it did not come back" if back is None else f"{back:.1f} s of {self.auto_s:g} s"
        return [
            Check("back by itself in time", back is not None and back <= self.auto_s, told),
            Check("no answer is lost", self.lost == 0, f"{self.lost} of {len(self.heard)} calls"),
        ]


def _stopped(member: Member) -> bool:
    process = member.process
    return process is not None and process.status() == psutil.STATUS_STOPPED


async def _ready(site: Site) -> bool:
    try:
        heard = await site.target.call("GET", "/readyz")
    except SetupError:
        return False
    return heard.status == 200 and not any(
        it.get("status") != "ready" for it in ((heard.json() or {}).get("components") or {}).values()
    )


def declared(site: Site, roster: Roster) -> Sequence[Experiment]:
    """The experiments on what runs now, for people who read and for export; none where nothing runs."""
    callers, components = site.strangers(), Components(roster)
    route, auto_s = next(iter(site.routes)), site.specification.recovery.auto_s
    names = dict.fromkeys(member.name for member in components.all())
    runs = [Taken(site, callers, components, name, how, route, auto_s) for name in names for how in HOWS]
    return [run.experiment() for run in runs]


async def kill(site: Site, roster: Roster, scope: Scope, conductor: Conductor) -> Record | None:
    """Take every component away in every way, one after the other.

    Raises:
        SetupError: nothing says which processes there are.
    """
    components = Components(roster)
    names = list(dict.fromkeys(member.name for member in components.all()))
    if not names:
        raise SetupError("there is no list of components: this drill is for what `colonnade up` started")
    runs: list[Taken] = []
    auto_s = site.specification.recovery.auto_s
    async with site.callers() as callers:
        for name in names:
            for how in (each for each in HOWS if site.wanted(name, each, f"{each} {name}")):
                runs.append(Taken(site, callers, components, name, how, next(iter(site.routes)), auto_s))
                try:
                    course = await conductor.conduct(runs[-1].experiment())
                finally:
                    await runs[-1].end()
                if course.verdict == "aborted":
                    return None
    outcomes = [run.outcome(course) for run, course in zip(runs, conductor.courses, strict=True)]
    view = KillDrill(outcomes=outcomes, auto_s=auto_s)
    return scope.record(view, kind="drill", source="drill", collector="reliability.kill@1", n=len(outcomes))
