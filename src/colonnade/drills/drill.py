"""A drill exercises the running workload by experiments and leaves its record; it counts only with its witness."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from colonnade.drills.calendar import NotNow
from colonnade.drills.conduct import BlastTooLarge, Conductor, Reach
from colonnade.drills.course import Course, DrillRun, Verdict, worst
from colonnade.drills.diary import Diary, Told, unheard
from colonnade.drills.experiment import Experiment
from colonnade.drills.group import GroupBusy, held
from colonnade.drills.undo import KINDS, Undoing, UndoJournal
from colonnade.errors import ColonnadeError
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record

Run = Callable[[Scope, Conductor], Awaitable[Record | None]]
"""Conducts the experiments of a drill and sums them up in the record that judges read; None where there is nothing to sum up."""


@dataclass(frozen=True, slots=True)
class Drill:
    """One exercise: what it asks, the practices whose judges read its record, and how it is carried out.

    `group` is its blast group, empty if it disturbs nothing; `runbook` the file of `runbooks/` that it exercises.
    `declared` are its experiments, as far as they are known before it runs: for people who read and for export.
    """

    name: str
    hypothesis: str
    practices: tuple[str, ...]
    run: Run
    group: str = ""
    runbook: str = ""
    declared: Callable[[], Sequence[Experiment]] = tuple


@dataclass(frozen=True, slots=True)
class Ground:
    """Where drills happen: the folder of locks and undo journals, what can be taken back, the owner's limits, who listens.

    `allow` returns if the owner allows a disturbance now, and raises if not. Without a folder only drills without a blast group can be carried out.
    """

    folder: Path | None = None
    kinds: Mapping[str, Undoing] = field(default_factory=lambda: KINDS)
    reach: Reach = field(default_factory=Reach)
    told: Told = unheard
    actor: str = ""
    allow: Callable[[], None] = lambda: None

    @contextmanager
    def entered(self, group: str) -> Iterator[UndoJournal | None]:
        """The undo journal of a group, locked meanwhile; None for a drill that disturbs nothing.

        Raises:
            ColonnadeError: `allow` does not allow it now, or another drill of the group is under way.
        """
        if not group or self.folder is None:
            yield None
            return
        self.allow()
        with held(self.folder, group, self.kinds) as journal:
            yield journal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one drill: its record for judges, or the sentence that says why there is none; and how it ran.

    `run_record` is the id of the record that says how it ran, once it was kept.
    """

    drill: Drill
    record: Record | None
    problem: str = ""
    run: DrillRun | None = None
    diaries: Sequence[Diary] = ()
    run_record: str = ""


class UnknownDrill(ColonnadeError):
    """A drill was asked for that does not exist."""

    exit_code = 2

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"there is no drill `{name}`; there are: {', '.join(sorted(known))}")


def choose(drills: Iterable[Drill], names: Iterable[str]) -> list[Drill]:
    """The drills of these names in their own order; `all` chooses every one.

    Raises:
        UnknownDrill: a name that no drill has.
    """
    by_name = {drill.name: drill for drill in drills}
    wanted = list(names)
    if "all" in wanted:
        return list(by_name.values())
    for name in wanted:
        if name not in by_name:
            raise UnknownDrill(name, by_name)
    return [drill for drill in by_name.values() if drill.name in wanted]


async def exercise(drill: Drill, scope: Scope, ground: Ground | None = None) -> Outcome:
    """Run one drill; a target that cannot be reached is an outcome without a record, not a crash."""
    where = ground or Ground()
    began = time.time()
    try:
        with where.entered(drill.group) as journal:
            conductor = Conductor(journal, where.told, where.reach)
            record = await drill.run(scope, conductor)
    except (GroupBusy, NotNow, BlastTooLarge) as error:
        return Outcome(drill, None, str(error))
    except (ColonnadeError, OSError) as error:
        return Outcome(drill, None, str(error), _ran(drill, conductor, began, where.actor, str(error)))
    run = _ran(drill, conductor, began, where.actor)
    problem = run.reason if record is None else ""
    return Outcome(drill, record, problem, run, conductor.diaries)


def _ran(drill: Drill, conductor: Conductor, began: float, actor: str, error: str = "") -> DrillRun:
    courses = conductor.courses
    verdict = "aborted" if error else worst([course.verdict for course in courses])
    return DrillRun(
        drill=drill.name,
        number=secrets.token_hex(8),
        verdict=verdict,
        reason=error or _reason(courses, verdict),
        hypothesis=drill.hypothesis,
        group=drill.group,
        runbook=drill.runbook,
        began=began,
        ended=time.time(),
        actor=actor,
        courses=courses,
        faults=sorted({course.fault for course in courses if course.fault and course.witnessed}),
    )


def _reason(courses: Sequence[Course], verdict: Verdict) -> str:
    decisive = [course for course in courses if course.verdict == verdict]
    if len(courses) == 1:
        return courses[0].reason
    if verdict == "passed":
        return f"{len(courses)} experiments, each witnessed"
    return _few([f"{it.experiment}: {it.reason}" for it in decisive])


def _few(reasons: Sequence[str]) -> str:
    told = "; ".join(reasons[:3])
    return f"{told}; and {len(reasons) - 3} more" if len(reasons) > 3 else told
