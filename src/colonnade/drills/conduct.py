r"""An experiment is carried out in one way: steady before, injected, witnessed, measured, taken back, steady again.

steady? ──no──▶ aborted                      nothing was touched
   │
inject ──▶ witness ──not seen──▶ void        nothing was learned
   │          │
   │       measure, while abort conditions are watched ──met, or too long──▶ aborted
   │          │
taken back, whatever happens; also at the next start, if this process is killed
   │
settle ──▶ steady? checks held? ──no──▶ failed
   └──▶ passed
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from colonnade.drills.course import Course, Held, Reading, Verdict
from colonnade.drills.diary import Diary, Told, unheard
from colonnade.drills.experiment import LONGEST_S, Blast, Experiment, Sighting, Signal
from colonnade.drills.undo import Entry, UndoJournal
from colonnade.errors import ColonnadeError, SetupError

WATCH_S = 1.0
"""How often abort conditions are read."""
LOOK_S = 0.25
"""How often the steady state is read while it is waited for."""


class BlastTooLarge(ColonnadeError):
    """An experiment would reach further than the owner of the workload allows."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The owner's limits: share of the calls of ordinary callers, seconds, and routes that no experiment touches."""

    share: float = 1.0
    longest_s: float = LONGEST_S
    spared: frozenset[str] = frozenset()

    def allow(self, blast: Blast) -> None:
        """Return if the blast stays within; what disturbs nothing needs no leave.

        Raises:
            BlastTooLarge: it does not; the sentence names the limit.
        """
        if not blast.group:
            return
        if blast.share > self.share:
            raise BlastTooLarge(
                f"it would reach {blast.share:.0%} of the calls of others; `drills.share` is {self.share:.0%}"
            )
        if blast.longest_s > self.longest_s:
            raise BlastTooLarge(
                f"it may last {blast.longest_s:g} s; `drills.longest_s` is {self.longest_s:g} s"
            )
        spared = sorted(self.spared & set(blast.routes))
        if spared:
            raise BlastTooLarge(f"it would touch {', '.join(spared)}, where `no_drills` is set")


@dataclass(slots=True)
class Conductor:
    """Carries out the experiments of one drill, one after the other, and keeps their courses and diaries.

    `journal` is that of the drill's blast group; without one, only experiments that have nothing to take back can be
    carried out.
    """

    journal: UndoJournal | None = None
    told: Told = unheard
    reach: Reach = Reach()
    clock: Callable[[], float] = time.time
    courses: list[Course] = field(default_factory=list)
    diaries: list[Diary] = field(default_factory=list)

    async def conduct(self, experiment: Experiment) -> Course:
        """Carry out one experiment; the system is as before when this returns or raises.

        Raises:
            BlastTooLarge: the owner does not allow it.
            SetupError: an action cannot be taken back; it stays in the journal.
        """
        self.reach.allow(experiment.blast)
        diary = Diary(experiment.name, self.told, self.clock)
        self.diaries.append(diary)
        course = await _Passage(self, experiment, diary).run()
        diary.note("verdict", f"{course.verdict}: {course.reason}")
        self.courses.append(course)
        return course


class _Met(Exception):
    """Why the experiment ends early."""


