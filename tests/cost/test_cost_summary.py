"""Spending is added up by cause; unknown prices are counted beside the sum, and hits as avoided."""

import json
import shutil
import time

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from served import MINIMAL

from colonnade.cli.cost import command
from colonnade.cost.summary import CAUSES, spending
from colonnade.cost.token_kinds import KINDS, MADE, SENT
from colonnade.evidence.ledger import ClosedRequest, Ledger
from colonnade.evidence.request import RequestRecord
from colonnade.store import open_store


def record(number=0, **fields):
    known = {
        "id": f"req-{number}", "opened_at": time.time() - 60, "environment": "rehearsal", "workload": "w",
        "route": "answer", "labels": {"team": "library"}, "outcome": "answered", "reached_upstream": True,
        "usage_reported": True, "price_known": True, "usd": 0.5, "fresh_input": 10, "output": 5,
    }  # fmt: skip
    return RequestRecord(**{**known, **fields})


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.floats(0, 100), st.booleans()), max_size=30))
def test_the_sum_over_causes_is_the_sum_over_requests(rows):
    records = [
        record(n, route=route, usd=usd, price_known=known) for n, (route, usd, known) in enumerate(rows)
    ]
    found = spending(records, "route")
    assert sum(it.usd for it in found) == pytest.approx(sum(it.usd for it in records if it.price_known))
    assert sum(it.requests for it in found) == len(records)
    assert sum(it.unpriced for it in found) == sum(not known for _, _, known in rows)


def test_an_unknown_price_makes_the_cost_of_an_answer_unknown():
    [spend] = spending([record(1), record(2, price_known=False, usd=0.0)], "route")
    assert (spend.usd, spend.unpriced, spend.usd_per_answer) == (0.5, 1, None)
    [spend] = spending([record(1), record(2, outcome="failed")], "route")
    assert spend.usd_per_answer == 1.0


def test_hits_count_what_they_avoided_and_not_what_was_used():
    hit = record(2, cache="hit", reached_upstream=False, usd=0.0, fresh_input=0, output=0, cache_read=15)
    [spend] = spending([record(1), hit], "route")
    assert (spend.input_tokens, spend.output_tokens, spend.avoided_tokens) == (10, 5, 15)
    assert (spend.cached, spend.usd_per_answer) == (1, 0.25)


@pytest.mark.parametrize("by", list(CAUSES))
def test_every_cause_can_be_asked_for_and_what_has_none_is_shown(by):
    [spend] = spending([record(route="", labels={}, key_id="", model="")], by)
    assert by == "day" or spend.cause == "(none)"


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(MINIMAL, tmp_path / "w", ignore=shutil.ignore_patterns(".colonnade"))
    store = open_store(tmp_path / "w" / ".colonnade")
    old = record(3, opened_at=time.time() - 40 * 86400, labels={"team": "attic"})
    Ledger(store).append_requests([ClosedRequest(it) for it in (record(1), record(2), old)])
    store.close()
    return tmp_path / "w"


def run(*arguments):
    result = CliRunner().invoke(command, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_adds_up_the_journal_of_the_days_asked_for(folder):
    [row] = json.loads(run("summary", "--workload", folder, "--by", "team", "--json"))
    assert (row["cause"], row["requests"], row["usd"], row["usd_per_answer"]) == ("library", 2, 1.0, 0.5)
    rows = json.loads(run("summary", "--workload", folder, "--by", "team", "--days", 90, "--json"))
    assert {row["cause"] for row in rows} == {"library", "attic"}
    assert "1.000000" in run("summary", "--workload", folder)


def test_what_was_in_vain_and_what_is_assumed_stand_beside_the_sum():
    [spend] = spending([record(1, lost_usd=0.1), record(2, price_known=False, usd=0.05)], "route")
    assert (spend.usd, spend.lost_usd, spend.assumed_usd, spend.unpriced) == (0.5, 0.1, 0.05, 1)


def test_upstreams_own_costs_are_compared_with_our_prices():
    named = record(1, provider_usd=0.6, estimated_usd=0.5, usd=0.6)
    [spend] = spending([named, record(2), record(3, provider_usd=0.1)], "route")
    assert (spend.charged, spend.provider_usd, spend.estimated_usd) == (1, 0.6, 0.5)
    assert spend.provider_share == pytest.approx(0.2)


def test_every_kind_of_token_is_in_the_sums():
    kinds = dict.fromkeys(KINDS, 7)
    [spend] = spending([record(1, **kinds)], "route")
    assert (spend.input_tokens, spend.output_tokens) == (7 * len(SENT), 7 * len(MADE))


def test_prices_are_shown_with_source_and_day(folder):
    text = run("prices", "--workload", folder)
    assert "owner: invented for tests" in text
    assert json.loads(run("prices", "--workload", folder, "--json"))["small"]["as_of"] == "2026-01-01"
