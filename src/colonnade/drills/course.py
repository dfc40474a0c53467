"""The course of an experiment and the run of a drill, as they stand in the ledger: what was expected, done, seen and concluded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from colonnade.drills.diary import Event
from colonnade.evidence.view import view

Verdict = Literal["passed", "failed", "void", "aborted"]
"""`void`: the effect was not seen where it should bite, so nothing was learned. `aborted`: the system was not steady before, or
a condition for stopping was met; it was restored."""

_WORST_FIRST: Final[tuple[Verdict, ...]] = ("aborted", "failed", "void", "passed")


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A signal of the steady state as it was read; `value` is None where it could not be."""

    signal: str
    value: float | None
    tolerance: str
    held: bool
    unit: str = ""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One assertion and whether it held."""

    what: str
    held: bool
    told: str = ""


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """One experiment as it went. Times are seconds since the epoch; 0 where that phase was not reached."""

    experiment: str
    hypothesis: str
    verdict: Verdict
    reason: str
    began: float
    injected: float = 0.0
    witnessed: float = 0.0
    removed: float = 0.0
    ended: float = 0.0
    sighting: str = ""
    before: list[Reading] = []
    after: list[Reading] = []
    checks: list[Held] = []
    events: list[Event] = []
    method: list[str] = []
    fault: str = ""


@view("drill.run", binds=("policy",))
class DrillRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a drill. `facts` is the id of the record that judges read, empty where there is none.

    `number` names the folder with the raw series and the chart; the record's `raw_digest` is that of the series.
    `faults` are the classes of faults that were really witnessed.
    """

    drill: str
    number: str
    verdict: Verdict
    reason: str
    hypothesis: str
    group: str
    runbook: str
    began: float
    ended: float
    actor: str
    courses: list[Course]
    faults: list[str] = []
    facts: str = ""
    incident: str = ""


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict over several experiments; void where there were none."""
    return next((each for each in _WORST_FIRST if each in verdicts), "void")