class _Passage:
    """One experiment on its way through the phases."""

    def __init__(self, conductor: Conductor, experiment: Experiment, diary: Diary) -> None:
        self._conductor = conductor
        self._experiment = experiment
        self._diary = diary
        self._began = conductor.clock()
        self._injected = self._witnessed = self._removed = 0.0
        self._open: list[Entry] = []
        self._sighting = Sighting(False, "")
        self._before: list[Reading] = []
        self._after: list[Reading] = []
        self._checks: list[Held] = []

    async def run(self) -> Course:
        self._before = [await self._read(signal) for signal in self._experiment.steady]
        unsteady = _outside(self._before)
        if unsteady:
            return self._course("aborted", f"it was not steady before: {unsteady}; nothing was injected")
        try:
            ended = await self._with_the_fault_in()
        finally:
            self._take_back()
        if ended:
            self._diary.note("abort", ended)
            self._after = await self._steady_again()
            return self._course("aborted", ended)
        return await self._afterwards()

    async def _with_the_fault_in(self) -> str:
        """Why it ended early; empty if it did not."""
        longest_s = min(self._experiment.blast.longest_s, LONGEST_S)
        try:
            async with asyncio.timeout(longest_s) as limit:
                await self._watched(self._inject_and_look())
        except TimeoutError:
            if not limit.expired():
                raise
            return f"the longest time of {longest_s:g} s passed"
        except (_Met, ColonnadeError, OSError) as error:
            return str(error)
        return ""

    async def _inject_and_look(self) -> None:
        for action in self._experiment.method:
            if action.undo is not None:
                if self._conductor.journal is None:
                    raise SetupError("an experiment that must be taken back needs a blast group")
                self._open.append(self._conductor.journal.note(self._experiment.name, action.undo))
            self._injected = self._injected or self._conductor.clock()
            self._diary.note("inject", action.name)
            await action.do()
        self._sighting = await self._experiment.witness()
        self._diary.note("witness", self._sighting.what if self._sighting.seen else "nothing was seen")
        if self._sighting.seen:
            self._witnessed = self._conductor.clock()
            await self._experiment.measure(self._diary)

    async def _watched(self, work: Coroutine[Any, Any, None]) -> None:
        """Do the work while abort conditions hold.

        Raises:
            _Met: one of them did not.
        """
        working = asyncio.ensure_future(work)
        watching = asyncio.ensure_future(self._watch())
        try:
            await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
            else:
                watching.result()
        finally:
            for task in (working, watching):
                task.cancel()
            await asyncio.gather(working, watching, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            for signal in self._experiment.abort_when:
                reading = await self._read(signal)
                if not reading.held:
                    raise _Met(f"stopped: {_told(reading)}")
            await asyncio.sleep(WATCH_S)

    def _take_back(self) -> None:
        while self._open and self._conductor.journal is not None:
            entry = self._open.pop()
            self._conductor.journal.take_back(entry)
            self._removed = self._conductor.clock()
            self._diary.note("remove", entry.kind)

    async def _afterwards(self) -> Course:
        if self._sighting.seen:
            await self._experiment.settle(self._diary)
        self._after = await self._steady_again()
        unsteady = _outside(self._after)
        if unsteady:
            return self._course(
                "failed", f"it was not steady again after {self._experiment.patience_s:g} s: {unsteady}"
            )
        if not self._sighting.seen:
            return self._course("void", self._sighting.what or "the effect was not seen where it should bite")
        self._checks = [Held(what=it.what, held=it.held, told=it.told) for it in self._experiment.verify()]
        missed = [f"{it.what} ({it.told})" if it.told else it.what for it in self._checks if not it.held]
        if missed:
            return self._course("failed", f"not held: {'; '.join(missed)}")
        return self._course("passed", self._sighting.what)

    async def _steady_again(self) -> list[Reading]:
        """The last readings: steady, or as they are when patience ends."""
        until = time.monotonic() + self._experiment.patience_s
        while True:
            readings = [await self._read(signal) for signal in self._experiment.steady]
            if not _outside(readings) or time.monotonic() >= until:
                return readings
            await asyncio.sleep(LOOK_S)

    async def _read(self, signal: Signal) -> Reading:
        value = await _value(signal)
        if value is not None:
            self._diary.point(signal.name, value)
        held = value is not None and signal.tolerance.holds(value)
        return Reading(
            signal=signal.name, value=value, tolerance=str(signal.tolerance), held=held, unit=signal.unit
        )

    def _course(self, verdict: Verdict, reason: str) -> Course:
        experiment = self._experiment
        return Course(
            experiment=experiment.name,
            hypothesis=experiment.hypothesis,
            verdict=verdict,
            reason=reason,
            began=self._began,
            injected=self._injected,
            witnessed=self._witnessed,
            removed=self._removed,
            ended=self._conductor.clock(),
            sighting=self._sighting.what,
            before=self._before,
            after=self._after,
            checks=self._checks,
            events=list(self._diary.events),
            method=[action.name for action in experiment.method],
            fault=experiment.fault or "",
        )


async def _value(signal: Signal) -> float | None:
    """What it reads; None where it cannot be read."""
    try:
        return await signal.read()
    except (ColonnadeError, OSError):
        return None


def _outside(readings: Sequence[Reading]) -> str:
    return "; ".join(_told(reading) for reading in readings if not reading.held)


def _told(reading: Reading) -> str:
    value = "could not be read" if reading.value is None else f"is {reading.value:g} {reading.unit}".rstrip()
    return f"{reading.signal} {value}, asked: {reading.tolerance}"
