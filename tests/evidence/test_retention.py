"""Retention deletes what is old, never below the legal minimum, and the ledger explains what is gone."""

from __future__ import annotations

import pytest
from samples import START, opening, stored

from colonnade.evidence.content import Content
from colonnade.evidence.ledger import ClosedRequest
from colonnade.evidence.retention import DAY_S, sweep
from colonnade.workload.sections.promises import Retention

RULES = Retention(prompts_days=30, answers_days=60, requests_days=100, legal_minimum_days=180)


@pytest.fixture
def aged(ledger):
    """Ten requests, 25 days apart, the last one new; and an interrupted one as old as the first."""
    batch = [
        stored(ledger, day, f"question {day}", f"answer {day}", **at_day(day)) for day in range(0, 250, 25)
    ]
    ledger.append_requests([*batch, ClosedRequest(opening(999, opened_at=START))])
    return ledger


def at_day(day: int) -> dict[str, float]:
    return {"opened_at": START + day * DAY_S, "closed_at": START + day * DAY_S + 1}


def run(ledger, day: int = 225, rules: Retention = RULES):
    return sweep(ledger, rules, now=START + day * DAY_S + 2, actor="retention@here")


def test_each_kind_goes_at_its_own_age(aged):
    done = run(aged)
    assert (done.requests, done.prompts, done.answers) == (3, 8, 7)
    assert aged.request("req_000025") is None
    assert aged.request("req_000999") is None
    assert aged.request("req_000050").content_stored
    assert aged.content("req_000050") is None
    assert aged.content("req_000175") == Content(prompt=None, answer="answer 175")
    assert aged.content("req_000225") == Content(prompt="question 225", answer="answer 225")


def test_the_legal_minimum_holds_against_a_shorter_rule(aged):
    run(aged, rules=Retention(prompts_days=1, answers_days=1, requests_days=1, legal_minimum_days=180))
    assert aged.request("req_000050") is not None
    assert aged.request("req_000025") is None


def test_what_retention_took_is_absent_not_missing(aged):
    run(aged)
    verification = aged.verify()
    assert verification.intact, verification.breaks
    assert verification.entries == 12


def test_every_run_is_in_the_ledger(aged):
    run(aged)
    run(aged)
    first, second = aged.changes("retention")
    assert first.details["prompts"] == "8"
    assert second.details["prompts"] == "0"
    assert second.actor == "retention@here"


def test_what_goes_beyond_retention_is_missing(aged):
    run(aged)
    with aged.store.connection() as connection:
        connection.execute("UPDATE content SET answer = NULL WHERE request_id = 'req_000225'")
        connection.execute("DELETE FROM content WHERE request_id = 'req_000200'")
        connection.execute("DELETE FROM request WHERE id = 'req_000050'")
    assert {(broken.ref, broken.what) for broken in aged.verify().breaks} == {
        ("req_000225", "content missing"),
        ("req_000200", "content missing"),
        ("req_000050", "missing"),
    }


def test_an_altered_change_explains_nothing(aged):
    run(aged)
    with aged.store.connection() as connection:
        connection.execute("UPDATE change SET body = body || x'20' WHERE kind = 'retention'")
    named = {(broken.ref, broken.what) for broken in aged.verify().breaks}
    assert ("req_000000", "missing") in named
    assert "altered" in {what for _, what in named}


def test_without_the_change_the_deletion_would_be_found(aged):
    with aged.store.connection() as connection:
        connection.execute("DELETE FROM content WHERE request_id = 'req_000000'")
    assert not aged.verify().intact


def test_many_requests_go_in_batches(ledger):
    ledger.append_requests([ClosedRequest(opening(number, opened_at=START)) for number in range(2500)])
    assert run(ledger).requests == 2500
    assert list(ledger.requests(0, 1e12)) == []
    assert ledger.verify().intact
