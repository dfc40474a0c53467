"""What was recorded is held against what is billed, by day and model; what only one side knows is named."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from observed import NOW, asked

from colonnade.cost.invoices.bill import Bill, BilledLine
from colonnade.cost.invoices.naming import canonical
from colonnade.cost.invoices.reconciliation import reconcile, spans

DAY_S = 86_400.0
TODAY = NOW // DAY_S * DAY_S
YESTERDAY = TODAY - DAY_S


def line(model="simulated-small", usd="1.00", start=YESTERDAY, end=TODAY, tokens=None):
    return BilledLine(start=start, end=end, model=model, usd=usd and Decimal(usd), tokens=tokens)


def bill(*lines, at=NOW, upstreams=("simulated",), kind="focus", rejected=0):
    return Bill(
        kind=kind, file="a.csv", upstreams=list(upstreams), imported_at=at, lines=list(lines), rejected_count=rejected
    )  # fmt: skip


def paid(usd=0.5, at=YESTERDAY + 60, **fields):
    known = {"usd": usd, "price_known": True, "fresh_input": 10, "output": 5, "opened_at": at}
    return asked(**{**known, **fields})


def compare(bills, requests, now=NOW):
    return reconcile(spans(bills, now - 31 * DAY_S), requests, now)


def test_what_agrees_is_matched_by_day_and_model():
    found = compare([bill(line())], [paid(), paid()])
    [row] = found.rows
    assert (row.model, row.requests, row.recorded_usd, row.billed_usd, row.standing) == (
        "simulated-small", 2, 1.0, 1.0, "both"
    )  # fmt: skip
    assert (row.share, found.apart, found.bills) == (0.0, 0.0, 1)
    assert found.age_h == pytest.approx((NOW - TODAY) / 3600)


def test_differences_do_not_make_up_for_each_other():
    bills = [bill(line("one", "1.00"), line("two", "1.00"))]
    found = compare(bills, [paid(0.5, answered_by="one"), paid(1.5, answered_by="two")])
    assert found.recorded_usd == found.billed_usd
    assert found.apart == 0.5
    assert [row.share for row in found.rows] == [-0.5, 0.5]


def test_what_only_one_side_knows_is_named():
    found = compare([bill(line("billed"))], [paid(answered_by="recorded", model="recorded")])
    assert {(row.model, row.standing) for row in found.rows} == {
        ("billed", "billed only"), ("recorded", "recorded only"),
    }  # fmt: skip
    assert found.apart == 1.5


def test_requests_that_no_bill_covers_are_no_difference():
    others = [
        paid(at=TODAY + 60),
        paid(at=YESTERDAY - 60),
        paid(upstream="other"),
        paid(0.0, reached_upstream=False, cache="hit"),
    ]
    found = compare([bill(line())], [paid(), paid(), *others])
    assert found.apart == 0.0


def test_a_day_that_was_not_over_when_it_was_exported_is_not_compared():
    found = compare([bill(line(start=TODAY, end=TODAY + DAY_S))], [paid(at=TODAY + 1)])
    assert (found.rows, found.age_h, found.bills) == ([], None, 0)


def test_of_two_bills_for_the_same_time_the_newer_one_counts():
    bills = [bill(line(usd="9.00"), at=NOW - 60, rejected=3), bill(line(usd="1.00"), at=NOW)]
    for order in (bills, bills[::-1]):
        found = compare(order, [paid(), paid()])
        assert (found.billed_usd, found.rejected) == (1.0, 0)


def test_costs_and_usage_of_the_same_day_stand_side_by_side():
    usage = bill(line(usd=None, tokens=40))
    found = compare([bill(line()), usage], [paid(), paid()])
    [row] = found.rows
    assert (row.recorded_tokens, row.billed_tokens, row.billed_usd) == (30, 40, 1.0)


def test_usage_alone_names_no_money():
    found = compare([bill(line(usd=None, tokens=30))], [paid(), paid()])
    assert not found.names_money
    assert found.apart is None


def test_a_bill_that_does_not_split_by_model_is_compared_as_a_whole():
    [row] = compare([bill(line(""))], [paid(answered_by="one"), paid(answered_by="two")]).rows
    assert (row.model, row.share) == ("(all)", 0.0)


def test_an_hour_is_compared_within_its_day():
    hours = [line(usd="0.50", start=YESTERDAY + n * 3600, end=YESTERDAY + (n + 1) * 3600) for n in range(2)]
    found = compare([bill(*hours)], [paid(), paid(at=YESTERDAY + 3601), paid(9.0, at=YESTERDAY + 7201)])
    [row] = found.rows
    assert (row.requests, row.share) == (2, 0.0)


def test_unpriced_requests_are_counted_and_not_as_zero_dollars_known():
    [row] = compare([bill(line())], [paid(), paid(0.05, price_known=False)]).rows
    assert (row.requests, row.unpriced, row.recorded_usd) == (2, 1, 0.5)


def test_a_month_has_both_days_in_its_name():
    found = compare([bill(line(start=TODAY - 31 * DAY_S + 1, end=TODAY))], [paid()])
    assert " to " in found.rows[0].period


@pytest.mark.parametrize(
    "written",
    [
        "Claude Haiku 4.5", "claude-haiku-4-5", "claude-haiku-4-5-20251001", "anthropic/claude-haiku-4.5",
        " CLAUDE_HAIKU_4.5 ",
    ],
)  # fmt: skip
def test_a_model_has_one_name(written):
    assert canonical(written) == "claude-haiku-4-5"


def test_a_day_in_a_name_is_dropped_and_a_variant_is_not():
    assert canonical("gpt-4o-mini-2024-07-18") == "gpt-4o-mini"
    assert canonical("gpt-4o-mini-search-preview") != canonical("gpt-4o-mini")


amounts = st.lists(st.tuples(st.sampled_from(["one", "two"]), st.decimals(0, 100, places=2)), max_size=12)


@given(amounts, amounts)
def test_nothing_that_is_covered_is_lost_or_counted_twice(recorded, billed):
    requests = [paid(float(usd), answered_by=model) for model, usd in recorded]
    found = compare([bill(*(line(model, str(usd)) for model, usd in billed))] if billed else [], requests)
    assert found.billed_usd == pytest.approx(float(sum(usd for _, usd in billed)))
    expected = float(sum(usd for _, usd in recorded)) if billed else 0.0
    assert found.recorded_usd == pytest.approx(expected)
