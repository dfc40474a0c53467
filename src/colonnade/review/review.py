"""A review is a pure function of catalogue, judges, declarations, subject, records, waivers, moment and environment.

It reads no clock, file or network and calls no model: the same inputs give the same report, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from colonnade.errors import FaultyCatalogue
from colonnade.evidence.record import Environment, Record, Subject
from colonnade.review.admission import Admission
from colonnade.review.catalogue import Catalogue, Practice
from colonnade.review.facts import (
    FACTS_TOPIC,
    FactValue,
    contradicted,
    declared_facts,
    observed_facts,
    place_of,
)
from colonnade.review.judge import Ground, SignalResult, judged
from colonnade.review.plan import actions_of
from colonnade.review.report import SCHEMA, Report, RowResult, Rules
from colonnade.review.score import headline_of, pillars_of
from colonnade.review.shelf import RecordsInMemory, Shelf
from colonnade.review.signal import SignalJudge
from colonnade.review.states import RowState, exercised_score, row_level, row_score, row_state
from colonnade.review.waiver import Waiver
from colonnade.review.waiving import waive
from colonnade.workload.sections.promises import Sampling
from colonnade.workload.specification import Specification

Judges = Mapping[tuple[str, int], SignalJudge]


def review(
    catalogue: Catalogue,
    judges: Iterable[SignalJudge],
    *,
    specification: Specification,
    subject: Subject,
    records: Iterable[Record] | Shelf,
    waivers: Sequence[Waiver] = (),
    now: float,
    environment: Environment,
) -> Report:
    """Judge every practice of the catalogue for one workload in one environment.

    Args:
        catalogue: the practices.
        judges: what judges their signals; a signal without one is `not_judged`.
        specification: what the workload file declares.
        subject: what runs now, by digest; evidence on anything else is stale.
        records: evidence in any order and of any environment, or a shelf of that of this environment.
        waivers: accepted risks, as written; those that lapsed or break their rules excuse nothing.
        now: the moment of the review, seconds since the epoch.
        environment: which environment is reviewed; records of others are left out.

    Raises:
        CannotEvaluate: a judge names no signal of the catalogue or two judge one; an observed fact is unreadable.
    """
    table = _table(judges, catalogue)
    ground = _ground(specification, subject, records, now, environment)
    facts = _facts(ground)
    judged_rows = tuple(_row(practice, table, ground, facts) for practice in catalogue.practices)
    rows, laid = waive(judged_rows, waivers, environment, now)
    rejected, refusals = ground.evidence.refusals()
    pillars = pillars_of(rows)
    return Report(
        schema=SCHEMA,
        workload=specification.name,
        workload_digest=subject.workload,
        environment=environment,
        rules=_rules(ground.sampling),
        reviewed_at=now,
        catalogue_version=catalogue.version,
        headline=headline_of(rows, pillars, laid, rejected),
        pillars=pillars,
        rows=rows,
        actions=actions_of(rows),
        catalogue_digest=catalogue.digest,
        waivers=laid,
        rejected=refusals,
    )


def _ground(
    specification: Specification,
    subject: Subject,
    records: Iterable[Record] | Shelf,
    now: float,
    environment: Environment,
) -> Ground:
    shelf = records if isinstance(records, Shelf) else RecordsInMemory(records, environment)
    sampling = specification.review.sampling.get(environment) or Sampling()
    return Ground(specification, sampling, subject, Admission(shelf, subject, now), environment, now)


@dataclass(frozen=True, slots=True)
class _Facts:
    """The facts as declared and as observed."""

    declared: Mapping[str, FactValue]
    observed: Mapping[str, FactValue]


def _row(practice: Practice, judges: Judges, ground: Ground, facts: _Facts) -> RowResult:
    applies = practice.applies_when.holds(facts.declared)
    conditions = practice.conditions if applies else (practice.applies_when,)
    differing = contradicted(conditions, facts.declared, facts.observed)
    signals = tuple(
        judged(practice, signal, judges.get((practice.id, signal.number)), ground)
        for signal in practice.signals
        if signal.when.holds(facts.declared)
    )
    state = row_state(applies=applies, conflict=bool(differing), signals=signals)
    shown = () if state == "not_applicable" else signals
    return RowResult(
        id=practice.id,
        pillar=practice.pillar,
        section=practice.section,
        title=practice.title,
        question=practice.question,
        risk=practice.risk,
        state=state,
        reason=_reason(state, practice, shown, differing, facts),
        score=row_score(state, practice.risk, shown),
        exercised=exercised_score(state, practice.risk, shown),
        level=row_level(state, practice.risk),
        waived=False,
        attestation=practice.attestation,
        freshness_days=practice.freshness_days,
        mechanism=practice.mechanism,
        maps=practice.maps,
        signals=shown,
        expires_at=min((each.expires_at for each in shown if each.expires_at is not None), default=None),
    )


def _reason(
    state: RowState,
    practice: Practice,
    signals: Sequence[SignalResult],
    differing: Sequence[str],
    facts: _Facts,
) -> str:
    if state == "conflict":
        return "; ".join(
            f"`{place_of(fact)}` declares {_word(facts.declared[fact])}, observed: {_word(facts.observed[fact])}"
            for fact in differing
        )
    if state == "not_applicable":
        named = sorted(practice.applies_when.facts)
        seen = "and observation agrees" if facts.observed.keys() >= set(named) else "not observed"
        said = "; ".join(f"`{place_of(fact)}` declares {_word(facts.declared[fact])}" for fact in named)
        return f"{said}, {seen}"
    passed = sum(signal.state == "pass" for signal in signals)
    return f"{passed} of {len(signals)} signals pass"


def _word(value: FactValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _facts(ground: Ground) -> _Facts:
    declared = declared_facts(ground.specification)
    records = ground.evidence.admitted(FACTS_TOPIC)
    return _Facts(declared, observed_facts(records, declared, ground.sampling.minimum_n))


def _rules(sampling: Sampling) -> Rules:
    return Rules(
        window_hours=sampling.window_hours,
        minimum_n=sampling.minimum_n,
        zero_tolerance_claim=sampling.zero_tolerance_claim,
        coverage_minutes=sampling.coverage_minutes,
    )


def _table(judges: Iterable[SignalJudge], catalogue: Catalogue) -> Judges:
    known = {(practice.id, signal.number) for practice in catalogue.practices for signal in practice.signals}
    table: dict[tuple[str, int], SignalJudge] = {}
    faults = []
    for judge in judges:
        key = (judge.practice, judge.number)
        if key not in known:
            faults.append(
                f"{judge.function.__name__} judges {judge.practice}.{judge.number}, which does not exist"
            )
        if key in table:
            faults.append(f"{judge.practice}.{judge.number} has two judges")
        table[key] = judge
    if faults:
        raise FaultyCatalogue(faults)
    return table
