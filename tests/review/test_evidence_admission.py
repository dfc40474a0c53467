"""Evidence that cannot be is refused with a reason that the report names, and never counts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_world import DAY, NOW, SUBJECT, record, reviewed, topic

from colonnade.evidence.record import Subject
from colonnade.evidence.view import Topic
from colonnade.review.admission import LISTED, Admission
from colonnade.review.shelf import RecordsInMemory

KEY = ("COST-01", 1)


def told(*records, **changes):
    """The signal's state, and every reason for which evidence was refused."""
    report = reviewed(list(records), **changes)
    assert report.headline.rejected >= len(report.rejected)
    return report.row(KEY[0]).signal(KEY[1]).state, [each.reason for each in report.rejected]


def period(start_days, end_days, *, late_days=0.0, collector="tests@1", subject=SUBJECT, **facts):
    """A record about a time that was over when it was collected."""
    return record(
        *KEY,
        window_start=NOW - start_days * DAY,
        window_end=NOW - end_days * DAY,
        collected_at=NOW - late_days * DAY,
        collector=collector,
        subject=subject,
        **facts,
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"window_end": NOW + 1}, "it is from the future"),
        ({"collected_at": NOW + 1}, "it is from the future"),
        ({"window_start": NOW, "window_end": NOW - 9}, "its window ends before it begins"),
        ({"n": -1}, "it counts -1 samples"),
        ({"facts": {"good": math.nan, "n": 100}}, "it holds a value that is not a number"),
        ({"facts": {"good": 1, "n": 1, "more": [{"x": math.inf}]}}, "it holds a value that is not a number"),
        ({"window_end": math.nan}, "its window is no span of time"),
        ({"window_start": -math.inf}, "its window is no span of time"),
    ],
)
def test_what_cannot_be_is_refused_and_named(changes, said):
    assert told(record(*KEY, **changes)) == ("unknown", [said])


def test_a_refusal_names_the_record():
    bad = record(*KEY, n=-1)
    (refusal,) = reviewed([bad]).rejected
    assert (refusal.id, refusal.topic, refusal.collector) == (bad.id, topic(*KEY), "tests@1")


def test_sound_evidence_counts_beside_refused():
    assert told(record(*KEY), record(*KEY, window_end=NOW + 1)) == ("pass", ["it is from the future"])


def test_refused_evidence_of_another_environment_is_not_ours_to_refuse():
    assert told(record(*KEY, n=-1, environment="production")) == ("unknown", [])


def test_imported_evidence_about_what_never_ran_is_refused():
    other = Subject(models={"small": "pin-9"})
    state, reasons = told(record(*KEY, collector="import.otlp@1", subject=other))
    assert (state, reasons) == ("unknown", ["it is about `models.small` pin-9, which never ran here"])


def test_imported_evidence_about_what_ran_once_is_stale_and_not_refused():
    before = Subject(workload="sha256:w", policy="sha256:old")
    own = record("UC-01", 2, subject=before)
    imported = record(*KEY, collector="import.otlp@1", subject=before)
    assert told(own, imported)[1] == []
    assert told(imported)[1] == ["it is about `policy` sha256:old, which never ran here"]


def test_rolling_windows_may_overlap():
    rolling = [record(*KEY, age_days=age, window_start=NOW - 9 * DAY) for age in (0.1, 0.2, 0.3)]
    assert told(*rolling) == ("pass", [])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (period(3, 1), period(2, 0.5)),
        (period(2, 0.5, late_days=0.1), period(3, 1)),
        (period(4, 1), period(3, 2)),
        (period(4, 1), period(4, 1, n=99)),
        (period(4, 1, late_days=0.2), period(3, 2, late_days=0.1)),
    ],
)
def test_periods_that_cut_into_one_another_are_refused_both(one, other):
    state, reasons = told(one, other)
    assert state == "unknown"
    assert len(reasons) == 2
    assert all("overlaps" in reason for reason in reasons)


def test_a_later_account_may_cover_an_earlier_one_whole():
    grown = [period(3, 2, late_days=1.5), period(3, 1, late_days=0.5)]
    assert told(*grown) == ("pass", [])
    assert told(period(3, 2, late_days=1.5), period(3, 2, late_days=0.5)) == ("pass", [])


def test_periods_that_touch_or_are_of_others_do_not_overlap():
    assert told(period(3, 2), period(2, 1)) == ("pass", [])
    assert told(period(3, 1), period(2, 0.5, collector="others@1")) == ("pass", [])
    assert told(period(3, 1), period(2, 0.5, subject=Subject(workload="sha256:before")))[1] == []


def test_a_refused_period_refuses_nobody_else():
    assert told(period(3, 1), period(2, 0.5, n=-1)) == ("pass", ["it counts -1 samples"])


def test_snapshots_count_nothing_and_may_overlap():
    name = topic(*KEY)
    records = [period(3, 1), period(2, 0.5)]
    for snapshot, found in ((True, records[1]), (False, None)):
        admission = Admission(RecordsInMemory(records, "rehearsal"), SUBJECT, NOW)
        assert admission.found(Topic(name, (), snapshot)).unchanged == found


def test_many_refusals_are_counted_and_the_first_are_listed():
    report = reviewed([record(*KEY, window_end=NOW + 1 + i) for i in range(LISTED + 50)])
    assert (report.headline.rejected, len(report.rejected)) == (LISTED + 50, LISTED)


def test_a_record_of_another_shape_is_an_error_with_its_path():
    report = reviewed([record(*KEY, facts={"good": None, "n": 1})])
    signal = report.row(KEY[0]).signal(KEY[1])
    assert signal.state == "error"
    assert "does not fit `test.cost-01.1`: Expected `int`, got `null`" in signal.reason


@given(
    st.permutations(
        [period(4, 2), period(3, 1), period(0.9, 0.5), period(9, 8), period(8.5, 8.2, late_days=7)]
    )
)
def test_the_order_of_arrival_refuses_nothing_else(records):
    assert reviewed(records).encode() == reviewed(sorted(records, key=lambda each: each.id)).encode()


def test_evidence_ends_with_its_own_term():
    own = {"good": 100, "n": 100, "valid_until": NOW + 5}
    report = reviewed([record(*KEY, facts=own)])
    assert report.row(KEY[0]).signal(KEY[1]).expires_at == NOW + 5
    later = reviewed([record(*KEY, facts=own)], now=NOW + 6).row(KEY[0]).signal(KEY[1])
    assert (later.state, "the end of its own term" in later.reason) == ("stale", True)
