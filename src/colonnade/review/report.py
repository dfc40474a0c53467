"""The report of a review is plain data with a versioned schema: the same inputs give the same bytes."""

from __future__ import annotations

from typing import Literal

import msgspec

from colonnade.evidence.record import Environment
from colonnade.review.admission import Refusal
from colonnade.review.catalogue import Pillar, Risk
from colonnade.review.judge import SignalResult, SignalState
from colonnade.review.states import RiskLevel, RowState
from colonnade.review.waiver import WaiverResult

SCHEMA = "colonnade.review/1"
Letter = Literal["A", "B", "C", "D", "E", "-"]
Effort = Literal["S", "M", "L"]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """How much is enough in the reviewed environment, as the workload file declares it."""

    window_hours: float
    minimum_n: int
    zero_tolerance_claim: float
    coverage_minutes: int


class RowResult(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one practice. `score` and `exercised` go from 0 to 1; None where it does not apply.

    `signals` are those that count for this workload; `level` is what remains of the row's risk, one step higher
    where it is `escalated`. A row is `waived` while every signal that does not pass is; `waived_until` is the last
    day of that, empty otherwise. `waiver_ended` says why a waiver of this row excuses nothing any more, and
    `waiver_lapsed` is whether that is its term.
    """

    id: str
    pillar: Pillar
    section: str
    title: str
    question: str
    risk: Risk
    state: RowState
    reason: str
    score: float | None
    exercised: float
    level: RiskLevel
    waived: bool
    attestation: bool
    freshness_days: int
    mechanism: str
    maps: dict[str, tuple[str, ...]]
    signals: tuple[SignalResult, ...]
    expires_at: float | None
    waived_until: str = ""
    waiver_ended: str = ""
    waiver_lapsed: bool = False
    escalated: bool = False

    def signal(self, number: int) -> SignalResult | None:
        """The result of one signal, None if it does not count for this workload."""
        return next((each for each in self.signals if each.number == number), None)


class PillarResult(msgspec.Struct, frozen=True, kw_only=True):
    """One column: `score` is the weighted mean of its rows, `exercised` the part of it that drills prove.

    `letter` is capped while a HIGH risk is open; `-` and None stand where no row applies.
    """

    pillar: Pillar
    score: float | None
    exercised: float
    letter: Letter
    open_high: int
    applicable: int
    proven: int
    states: dict[RowState, int]


class Expiry(msgspec.Struct, frozen=True, kw_only=True):
    """The passing signal whose evidence ends first."""

    practice: str
    signal: int
    at: float


class Headline(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader sees first; deliberately not one number.

    `coverage` is the share of applicable rows with a signal that live evidence proves or refutes; `assurance`
    the share of passing signals by grade, 1 (said) to 4 (exercised); `accepted` the share of waived rows;
    `rejected` counts all evidence that was refused.
    """

    open_high: int
    accepted_high: int
    weakest: Pillar | None
    coverage: float
    accepted: float
    assurance: tuple[float, float, float, float]
    soonest_expiry: Expiry | None
    rows: dict[RowState, int]
    signals: dict[SignalState, int]
    waivers_lapsed: int = 0
    rejected: int = 0


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do: `closes` lists signals as `COST-01.2`; `gain` is weighted score, `rank` gain per effort."""

    what: str
    closes: tuple[str, ...]
    gain: float
    effort: Effort
    rank: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A review of one workload in one environment at one moment (`reviewed_at`, seconds since the epoch).

    `rejected` lists the first of the refused evidence; the headline counts all of it.
    """

    schema: str
    workload: str
    workload_digest: str
    environment: Environment
    rules: Rules
    reviewed_at: float
    catalogue_version: int
    headline: Headline
    pillars: tuple[PillarResult, ...]
    rows: tuple[RowResult, ...]
    actions: tuple[Action, ...]
    catalogue_digest: str = ""
    waivers: tuple[WaiverResult, ...] = ()
    rejected: tuple[Refusal, ...] = ()

    def row(self, identifier: str) -> RowResult | None:
        """The row with this id, in whatever case it is written."""
        return next((row for row in self.rows if row.id == identifier.upper()), None)

    def encode(self) -> bytes:
        """The report as JSON, keys sorted: the same review gives the same bytes."""
        return msgspec.json.encode(self, order="deterministic")
