"""Faults are injected into a real gateway over real HTTP: contained, toothless, and with nothing that contains them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "fixtures"))

from whole import Served, Whole, without

from colonnade.drills.course import DrillRun
from colonnade.reliability.drills import struck
from colonnade.reliability.drills.arming import Control, Strike
from colonnade.reliability.drills.cases import CASES
from colonnade.reliability.evidence import FaultOutcome, UpstreamFaultDrill

OUTAGE = frozenset({"503 at here"})
ALL = frozenset({"here"})


def planted(place: Path) -> Whole:
    """Its upstreams take the time that they need: twice nothing would be nothing."""
    whole = Whole.planted(place / "repository", "spread.yaml")
    for _ in range(2):
        whole.edit("first_byte_s: 0.0, tokens_per_s: 1000000", "first_byte_s: 0.05, tokens_per_s: 500")
    return whole


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(planted(tmp_path_factory.mktemp("spread"))) as gateway:
        yield gateway


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("WITNESS_S", 20.0), ("LEFT_ALONE_S", 1.0), ("SPARE_S", 0.5), ("NOTHING_S", 0.5)):
        monkeypatch.setattr(struck, name, seconds)


def drill(gateway: Served, only: frozenset[str]) -> dict[str, FaultOutcome]:
    record = gateway.drill("upstream-fault", only=only)["upstream-fault"]
    return {it.fault: it for it in msgspec.convert(record.facts, UpstreamFaultDrill).cases}


def last_run(gateway: Served) -> DrillRun:
    with gateway.whole.ledger() as ledger:
        record = ledger.newest("drill.run", "rehearsal")
        assert record is not None
        return msgspec.convert(record.facts, DrillRun)


def test_faults_are_contained_and_everything_of_it_is_measured(served):
    [outage] = drill(served, OUTAGE).values()
    assert outage.verdict == "passed"
    assert outage.opened_s is not None
    assert outage.closed_s is not None
    assert 0 < outage.by_others <= outage.answered <= outage.sent
    assert outage.charged_twice == 0
    run = last_run(served)
    assert run.verdict == "passed"
    assert run.faults == ["upstream_outage"]
    assert all(
        course.before and course.after and course.injected < course.witnessed for course in run.courses
    )


def test_a_fault_that_is_not_injected_is_void(tmp_path, hurried):
    with Served(planted(tmp_path), without("fault_point")) as gateway:
        [outcome] = drill(gateway, OUTAGE).values()
    assert (outcome.verdict, outcome.witnessed) == ("void", False)
    assert outcome.reason == "no call of answer met it"


@pytest.mark.slow
def test_without_what_contains_faults_it_failed_and_an_incident_is_open(tmp_path, hurried):
    whole = planted(tmp_path)
    with Served(whole, without("spread")) as gateway:
        [outcome] = drill(gateway, OUTAGE).values()
    assert (outcome.verdict, outcome.witnessed) == ("failed", True)
    assert "its breaker opened" in outcome.reason
    with whole.ledger() as ledger:
        [incident] = ledger.changes("incident", "upstream-fault")
    assert (incident.after, incident.details["owner"]) == ("open", "Noor Haddad")
    assert incident.details["runbook"] == "endpoint-failure"
    assert incident.details["due"] > time.strftime("%Y-%m-%d", time.gmtime())


def test_ordinary_callers_meet_nothing_of_it(served):
    control = control_of(served)
    arm(control)
    try:
        answers = [served.chat(f"Is there a drill of size {number}?").status_code for number in range(8)]
    finally:
        control.disarm()
    assert answers == [200] * 8


def test_a_share_of_them_does_where_it_was_asked_for(served):
    control = control_of(served)
    arm(control, share=1.0, fault="context_length")
    try:
        answer = served.chat("Is there anything at all?")
    finally:
        control.disarm()
    assert answer.json()["error"]["code"] == "context_length_exceeded"


def test_a_route_that_no_drill_may_touch_is_never_struck(tmp_path):
    whole = planted(tmp_path)
    whole.edit("    timeout_s: 10\n", "    timeout_s: 10\n    no_drills: true\n")
    with Served(whole) as gateway:
        arm(control_of(gateway), share=1.0, fault="context_length")
        assert gateway.chat("Is it still answered?").status_code == 200


@pytest.mark.slow
def test_what_a_strike_did_stands_in_the_story_of_the_call(served):
    control = control_of(served)
    arm(control, share=1.0, fault="context_length")
    try:
        answer = served.chat("What is told of it?")
    finally:
        control.disarm()
    with served.whole.ledger() as ledger:
        deadline = time.monotonic() + 20
        while (record := ledger.request(answer.headers["x-request-id"])) is None or not record.closed_at:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert [line.what for line in record.decisions if line.stage == "fault_point"] == [
        "by hand: context_length"
    ]


@pytest.mark.slow
def test_every_fault_of_the_table_is_witnessed_and_contained(served):
    found = drill(served, ALL)
    assert set(found) == {case.name for case in CASES}
    assert {name: it.reason for name, it in found.items() if it.verdict != "passed"} == {}
    assert found["429"].opened_s is None


def control_of(gateway: Served) -> Control:
    state = gateway.whole.folder / ".colonnade"
    return Control.of(gateway.serving.ledger.store, state / "run")


def arm(control: Control, **changes: Any) -> None:
    known = {"upstreams": ["here", "there"], "fault": "http_503", "labels": {"purpose": "drill"}}
    control.arm(Strike(experiment="by hand", until=time.time() + 60.0, **{**known, **changes}))
    time.sleep(0.6)
