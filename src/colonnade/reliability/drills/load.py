"""The drill `load`: traffic made of tokens arrives whether or not it is answered, more and more of it, until something gives."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from colonnade.drills.caller import Answer, Caller
from colonnade.drills.conduct import Conductor
from colonnade.drills.diary import Diary
from colonnade.drills.experiment import Blast, Check, Experiment, Sighting
from colonnade.drills.openloop import open_loop
from colonnade.drills.target import DRILL_LABELS
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.reliability.drills.meter import Meter
from colonnade.reliability.drills.profile import moments, name_of, question
from colonnade.reliability.drills.site import Callers, Sent, Site
from colonnade.reliability.drills.steps import Offered, limit_of, step_of
from colonnade.reliability.evidence import LoadDrill, Step
from colonnade.workload.sections.drills import LoadProfile

SEED = 20_26
BEYOND_STEPS = 7
"""Steps after the one that the owner asks for, each with twice the load, until something gives."""
MOST_PER_S = 2_000.0
SEEN_SHARE = 0.9
"""Calls of a step that the gateway's own journal must show: then the load was really there."""
RUNBOOK = ""


@dataclass(slots=True)
class Ramp:
    """One load as it goes."""

    site: Site
    callers: Callers
    profile: LoadProfile
    route: str
    gateway_pids: Callable[[], Sequence[int]]
    outside: bool = False
    steps: list[Step] = field(default_factory=list)

    def experiment(self) -> Experiment:
        """The experiment, ready to be conducted."""
        profile = self.profile
        asked = profile.peak_per_s * profile.beyond
        longest_s = (profile.steps + BEYOND_STEPS) * (profile.step_s + 20.0)
        return Experiment(
            name=f"load on {self.route}",
            hypothesis=f"{asked:g} calls a second are answered within the objectives",
            steady=(self.callers.answers(self.route),),
            witness=self._witness,
            measure=self._measure,
            verify=self._checks,
            abort_when=() if self.outside else (self.site.others_are_answered(),),
            blast=Blast("serving", min(300.0, longest_s), labels=DRILL_LABELS),
            runbook=RUNBOOK,
            fault="load",
        )

    @property
    def peak(self) -> int:
        """The place of the step at the load that the owner asks for."""
        return min(self.profile.steps, len(self.steps)) - 1

    @property
    def held_per_s(self) -> float:
        """The highest load that stayed within, of those before anything gave."""
        held = [step.offered_per_s for step in self._before_it_gave()]
        return max(held, default=0.0)

    @property
    def gave(self) -> Step | None:
        """The first step that did not stay within."""
        return next((step for step in self.steps if not step.within), None)

    def _before_it_gave(self) -> list[Step]:
        first = next((place for place, step in enumerate(self.steps) if not step.within), len(self.steps))
        return self.steps[:first]

    async def _witness(self) -> Sighting:
        """The first step: the journal of the gateway must show its calls; of an endpoint elsewhere, its answers."""
        sent = await self._step(self.profile.peak_per_s * self.profile.beyond / self.profile.steps)
        if self.outside:
            there = sum(it.answer.status > 0 for it in sent)
            return Sighting(there > 0, f"{there} of {len(sent)} calls of the first step were answered")
        recorded = sum(it.record is not None for it in sent)
        seen = len(sent) > 0 and recorded >= SEEN_SHARE * len(sent)
        return Sighting(seen, f"{recorded} of {len(sent)} calls of the first step stand in the journal")

    async def _measure(self, diary: Diary) -> None:
        asked = self.profile.peak_per_s * self.profile.beyond
        for number in range(2, self.profile.steps + 1):
            await self._told_step(diary, asked * number / self.profile.steps)
        further = asked
        for _ in range(BEYOND_STEPS):
            further *= 2.0
            if self.gave is not None or further > MOST_PER_S:
                break
            await self._told_step(diary, further)

    async def _told_step(self, diary: Diary, per_s: float) -> None:
        await self._step(per_s)
        step = self.steps[-1]
        p95 = step.whole_ms["p95"].value if step.whole_ms else 0.0
        diary.note(
            "measure", f"{per_s:.1f}/s offered, {step.carried_per_s:.1f}/s carried, 95% in {p95:.0f} ms"
        )
        for name, value in (
            ("offered", per_s),
            ("carried", step.carried_per_s),
            ("latency p95", p95 / 1000.0),
        ):
            diary.point(name, value)

    async def _step(self, per_s: float) -> list[Sent]:
        draw = random.Random(f"{SEED} {len(self.steps)}")  # noqa: S311 - the same load every time
        due = moments(self.profile, per_s, self.profile.step_s, draw)
        asked = [question(self.profile, draw) for _ in due]
        loop = asyncio.get_running_loop()
        began = loop.time()

        async def one(number: int, intended: float) -> Answer:
            it = asked[number]
            return await self.callers.say(
                self.route, it.text, streamed=it.streamed, most_tokens=it.most_tokens, intended=intended
            )

        with Meter(self.gateway_pids()) as meter:
            heard = await open_loop(due, one, began)
            use = meter.read()
        sent = await self._recorded(heard, [it.streamed for it in asked])
        offered = Offered(per_s, self.profile.step_s, began, max([it.ended for it in heard], default=began))
        self.steps.append(step_of(offered, sent, use, self.site.specification.slo))
        return sent

    async def _recorded(self, heard: Sequence[Answer], streamed: Sequence[bool]) -> list[Sent]:
        if self.outside:
            return [Sent(it, None, as_stream) for it, as_stream in zip(heard, streamed, strict=True)]
        found = await self.callers.recorded(heard)
        return [Sent(it.answer, it.record, as_stream) for it, as_stream in zip(found, streamed, strict=True)]

    def _checks(self) -> Sequence[Check]:
        asked, held = self.profile.peak_per_s * self.profile.beyond, self.held_per_s
        return [Check("held as asked", held >= asked * 0.999, f"{held:.1f}/s held, {asked:.1f}/s asked")]


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent where, and what it is compared with. `gateway_pids` are the processes whose use is measured.

    `endpoint` is called instead of the gateway: its model, and who calls it.
    """

    site: Site
    profile: LoadProfile
    gateway_pids: Callable[[], Sequence[int]]
    previous: LoadDrill | None = None
    endpoint: tuple[str, Caller] | None = None

    @property
    def route(self) -> str:
        """The route that is called, or the model of the endpoint."""
        if self.endpoint is not None:
            return self.endpoint[0]
        named = self.profile.route
        return named if named is not None and named in self.site.routes else next(iter(self.site.routes))

    @property
    def name(self) -> str:
        """One name for one load at one place: equal names may be compared."""
        where = "" if self.endpoint is None else f"{self.endpoint[1].url} "
        return f"{where}{name_of(self.profile)}"

    def ramp(self, callers: Callers) -> Ramp:
        """The experiment's way, not begun."""
        outside = self.endpoint is not None
        return Ramp(self.site, callers, self.profile, self.route, self.gateway_pids, outside)

    @asynccontextmanager
    async def callers(self) -> AsyncIterator[Callers]:
        """Who calls the gateway, or the endpoint."""
        if self.endpoint is None:
            async with self.site.callers() as callers:
                yield callers
            return
        caller = self.endpoint[1]
        try:
            yield Callers(caller, self.site.target)
        finally:
            await caller.close()

    async def run(self, scope: Scope, conductor: Conductor) -> Record | None:
        """Ramp up, and sum up beside the last run with the same profile."""
        async with self.callers() as callers:
            ramp = self.ramp(callers)
            course = await conductor.conduct(ramp.experiment())
        if course.verdict == "aborted" or not ramp.steps:
            return None
        sent = sum(step.sent for step in ramp.steps)
        return scope.record(
            self._view(ramp), kind="drill", source="drill", collector="reliability.load@1", n=sent
        )

    def _view(self, ramp: Ramp) -> LoadDrill:
        name, gave, previous = self.name, ramp.gave, self.previous
        return LoadDrill(
            profile=name,
            route=self.route if self.endpoint is None else f"{self.route} at {self.endpoint[1].url}",
            expected_per_s=self.profile.peak_per_s,
            beyond=self.profile.beyond,
            steps=ramp.steps,
            peak=ramp.peak,
            held_per_s=ramp.held_per_s,
            saturated_per_s=gave.offered_per_s if gave is not None else None,
            limit=limit_of(ramp.steps),
            tolerance=self.profile.tolerance,
            before=figures(previous) if previous is not None and previous.profile == name else None,
        )


def figures(drill: LoadDrill) -> dict[str, float]:
    """What is compared from run to run, at the step that the owner asks for."""
    step = drill.steps[drill.peak]
    p95 = step.whole_ms["p95"].value if step.whole_ms else 0.0
    return {"carried_per_s": step.carried_per_s, "p95_ms": p95, "held_per_s": drill.held_per_s}
