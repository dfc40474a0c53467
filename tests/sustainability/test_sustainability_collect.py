"""Carbon by region, and what is kept too long."""

from __future__ import annotations

import pytest
from observed import NOW, SCOPE, asked, refused, view_of

from colonnade.sustainability.collect import carbon_by_region, retention_state
from colonnade.sustainability.evidence import CarbonByRegion, RetentionState


def test_tokens_and_grams_by_region():
    spent = {"fresh_input": 1, "cache_read": 2, "cache_write": 3, "output": 4, "reasoning": 5}
    requests = [
        asked(region="local:SE", carbon_min_g=0.1, carbon_max_g=0.2, **spent),
        asked(region="local:SE", carbon_min_g=0.1, carbon_max_g=0.2, **spent),
        asked(region=""),
    ]
    found = view_of(carbon_by_region(requests, SCOPE), CarbonByRegion)
    sweden, unstated = found.regions
    assert (sweden.region, sweden.tokens) == ("local:SE", 30)
    assert (sweden.carbon_min_g, sweden.carbon_max_g) == (pytest.approx(0.2), pytest.approx(0.4))
    assert unstated.region == "unstated"


@pytest.mark.parametrize("method", ["", "unknown: size of the model"])
def test_a_request_without_a_method_is_not_estimated(method):
    found = view_of(carbon_by_region([asked(), asked(footprint_method=method)], SCOPE), CarbonByRegion)
    assert (found.requests, found.estimated) == (2, 1)


def test_what_reached_no_model_emitted_nothing():
    requests = [asked(cache="hit", reached_upstream=False), refused("x"), asked(outcome="failed")]
    assert view_of(carbon_by_region(requests, SCOPE), CarbonByRegion).requests == 0


def test_no_deletion_run_is_told_from_one_that_deleted_nothing():
    never = view_of(retention_state(None, 0, 0, SCOPE), RetentionState)
    idle = view_of(retention_state(NOW, 0, 0, SCOPE), RetentionState)
    assert (never.ran, idle.ran, idle.last_run_at) == (False, True, NOW)


def test_what_is_past_its_limit_is_told():
    found = view_of(retention_state(NOW, 7, 2, SCOPE), RetentionState)
    assert (found.deleted, found.past_limit) == (7, 2)
