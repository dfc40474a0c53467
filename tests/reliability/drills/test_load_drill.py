"""A load is really offered, measured from the intended start, and says what gave; one that does not arrive is void."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "fixtures"))
sys.path.insert(0, str(Path(__file__).parents[2] / "gateway"))

from observed import asked
from running import run_simulator
from whole import Pick, Served, Whole, all_stages, without

from colonnade.assembly.drills.running import run_at
from colonnade.drills.caller import Answer
from colonnade.drills.drill import Outcome
from colonnade.errors import SetupError
from colonnade.reliability.drills import load, site
from colonnade.reliability.drills.locust import locust_file
from colonnade.reliability.drills.meter import Use
from colonnade.reliability.drills.profile import moments, name_of, question, recorded
from colonnade.reliability.drills.site import Sent
from colonnade.reliability.drills.steps import Offered, limit_of, step_of
from colonnade.reliability.evidence import LoadDrill
from colonnade.workload.sections.drills import LoadProfile
from colonnade.workload.sections.promises import ServiceObjectives

SLO = ServiceObjectives(latency_p95_ms=1000.0, availability=0.99, error_ratio_max=0.05)
CALM = Use(gateway_cores=0.1, generator_cores=0.1, machine_share=0.2, memory_share=0.2)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "BEYOND_STEPS", 1)
    monkeypatch.setattr(site, "JOURNAL_PATIENCE_S", 3.0)


def drill(place: Path, pick: Pick = all_stages, *edits: tuple[str, str], times: int = 1) -> LoadDrill:
    whole = Whole.planted(place / "repository", "spread.yaml")
    whole.edit("labels: {", "drills: {load: {peak_per_s: 10, steps: 2, step_s: 0.5}}\nlabels: {")
    for old, new in edits:
        whole.edit(old, new)
    with Served(whole, pick) as gateway:
        for _ in range(times):
            record = gateway.drill("load")["load"]
    return msgspec.convert(record.facts, LoadDrill)


def verdict(place: Path) -> str:
    with Whole(place / "repository").ledger() as ledger:
        record = ledger.newest("drill.run", "rehearsal")
        assert record is not None
        found: str = record.facts["verdict"]
        return found


@pytest.mark.slow
def test_a_load_within_the_objectives_passes_and_has_all_its_figures(tmp_path):
    found = drill(tmp_path, times=2)
    peak = found.steps[found.peak]
    assert verdict(tmp_path) == "passed"
    assert (peak.offered_per_s, peak.sent) == (15.0, peak.answered)
    assert peak.within
    assert set(peak.whole_ms) == {"p50", "p95", "p99"}
    assert peak.tokens_out_per_s > 0
    assert peak.usd_per_answer > 0
    assert len(found.steps) == 3
    assert found.before is not None
    assert found.before["carried_per_s"] > 0


@pytest.mark.slow
def test_a_load_that_does_not_arrive_is_void(tmp_path):
    drill(tmp_path, without("journal"))
    assert verdict(tmp_path) == "void"


@pytest.mark.slow
def test_a_load_beyond_what_is_carried_failed_and_says_what_gave(tmp_path):
    limit = "limits: [{per: workload, requests: 4, window_s: 1}]\nlabels: {"
    found = drill(tmp_path, all_stages, ("labels: {", limit))
    assert verdict(tmp_path) == "failed"
    assert found.limit.startswith("limits of the workload:")
    assert found.held_per_s == 0.0


def sent(count: int, *, latency_s: float = 0.1, status: int = 200) -> list[Sent]:
    return [
        Sent(Answer(0.0, 0.001, status, {}, [(latency_s / 2, b"{}")], latency_s), None, streamed=False)
    ] * count


def test_latency_beyond_the_objective_is_not_within():
    offered = Offered(10.0, 1.0, 0.0, 1.0)
    assert step_of(offered, sent(10), CALM, SLO).within
    assert not step_of(offered, sent(10, latency_s=1.1), CALM, SLO).within


def test_errors_beyond_the_objective_are_not_within():
    offered = Offered(10.0, 1.0, 0.0, 1.0)
    step = step_of(offered, [*sent(18), *sent(2, status=503)], CALM, SLO)
    assert (step.failed, step.refused, step.within) == (2, {"503": 2}, False)


def test_answers_that_trail_behind_are_not_carried():
    assert not step_of(Offered(10.0, 1.0, 0.0, 3.0), sent(10), CALM, SLO).within


@pytest.mark.parametrize(
    ("use", "limit"),
    [
        (Use(0.95, 0.2, 0.5, 0.2), "the gateway's processor: 0.95 cores"),
        (Use(0.5, 0.2, 0.97, 0.2), "the machine's processors: 97%"),
        (Use(0.5, 0.2, 0.5, 0.95), "memory: 95%"),
        (CALM, "not found"),
    ],
)
def test_what_gave_first(use, limit):
    steps = [
        step_of(Offered(5.0, 1.0, 0.0, 1.0), sent(5), CALM, SLO),
        step_of(Offered(10.0, 1.0, 0.0, 3.0), sent(10), use, SLO),
    ]
    assert limit_of(steps).startswith(limit)


def test_nothing_gave():
    assert limit_of([step_of(Offered(5.0, 1.0, 0.0, 1.0), sent(5), CALM, SLO)]) == "none was reached"


def test_lengths_follow_the_profile():
    profile, draw = LoadProfile(input_tokens=40, output_tokens=20, streamed=0.25), random.Random(1)
    asked_ = [question(profile, draw) for _ in range(2000)]
    assert median(len(it.text.split()) - 1 for it in asked_) == pytest.approx(40, rel=0.05)
    assert max(it.most_tokens for it in asked_) == 20
    assert sum(it.streamed for it in asked_) / 2000 == pytest.approx(0.25, abs=0.03)
    assert len({it.text for it in asked_}) == 2000


def test_the_same_step_is_the_same_load():
    profile = LoadProfile(arrivals="gamma")
    assert moments(profile, 5.0, 4.0, random.Random(7)) == moments(profile, 5.0, 4.0, random.Random(7))


def test_profiles_that_send_the_same_have_the_same_name():
    assert name_of(LoadProfile()) == name_of(LoadProfile(tolerance=0.1))
    assert name_of(LoadProfile()) != name_of(LoadProfile(input_tokens=61))


def test_a_profile_is_read_from_the_journal():
    calls = [
        asked(opened_at=60.0 * minute + second) for minute, second in ((0, 1), *((1, s) for s in range(24)))
    ]
    for call in calls:
        call.fresh_input, call.output, call.stream = 100, 30, True
    found = recorded(calls, LoadProfile())
    assert (found.peak_per_s, found.input_tokens, found.output_tokens, found.streamed) == (0.4, 100, 30, 1.0)


def test_too_few_calls_are_no_profile():
    with pytest.raises(SetupError, match="19 answered calls are too few"):
        recorded([asked() for _ in range(19)], LoadProfile())


def test_the_locust_file_is_python_with_the_profile_in_it():
    text = locust_file(LoadProfile(peak_per_s=8.0, steps=2, step_s=3.0), "answer", "http://127.0.0.1:8080")
    compile(text, "locustfile.py", "exec")
    assert "STEPS = [(6.0, 3.0), (12.0, 3.0)]" in text
    assert "\"model\": 'answer'" in text


@pytest.fixture
def elsewhere() -> Iterator[Any]:
    """A provider on a port of its own."""
    server, simulator = run_simulator()
    yield server.url, simulator
    server.stop()


async def outside(place: Path, url: str, *more: str) -> list[Outcome]:
    whole = Whole.planted(place / "repository", "spread.yaml")
    there = ", ".join([f'url: "{url}/v1"', "model: simulated-small", *more])
    drills = f"drills: {{load: {{peak_per_s: 20, steps: 2, step_s: 0.5}}, targets: {{other: {{{there}}}}}}}\nlabels: {{"
    whole.edit("labels: {", drills)
    whole.prepare()
    return [outcome async for outcome in run_at(whole.folder, 0, "other")]


async def test_an_endpoint_of_the_owners_list_is_loaded_without_our_gateway(tmp_path, elsewhere):
    url, simulator = elsewhere
    [outcome] = await outside(tmp_path, url)
    assert outcome.run is not None
    assert outcome.run.verdict == "passed", outcome.run.reason
    assert outcome.record is not None
    found = msgspec.convert(outcome.record.facts, LoadDrill)
    assert found.route == f"simulated-small at {url}/v1"
    assert simulator.count >= sum(step.sent for step in found.steps)
    assert found.steps[0].tokens_out_per_s > 0


async def test_one_that_answers_nothing_is_not_steady(tmp_path):
    [outcome] = await outside(tmp_path, "http://127.0.0.1:1")
    assert outcome.run is not None
    assert outcome.run.verdict == "aborted"


async def test_one_beyond_this_machine_must_be_allowed_by_name(tmp_path):
    with pytest.raises(SetupError, match="say `beyond_loopback: true`"):
        await outside(tmp_path, "https://example.org")


async def test_its_key_is_needed_before_anything_is_sent(tmp_path):
    with pytest.raises(SetupError, match=r"drills.targets.other.key refers to env:NOWHERE_SET"):
        await outside(tmp_path, "http://127.0.0.1:1", "key: env:NOWHERE_SET")
