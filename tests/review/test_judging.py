"""A signal without live evidence says what is missing; a judge cannot break a review."""

from __future__ import annotations

import pytest
from review_world import JUDGES, NOW, record, reviewed, specification

from colonnade.errors import FaultyCatalogue
from colonnade.review.signal import SignalJudge, judges_beneath, signal, signals_of
from colonnade.review.verdict import met
from colonnade.workload.sections.promises import Sampling
from colonnade.workload.specification import Specification

PRACTICE = "COST-01"


def _signal(records, number=1, **changes):
    return reviewed(records, **changes).row(PRACTICE).signal(number)


def _judged_by(function, *needs):
    return [SignalJudge(PRACTICE, 1, function, needs, "mend it")]


def test_no_evidence_is_unknown_and_says_how_it_would_come_about():
    result = _signal([])
    assert result.state == "unknown"
    assert "no evidence of `test.cost-01.1` in rehearsal" in result.reason
    assert "colonnade" in result.remedy


def test_a_passing_signal_carries_its_number_and_its_evidence():
    seen = record(PRACTICE, 1)
    result = _signal([seen])
    assert (result.state, result.value, result.n) == ("pass", 1.0, 100)
    assert [each.id for each in result.evidence] == [seen.id]
    assert result.expires_at == result.evidence[0].expires_at > NOW


def test_evidence_of_another_environment_does_not_count():
    assert _signal([record(PRACTICE, 1, environment="production")]).state == "unknown"


def test_evidence_from_the_future_does_not_count():
    assert _signal([record(PRACTICE, 1, age_days=-1)]).state == "unknown"


def test_evidence_expires_after_the_days_of_the_practice():
    row = reviewed([record(PRACTICE, 1)]).row(PRACTICE)
    at_the_edge = record(PRACTICE, 1, age_days=row.freshness_days)
    past_it = record(PRACTICE, 1, age_days=row.freshness_days + 0.001)
    assert _signal([at_the_edge]).state == "pass"
    assert _signal([past_it]).state == "stale"
    assert "expired on" in _signal([past_it]).reason


def test_the_newest_live_record_decides():
    old, new = record(PRACTICE, 1, age_days=3), record(PRACTICE, 1, good=1, age_days=1)
    assert _signal([old, new]).state == "fail"
    assert _signal([new, old]).state == "fail"
    assert _signal([new, old]).remedy == f"mend {PRACTICE}.1"


def test_what_was_seen_of_the_current_subject_counts_though_another_was_seen_since():
    bound = next(judge for judge in JUDGES if judge.needs[0][1].__colonnade_topic__.binds == ("policy",))
    current = record(bound.practice, bound.number, age_days=2)
    other = record(
        bound.practice, bound.number, good=0, age_days=1, subject=type(current.subject)(policy="x")
    )
    row = reviewed([current, other]).row(bound.practice)
    assert row.signal(bound.number).state == "pass"


def test_too_few_samples_are_neither_passed_nor_failed():
    result = _signal([record(PRACTICE, 1, n=5, good=5)])
    assert (result.state, result.n) == ("insufficient", 5)


def test_a_judge_that_raises_gives_an_error_and_not_a_crash():
    def broken(seen):
        raise ZeroDivisionError(seen)

    result = _signal([record(PRACTICE, 1)], judges=_judged_by(broken, JUDGES_NEED))
    assert result.state == "error"
    assert "ZeroDivisionError" in result.reason
    assert "Observation" not in result.reason


def test_a_judge_that_answers_something_else_gives_an_error_and_not_a_crash():
    result = _signal([record(PRACTICE, 1)], judges=_judged_by(lambda seen: True, JUDGES_NEED))
    assert result.state == "error"


def test_a_record_that_does_not_fit_its_view_is_an_error_and_not_a_crash():
    result = _signal([record(PRACTICE, 1, facts={"good": "many"})])
    assert result.state == "error"


def test_a_signal_without_a_judge_says_so_with_the_mechanism():
    report = reviewed([], judges=[])
    assert {signal.state for row in report.rows for signal in row.signals} == {"not_judged"}
    row = report.row(PRACTICE)
    assert row.mechanism in row.signals[0].reason
    assert report.actions == ()


def test_declarations_and_sampling_are_handed_in():
    def judgement(specification, sampling):
        return met(f"{specification.name} {sampling.minimum_n}")

    needs = (("specification", Specification), ("sampling", Sampling))
    assert _signal([], judges=_judged_by(judgement, *needs)).reason == "minimal 5"


def test_the_sampling_is_that_of_the_reviewed_environment():
    def judgement(sampling):
        return met(str(sampling.minimum_n))

    judges = _judged_by(judgement, ("sampling", Sampling))
    assert _signal([], judges=judges, environment="production").reason == str(Sampling().minimum_n)


def test_a_judge_that_needs_two_views_waits_for_both():
    def both(first, second):
        return met(f"{first.n} {second.n}")

    other = next(judge for judge in JUDGES if (judge.practice, judge.number) == (PRACTICE, 2))
    judges = _judged_by(both, ("first", JUDGES_NEED[1]), ("second", other.needs[0][1]))
    assert _signal([record(PRACTICE, 1)], judges=judges).state == "unknown"
    assert _signal([record(PRACTICE, 1), record(PRACTICE, 2, n=30)], judges=judges).reason == "100 30"
    expired = record(PRACTICE, 2, age_days=5000)
    assert _signal([record(PRACTICE, 1), expired], judges=judges).state == "stale"


def test_two_judges_of_one_signal_are_refused():
    with pytest.raises(FaultyCatalogue, match="two judges"):
        reviewed([], judges=[*JUDGES, JUDGES[0]])


def test_a_judge_of_an_unknown_signal_is_refused():
    with pytest.raises(FaultyCatalogue, match=r"COST-01\.9"):
        reviewed([], judges=[SignalJudge("COST-01", 9, met, (), "")])


def test_a_signal_counts_only_when_its_condition_holds():
    conditional = [row for row in reviewed([]).rows if row.id in {"UC-07", "OPS-14"}]
    assert conditional
    value = specification().model_dump()
    value["rag"]["enabled"] = True
    with_rag = reviewed([], specification=Specification.model_validate(value))
    counted = sum(len(row.signals) for row in with_rag.rows)
    assert counted > sum(len(row.signals) for row in reviewed([]).rows)


def test_judges_are_found_beneath_a_package(tmp_path, monkeypatch):
    package = tmp_path / "some_practices"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "access.py").write_text(
        "from colonnade.review.signal import signal\n"
        "from colonnade.review.verdict import Verdict, met\n"
        "@signal('SEC-01', 1, improve='x')\n"
        "def proven() -> Verdict:\n    return met('yes')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    import some_practices

    found = judges_beneath(some_practices)
    assert [(judge.practice, judge.number, judge.function().reason) for judge in found] == [
        ("SEC-01", 1, "yes")
    ]


def test_a_marked_function_is_a_judge_with_its_needs():
    import types

    module = types.ModuleType(__name__)

    @signal("SEC-01", 2, improve="do")
    def judgement(specification: Specification):
        return met("x")

    module.judgement = judgement
    (found,) = signals_of(module)
    assert (found.practice, found.number, found.needs) == ("SEC-01", 2, (("specification", Specification),))


JUDGES_NEED = next(judge.needs[0] for judge in JUDGES if (judge.practice, judge.number) == (PRACTICE, 1))
