"""The ways in which the spreading of calls is broken."""

from __future__ import annotations

from typing import Any

import pytest
from spread_run import outage
from whole import Served, Whole

from colonnade.reliability import choosing
from colonnade.reliability.budget import RetryBudget
from colonnade.reliability.targets import Target
from colonnade.reliability.transitions import Transitions
from colonnade.review.report import Report

MANY = [f"Where do I find plane {number}?" for number in range(40)]


def always_the_first(whole: Whole) -> Report:
    """The balancer does not look at weights."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choosing, "pick", lambda seats, *_: (seats[0], "the first"))
        with Served(whole) as gateway:
            gateway.ask_all(MANY)
    return whole.review()


def sick_ones_asked(whole: Whole) -> Report:
    """Calls go to a target although its breaker is open."""
    with pytest.MonkeyPatch.context() as patch, Served(whole) as gateway:
        for number in range(20):
            gateway.ask_all([f"Which shelf holds rake {number}?"])
        simulator = gateway.serving.parts.upstreams["there"].simulator
        simulator.simulation = simulator.simulation.model_copy(update={"fault": "http_503"})
        gateway.ask_all([f"Which shelf holds fork {number}?" for number in range(10)])
        patch.setattr(Target, "well", lambda *_: True)
        gateway.ask_all([f"Which shelf holds hoe {number}?" for number in range(4)])
    return whole.review()


def budget_ignored(whole: Whole) -> Report:
    """Every failure is tried again, whatever share of the calls that makes."""
    whole.edit("failures: 5, open_s", "failures: 9999, minimum_calls: 9999, open_s")
    whole.edit("failures: 5, open_s", "failures: 9999, minimum_calls: 9999, open_s")
    with pytest.MonkeyPatch.context() as patch, Served(whole) as gateway:
        patch.setattr(RetryBudget, "spend", lambda *_: True)
        for simulated in gateway.serving.parts.upstreams.values():
            simulator: Any = simulated.simulator
            simulator.simulation = simulator.simulation.model_copy(update={"fault": "http_503"})
        for question in MANY:
            assert gateway.chat(question).status_code == 502
    return whole.review()


def transitions_forgotten(whole: Whole) -> Report:
    """Breakers open, and nobody writes it down."""
    whole.edit(
        "first_delay_s: 0.01", "first_delay_s: 0.02"
    )  # another policy: what was written before tells nothing
    with whole.ledger() as ledger, ledger.store.connection() as connection:
        connection.execute("DELETE FROM change WHERE kind = 'breaker'")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transitions, "told", lambda *_: None)
        with Served(whole) as gateway:
            gateway.ask_all(MANY[:10])
            outage(gateway, "there", MANY[10:])
    return whole.review()
