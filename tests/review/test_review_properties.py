"""What must hold of every review, whatever the evidence: nothing pays but evidence that passes."""

from __future__ import annotations

import random
from typing import get_args

import review_world
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from review_world import (
    BINDS_OF,
    DAY,
    NOW,
    SIGNALS,
    SUBJECT,
    all_pass,
    observed,
    record,
    reviewed,
    specification,
    topic,
)

from colonnade.evidence.record import Subject
from colonnade.evidence.view import Part
from colonnade.review.catalogue import catalogue
from colonnade.review.facts import declared_facts

KEYS = st.sampled_from(SIGNALS)
EVIDENCE = st.dictionaries(
    KEYS,
    st.tuples(st.sampled_from([0, 99, 100]), st.sampled_from([5, 100]), st.floats(0.1, 400)),
    max_size=60,
)
SOME = settings(max_examples=30, deadline=None)


def _records(evidence):
    return [
        record(*key, good=min(good, n), n=n, age_days=age) for key, (good, n, age) in sorted(evidence.items())
    ]


def _scores(report):
    rows = {row.id: row.score for row in report.rows}
    return rows | {pillar.pillar: pillar.score for pillar in report.pillars}


def _never_higher(after, before):
    pairs = [(after[name], before[name]) for name in before]
    return all((a is None) == (b is None) and (a is None or a <= b + 1e-12) for a, b in pairs)


@SOME
@given(EVIDENCE, st.sets(KEYS, max_size=20))
def test_removing_the_evidence_of_signals_never_raises_a_score(evidence, removed):
    records = _records(evidence)
    topics = {topic(*key) for key in removed}
    fewer = [each for each in records if each.topic not in topics]
    assert _never_higher(_scores(reviewed(fewer)), _scores(reviewed(records)))


@SOME
@given(EVIDENCE, st.floats(0, 800))
def test_time_alone_never_raises_a_score(evidence, days):
    records = [*_records(evidence), observed({"pii": True})]
    later = reviewed(records, now=NOW + days * DAY)
    assert _never_higher(_scores(later), _scores(reviewed(records)))


@SOME
@given(EVIDENCE, st.randoms(use_true_random=False))
def test_the_same_evidence_in_any_order_gives_the_same_bytes(evidence, shuffle: random.Random):
    records = _records(evidence) + _records(evidence)
    mixed = records[:]
    shuffle.shuffle(mixed)
    assert reviewed(records).encode() == reviewed(mixed).encode()


@SOME
@given(KEYS)
def test_removing_the_evidence_of_one_signal_changes_exactly_its_row(key):
    full = reviewed(all_pass())
    without = reviewed([each for each in all_pass() if each.topic != topic(*key)])
    differing = {a.id for a, b in zip(full.rows, without.rows, strict=True) if a != b}
    applies = next(row for row in full.rows if row.id == key[0]).signal(key[1]) is not None
    assert differing == ({key[0]} if applies else set())


def _stale(report):
    return {
        (row.id, signal.number) for row in report.rows for signal in row.signals if signal.state == "stale"
    }


def _changed(**parts):
    values = {name: getattr(SUBJECT, name) for name in SUBJECT.__struct_fields__}
    return Subject(**(values | parts))


def _bound_to(part):
    counting = {(row.id, signal.number) for row in reviewed([]).rows for signal in row.signals}
    return {key for key in counting if part in BINDS_OF[key]}


PARTS = get_args(Part)
ONE_PART = {key: PARTS[i % len(PARTS)] for i, key in enumerate(SIGNALS)}
BOUND_ONCE = [review_world._judge(*key, (ONE_PART[key],)) for key in SIGNALS]
FULL = _changed(knowledge={"handbook": "g1"}, datasets={"questions": "d1"})


