"""A stream that its upstream broke off counts against it, whatever the wire calls the end."""

from __future__ import annotations

import pytest
from fleets import QUICK_BREAKER

from colonnade.gateway.call import Reply
from colonnade.reliability.fleet import Fleet
from colonnade.reliability.noting import broke_off, note_end
from colonnade.reliability.targets import Target


@pytest.mark.parametrize(
    ("code", "broken"),
    [
        ("upstream_cut", True),
        ("upstream_malformed", True),
        ("upstream_error", True),
        ("upstream_stalled", True),
        ("upstream_empty", True),
        ("upstream_wrong_model", True),
        ("upstream_500", True),
        ("upstream_529", True),
        ("upstream_malformed_function_call", True),
        ("upstream_rate_limit", False),
        ("upstream_invalid_request", False),
        ("rate_limit_error", False),
        ("client_gone", False),
        ("deadline_exceeded", False),
        ("budget_exceeded", False),
        ("shutting_down", False),
        ("", False),
    ],
)
def test_whose_fault_the_end_of_a_stream_is(code: str, broken: bool) -> None:
    assert broke_off(code) is broken


@pytest.mark.parametrize(("code", "closed"), [("upstream_529", False), ("client_gone", True)])
def test_so_many_of_them_open_the_breaker(make, code: str, closed: bool) -> None:
    world = make({"first": {"breaker": QUICK_BREAKER}})
    fleet: Fleet = world.fleet
    target: Target = fleet.plans["answer"].tiers[0][0].target
    for _ in range(QUICK_BREAKER["failures"]):
        assert target.upstream.gate.enter()
        note_end(target, Reply(error=code), fleet.clock(), fleet.clock)
    assert target.breaker.closed is closed
