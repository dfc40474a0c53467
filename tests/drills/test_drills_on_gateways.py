"""Each drill against a gateway that is whole, one that is broken, one of another workload, and none at all."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from whole import Served, Whole, without

from colonnade.assembly.drills.running import drills_of
from colonnade.drills.drill import Outcome, choose, exercise
from colonnade.operations.evidence import CanaryRequest
from colonnade.performance.evidence import CacheReplay
from colonnade.responsibility.evidence import DisclosureDrill, Reconstruction
from colonnade.security.evidence import AccessDrill, TransportDrill
from colonnade.security.keys import ApiKeys
from colonnade.security.practices.data import NEEDED_CASES

FAULTY = "answer_tokens: 12, fault: http_500"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(Whole.planted(tmp_path_factory.mktemp("whole") / "repository")) as gateway:
        yield gateway


@pytest.fixture
def broken(tmp_path: Path) -> Whole:
    return Whole.planted(tmp_path / "repository")


def run(whole: Whole, port: int, *names: str) -> list[Outcome]:
    async def all_of_them() -> list[Outcome]:
        with whole.range(port) as place:
            chosen = choose(drills_of(place), names)
            return await asyncio.gather(*(exercise(drill, place.scope()) for drill in chosen))

    return asyncio.run(all_of_them())


def seen(gateway: Served, name: str, kind: type[msgspec.Struct]):
    return msgspec.convert(gateway.drill(name)[name].facts, kind)


def test_access_tries_every_case_on_every_surface(served):
    found = seen(served, "access", AccessDrill)
    assert found.control_answered
    assert {attempt.case for attempt in found.attempts} == NEEDED_CASES
    assert {attempt.surface for attempt in found.attempts} == {"chat", "models"}
    assert all(attempt.refused for attempt in found.attempts)
    assert found.off_network_refused is True


def test_access_leaves_no_key_that_opens_anything(served):
    served.drill("access")
    with served.whole.ledger() as ledger:
        live = [key for key in ApiKeys(ledger).load().values() if key.revoked_at is None]
    assert {key.labels.get("purpose") for key in live if key.expires_at > key.created_at + 5} == {None}


def test_access_sees_a_door_that_is_open(broken):
    with Served(broken, without("identify")) as gateway:
        found = seen(gateway, "access", AccessDrill)
    assert found.control_answered
    assert not any(attempt.refused for attempt in found.attempts)


def test_access_proves_nothing_where_the_permitted_call_fails(broken):
    broken.edit("answer_tokens: 12", FAULTY)
    with Served(broken) as gateway:
        assert not seen(gateway, "access", AccessDrill).control_answered


def test_transport_sees_that_the_listener_speaks_in_clear(served):
    found = seen(served, "transport", TransportDrill)
    assert (found.probed, found.tls_ok, found.in_clear) == (1, 0, ["listener"])


def test_a_canary_is_found_whole(served):
    found = seen(served, "canary-request", CanaryRequest)
    assert (found.sent, found.found, found.complete) == (True, True, True)
    assert found.seconds < 60.0


def test_a_canary_that_was_not_answered_was_not_sent(broken):
    broken.edit("answer_tokens: 12", FAULTY)
    with Served(broken) as gateway:
        found = seen(gateway, "canary-request", CanaryRequest)
    assert (found.sent, found.found) == (False, False)


def test_a_replay_is_answered_from_the_cache_and_another_prompt_is_not(served):
    found = seen(served, "cache-replay", CacheReplay)
    assert msgspec.to_builtins(found) == {
        "first_reached_upstream": True,
        "same_body": True,
        "second_reached_upstream": False,
        "changed_version_missed": True,
    }


def test_without_the_cache_a_replay_is_paid_again(broken):
    with Served(broken, without("cache")) as gateway:
        found = seen(gateway, "cache-replay", CacheReplay)
    assert found.second_reached_upstream
    assert not found.changed_version_missed


def test_a_replay_needs_two_cached_routes(served, broken):
    broken.edit("    cache: exact\n", "")
    [outcome] = run(broken, served.port, "cache-replay")
    assert outcome.record is None
    assert "two routes with `cache: exact`" in outcome.problem


def test_the_notice_is_seen_on_every_surface(served):
    found = seen(served, "disclosure", DisclosureDrill)
    assert [surface.surface for surface in found.surfaces] == [
        "answer, whole", "answer, streamed", "brief, whole", "brief, streamed",
    ]  # fmt: skip
    assert all(surface.header and surface.notice and surface.notice_expected for surface in found.surfaces)


def test_a_notice_that_is_missing_is_missed(broken):
    with Served(broken, without("disclose")) as gateway:
        found = seen(gateway, "disclosure", DisclosureDrill)
    assert not any(surface.header or surface.notice for surface in found.surfaces)
    assert all(surface.notice_expected for surface in found.surfaces)


def test_stories_are_told_of_requests_under_the_present_policy_alone(broken):
    with Served(broken) as gateway:
        gateway.ask_all([f"Where is hook {number}?" for number in range(3)])
    with Served(broken, without("cap")) as gateway:
        gateway.ask_all(["Where is hook 9?"])
    with Served(broken, without("cap")) as gateway:
        found = seen(gateway, "reconstruct", Reconstruction)
    assert (found.sampled, found.whole, found.missing) == (1, 1, [])


def test_the_gateway_of_another_workload_is_told_from_ones_own(served, broken):
    outcomes = run(broken, served.port, "access", "canary-request", "cache-replay", "disclosure")
    assert [outcome.record for outcome in outcomes] == [None] * 4
    assert all("it serves another workload" in outcome.problem for outcome in outcomes)


def test_where_nothing_listens_no_drill_leaves_a_record(broken):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        outcomes = run(broken, taken.getsockname()[1], "access", "transport", "canary-request")
    assert [outcome.record for outcome in outcomes] == [None, None, None]
    assert "start it with `colonnade up`" in outcomes[0].problem