@SOME
@given(st.sets(st.sampled_from(PARTS)), EVIDENCE)
def test_whatever_is_replaced_makes_exactly_what_is_bound_to_it_stale(parts, evidence):
    """Model pin, prompt, dataset, index, policy, release, intent, workload: alone and together."""
    records = [structs.replace(each, subject=FULL) for each in _records(evidence)]
    held = {part: getattr(FULL, part) for part in parts}
    values = {part: "new" if isinstance(held[part], str) else {**held[part], "more": "new"} for part in parts}
    before = reviewed(records, subject=FULL, judges=BOUND_ONCE)
    after = reviewed(records, subject=structs.replace(FULL, **values), judges=BOUND_ONCE)
    alive = {
        (row.id, signal.number)
        for row in before.rows
        for signal in row.signals
        if signal.state in {"pass", "fail", "insufficient"}
    }
    assert _stale(after) - _stale(before) == {key for key in alive if ONE_PART[key] in parts}
    assert _never_higher(_scores(after), _scores(before))


@SOME
@given(EVIDENCE, st.sets(KEYS, max_size=8))
def test_refused_evidence_never_raises_a_score(evidence, keys):
    records = _records(evidence)
    bad = [record(*key, n=-1, age_days=0.01) for key in sorted(keys)]
    with_bad = reviewed([*records, *bad])
    assert _scores(with_bad) == _scores(reviewed(records))
    shown = {(row.id, signal.number) for row in with_bad.rows for signal in row.signals}
    looked_at = {each.topic for each in with_bad.rejected}
    assert {topic(*key) for key in keys & shown} <= looked_at


BOOLEANS = sorted(name for name, fact in catalogue().facts.items() if fact.type == "bool")


@SOME
@given(st.sampled_from(BOOLEANS), st.booleans(), EVIDENCE)
def test_a_declaration_that_observation_contradicts_is_a_conflict_and_scores_nothing(name, seen, evidence):
    declared = declared_facts(specification())[name]
    before, after = reviewed(_records(evidence)), reviewed([*_records(evidence), observed({name: seen})])
    conflicts = {row.id: row.score for row in after.rows if row.state == "conflict"}
    assert bool(conflicts) <= (seen != declared)
    assert set(conflicts.values()) <= {0.0}
    depending = {
        practice.id
        for practice in catalogue().practices
        if any(name in condition.facts for condition in practice.conditions)
    }
    changed = {a.id for a, b in zip(after.rows, before.rows, strict=True) if a.state != b.state}
    assert set(conflicts) <= depending
    assert changed <= depending


def test_a_new_model_makes_exactly_the_bound_signals_stale():
    assert _stale(reviewed(all_pass())) == set()
    assert _stale(reviewed(all_pass(), subject=_changed(models={"small": "pin-2"}))) == _bound_to("models")


def test_a_new_prompt_makes_exactly_the_bound_signals_stale():
    assert _stale(reviewed(all_pass(), subject=_changed(prompts={"answer": "v2"}))) == _bound_to("prompts")


def test_a_new_policy_makes_exactly_the_bound_signals_stale():
    report = reviewed(all_pass(), subject=_changed(policy="sha256:other"))
    assert _stale(report) == _bound_to("policy")
    reasons = {signal.reason for row in report.rows for signal in row.signals if signal.state == "stale"}
    assert all(reason.endswith("since then changed: policy") for reason in reasons)


def test_everything_proven_leaves_no_risk_and_no_action():
    report = reviewed(all_pass())
    assert {row.state for row in report.rows} == {"proven", "not_applicable"}
    assert report.headline.open_high == 0
    assert report.headline.coverage == 1.0
    assert {pillar.letter for pillar in report.pillars} <= {"A", "-"}
    assert report.actions == ()


def test_no_evidence_at_all_is_unknown_everywhere():
    report = reviewed([])
    assert {row.state for row in report.rows} == {"unknown", "not_applicable"}
    assert all(not pillar.score for pillar in report.pillars)
    assert report.headline.coverage == 0.0
