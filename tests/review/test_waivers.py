"""A waiver excuses what it names while it keeps its rules; whatever it does instead is told."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_world import JUDGES, NOW, SIGNALS, all_pass, observed, record, reviewed, topic

from colonnade.review.signal import SignalJudge
from colonnade.review.verdict import unmet
from colonnade.review.waiver import Waiver

TODAY = "2026-09-21"
"""The day of `NOW`."""
ROW = "SEC-06"


def waiver(**changes):
    values = {
        "practice": ROW, "reason": "x", "owner": "Ada", "approver": "Noor", "created": "2026-09-01",
        "expires": "2026-12-01",
    }  # fmt: skip
    return Waiver(**(values | changes))


def failing(*numbers, good=50):
    """Every signal passes but these of the row."""
    return [record(*key, good=good if key[0] == ROW and key[1] in numbers else 100) for key in SIGNALS]


def told(*waivers, records=None, **changes):
    report = reviewed(failing(1) if records is None else records, waivers=waivers, **changes)
    return report, report.row(ROW)


def test_a_standing_waiver_excuses_the_row_and_names_what():
    report, row = told(waiver(ticket="OPS-1"))
    assert (row.waived, row.waived_until, row.signal(1).waived) == (True, "2026-12-01", True)
    (result,) = report.waivers
    assert (result.state, result.excuses, result.days_left) == ("standing", ("SEC-06.1",), 71)
    assert result.waiver.ticket == "OPS-1"
    assert not result.near_expiry


@pytest.mark.parametrize(
    ("changes", "state", "said"),
    [
        ({"expires": "2026-09-20"}, "lapsed", "lapsed after 2026-09-20"),
        ({"expires": "soon"}, "lapsed", "`expires` is no day"),
        ({"expires": "2026-9-30"}, "lapsed", "`expires` is no day"),
        ({"expires": "2026-02-30"}, "lapsed", "`expires` is no day"),
        ({"created": "once"}, "lapsed", "`created` is no day"),
        ({"approver": " ada "}, "void", "nobody but its owner Ada approved it"),
        ({"created": "2026-09-22"}, "void", "begins on 2026-09-22"),
        ({"expires": "2027-03-01"}, "void", "180 are the most"),
        ({"practice": "SEC-99"}, "void", "there is no practice SEC-99"),
        ({"compensating": ("SEC-06.2",)}, "standing", "accepted until"),
        ({"compensating": ("SEC-06.1",)}, "void", "SEC-06.1, which should compensate, does not pass"),
        ({"compensating": ("SEC-99.1", "x")}, "void", "does not pass"),
        ({"environment": "production"}, "elsewhere", "is for production"),
        ({"environment": "rehearsal"}, "standing", "accepted until"),
        ({"signal": 2}, "unused", "excuses nothing"),
    ],
)
def test_what_a_waiver_does_and_why(changes, state, said):
    report, row = told(waiver(**changes))
    (result,) = report.waivers
    assert (result.state, said in result.why) == (state, True), result.why
    assert row is None or row.waived == (state == "standing")


def test_it_holds_through_its_last_day_and_180_days():
    assert told(waiver(expires=TODAY))[1].waived
    assert told(waiver(created="2026-03-25", expires=TODAY))[1].waived
    assert not told(waiver(created="2026-03-24", expires=TODAY))[1].waived


def test_a_lapsed_waiver_brings_the_finding_back_and_says_why():
    report, row = told(waiver(expires="2026-09-20"))
    assert (row.waived, row.waiver_lapsed, row.level) == (False, True, "HIGH")
    assert row.reason.endswith("the waiver of SEC-06 lapsed after 2026-09-20")
    assert report.headline.waivers_lapsed == 1
    assert report.headline.open_high == 1


def test_nothing_to_excuse_is_unused_even_when_it_lapsed():
    for end in ("2026-12-01", "2026-09-20"):
        report, row = told(waiver(expires=end), records=all_pass())
        assert (report.waivers[0].state, row.waived, row.waiver_lapsed) == ("unused", False, False)


def test_the_end_is_near_for_two_weeks():
    assert told(waiver(expires="2026-10-05"))[0].waivers[0].near_expiry
    assert not told(waiver(expires="2026-10-06"))[0].waivers[0].near_expiry
    assert not told(waiver(expires="2026-09-20"))[0].waivers[0].near_expiry


def test_one_signal_is_excused_and_the_others_are_not():
    report, row = told(waiver(signal=1), records=failing(1, 2))
    assert (row.waived, row.signal(1).waived, row.signal(2).waived) == (False, True, False)
    assert {action.what for action in report.actions} == {"mend SEC-06.2"}
    _, row = told(waiver(signal=1), waiver(signal=2, expires="2026-11-01"), records=failing(1, 2))
    assert (row.waived, row.waived_until) == (True, "2026-11-01")


@pytest.mark.parametrize(("ceiling", "stands"), [(0.5, True), (0.4, True), (0.51, False)])
def test_beyond_its_ceiling_a_waiver_is_void(ceiling, stands):
    report, row = told(waiver(ceiling=ceiling))
    assert row.waived is stands
    if not stands:
        assert "is at 0.5, worse than the ceiling 0.51" in report.waivers[0].why


def test_where_more_is_worse_the_ceiling_bounds_from_above():
    def judgement(seen):
        return unmet("too many", value=seen.good / seen.n, threshold=0.1, n=seen.n)

    original = next(judge for judge in JUDGES if (judge.practice, judge.number) == (ROW, 1))
    judges = [SignalJudge(ROW, 1, judgement, original.needs, "mend")]
    for ceiling, stands in ((0.5, True), (0.6, True), (0.49, False)):
        assert (
            reviewed(failing(1), judges=judges, waivers=[waiver(signal=1, ceiling=ceiling)])
            .row(ROW)
            .signal(1)
            .waived
            is stands
        )


def test_a_ceiling_excuses_nothing_that_nobody_measured():
    missing = [each for each in all_pass() if each.topic != topic(ROW, 1)]
    report, row = told(waiver(ceiling=0.2), records=missing)
    assert not row.waived
    assert "has no measured value to hold against the ceiling" in report.waivers[0].why


def _failing_at(*places):
    def judgement(seen):
        return unmet("fails", value=0.0, threshold=1.0, places=places)

    original = next(judge for judge in JUDGES if (judge.practice, judge.number) == (ROW, 1))
    rest = [judge for judge in JUDGES if (judge.practice, judge.number) != (ROW, 1)]
    return [*rest, SignalJudge(ROW, 1, judgement, original.needs, "mend")]


def test_a_waiver_for_one_place_excuses_nothing_elsewhere():
    both = _failing_at("resource:a", "tenant:t")
    report, row = told(waiver(resource="a"), judges=both)
    assert not row.waived
    assert "fails elsewhere too: tenant:t" in report.waivers[0].why
    assert told(waiver(resource="a"), waiver(tenant="t"), judges=both)[1].waived
    assert told(waiver(resource="a"), judges=_failing_at("resource:a"))[1].waived
    assert told(waiver(resource="a"), judges=_failing_at("resource:b"))[0].waivers[0].state == "unused"
    assert "does not tell where it fails" in told(waiver(resource="a"))[0].waivers[0].why
    lapsed = waiver(tenant="t", expires="2026-09-20")
    assert not told(waiver(resource="a"), lapsed, judges=both)[1].waived


def test_a_conflict_cannot_be_accepted():
    records = [*all_pass(), observed({"pii": True})]
    report = reviewed(records, waivers=[waiver(practice="RAI-10")])
    assert (report.row("RAI-10").state, report.row("RAI-10").waived) == ("conflict", False)
    assert "a conflict is not accepted" in report.waivers[0].why


def test_the_third_renewal_raises_the_risk_that_remains():
    medium = next(key[0] for key in SIGNALS if reviewed([]).row(key[0]).level == "MEDIUM")
    records = [record(*key, good=0 if key[0] == medium else 100) for key in SIGNALS]
    twice, thrice = (
        reviewed(records, waivers=[waiver(practice=medium, renewals=times)]).row(medium) for times in (2, 3)
    )
    assert (twice.level, twice.escalated) == ("MEDIUM", False)
    assert (thrice.level, thrice.escalated, thrice.risk) == ("HIGH", True, twice.risk)
    assert thrice.score == twice.score


@given(
    st.lists(
        st.builds(
            waiver,
            practice=st.sampled_from(["SEC-06", "COST-01", "RAI-10", "nonsense"]),
            signal=st.sampled_from([None, 1, 2, 9]),
            expires=st.sampled_from(["2026-12-01", "2026-09-21", "2020-01-01", "never", ""]),
            ceiling=st.sampled_from([None, 0.0, 1.0]),
            renewals=st.integers(0, 4),
            resource=st.sampled_from(["", "a"]),
        ),
        max_size=4,
    )
)
def test_no_waiver_ever_changes_a_score_or_a_state(waivers):
    plain, waived = reviewed(failing(1, 2)), reviewed(failing(1, 2), waivers=waivers)
    assert [(row.id, row.state, row.score) for row in waived.rows] == [
        (row.id, row.state, row.score) for row in plain.rows
    ]
    assert len(waived.waivers) == len(waivers)
    assert waived == msgspec.json.decode(waived.encode(), type=type(waived))


def test_a_day_is_counted_in_utc():
    assert waiver(expires=TODAY).days_left(NOW) == 0
    assert waiver(expires="never").days_left(NOW) is None
