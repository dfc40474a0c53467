"""Calls are spread by weight, by how busy or how fast targets are, or by session; sick targets get none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from fleets import World, fleet_of

from colonnade.gateway.call import Call
from colonnade.reliability.balancing import pick
from colonnade.reliability.fleet import Fleet
from colonnade.reliability.targets import Plan

Make = Callable[..., World]
SHARING = [{"model": "second", "tier": 0, "weight": 3.0}, {"model": "third", "tier": 0, "weight": 6.0}]


def plan_of(balance: dict[str, Any], targets: list[dict[str, Any]] = SHARING) -> Plan:
    specification = fleet_of(
        {"first": {}, "second": {}, "third": {}}, {"balance": balance, "targets": targets}
    )
    return Fleet.of(specification).plans["answer"]


def call_of(session: str = "") -> Call:
    return Call(
        id="req-1", endpoint="chat", received_at=0.0, started=0.0, authorization=None, headers={}, body=b"",
        request={"user": session} if session else {},
    )  # fmt: skip


def picked(plan: Plan, calls: int, session: str = "") -> Counter[str]:
    [tier] = plan.tiers
    names = [pick(tier, plan.route.balance, call_of(session), 0.0)[0].target.name for _ in range(calls)]
    return Counter(names)


def test_shares_follow_weights_exactly() -> None:
    plan = plan_of({"strategy": "weighted", "weight": 1.0})
    assert picked(plan, 100) == {"first": 10, "second": 30, "third": 60}


def test_turns_are_not_taken_in_bursts() -> None:
    plan = plan_of({}, [{"model": "second", "tier": 0}, {"model": "third", "tier": 0}])
    [tier] = plan.tiers
    names = [pick(tier, plan.route.balance, call_of(), 0.0)[0].target.name for _ in range(30)]
    assert all(one != next_one for one, next_one in pairwise(names))


def test_the_least_busy_for_its_weight() -> None:
    plan = plan_of({"strategy": "least_outstanding", "weight": 1.0})
    for seat, under_way in zip(plan.tiers[0], (1, 2, 12), strict=True):
        seat.target.upstream.gate.under_way = under_way
    assert picked(plan, 3) == {"second": 3}


def test_equally_busy_targets_take_turns() -> None:
    plan = plan_of(
        {"strategy": "least_outstanding"}, [{"model": "second", "tier": 0}, {"model": "third", "tier": 0}]
    )
    assert picked(plan, 30) == {"first": 10, "second": 10, "third": 10}


def test_the_fastest_gets_most_and_the_slowest_of_all_none() -> None:
    plan = plan_of(
        {"strategy": "first_byte"}, [{"model": "second", "tier": 0}, {"model": "third", "tier": 0}]
    )
    for seat, seconds in zip(plan.tiers[0], (0.1, 0.5, 2.0), strict=True):
        seat.target.speeds[False].observe(seconds, 0.0)
    counted = picked(plan, 600)
    assert counted["third"] == 0
    assert counted["first"] > counted["second"] > 100


def test_a_target_that_was_slow_once_is_looked_at_again() -> None:
    plan = plan_of({"strategy": "first_byte"}, [{"model": "second", "tier": 0}])
    fast, slow = (seat.target.speeds[False] for seat in plan.tiers[0])
    slow.observe(5.0, 0.0)
    fast.observe(0.1, 200.0)
    assert slow.expected_s(200.0) < fast.expected_s(200.0)


def test_a_session_stays_and_sessions_are_spread_by_weight() -> None:
    plan = plan_of({"stick": "session", "weight": 1.0})
    homes = {f"s{number}": picked(plan, 5, f"s{number}") for number in range(400)}
    assert all(len(home) == 1 for home in homes.values())
    counted = Counter(next(iter(home)) for home in homes.values())
    assert counted["first"] == pytest.approx(40, abs=20)
    assert counted["second"] == pytest.approx(120, abs=30)


def test_when_a_target_falls_out_only_its_sessions_move() -> None:
    plan = plan_of({"stick": "session"})
    [tier] = plan.tiers
    sessions = [f"s{number}" for number in range(100)]

    def home(session: str, seats: Any) -> str:
        return pick(seats, plan.route.balance, call_of(session), 0.0)[0].target.name

    before = {session: home(session, tier) for session in sessions}
    left = [seat for seat in tier if seat.target.name != "second"]
    moved = {session for session in sessions if home(session, left) != before[session]}
    assert moved == {session for session in sessions if before[session] == "second"}
    assert moved


def test_traffic_over_http_follows_weights_and_says_why(make: Make) -> None:
    world = make({"first": {}, "second": {}}, {"targets": [{"model": "second", "tier": 0, "weight": 3.0}]})
    for _ in range(40):
        assert world.ask().status_code == 200
    assert (world.asked("first"), world.asked("second")) == (10, 30)
    assert "its turn by weight" in world.story


def test_higher_tiers_get_nothing_while_a_lower_one_is_well(make: Make) -> None:
    tiers = [{"model": "third", "tier": 2}, {"model": "second", "tier": 1}]
    world = make({"first": {}, "second": {}, "third": {}}, {"targets": tiers})
    for _ in range(5):
        world.ask()
    assert (world.asked("second"), world.asked("third")) == (0, 0)
    world.fault("first", "http_500")
    world.ask()
    assert world.tried == [("first", "upstream_500"), ("second", "")]
    world.fault("second", "http_500")
    world.ask()
    assert [name for name, _ in world.tried] == ["first", "second", "third"]


def test_a_target_that_cannot_be_reached_gets_none_while_another_can(make: Make) -> None:
    world = make({"first": {}, "second": {}}, {"targets": [{"model": "second", "tier": 0}]})
    world.fleet.upstreams["first"].ailment = "a connection"
    for _ in range(10):
        world.ask()
    assert (world.asked("first"), world.asked("second")) == (0, 10)
    assert "first cannot be reached" in world.story
    world.fleet.upstreams["second"].ailment = "a connection"
    assert world.ask().status_code == 200
