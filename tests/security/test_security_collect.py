"""Keys by what is wrong with them, pins and their history, verified weights, bypass, sources and lineage."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from observed import NOW, SCOPE, SOURCE, asked, bound, refused, specification, view_of

from colonnade.evidence.request import SourceLine
from colonnade.security import collect
from colonnade.security.collect import IndexLineage
from colonnade.security.evidence import (
    KeyRegister,
    Lineage,
    ModelPins,
    SourceResolution,
    UpstreamUsage,
    VerifiedModels,
)
from colonnade.security.keys import DAY_S, ApiKey

GROUNDED = specification("grounded.yaml")
PIN = GROUNDED.models["tiny"].pin or ""
KEY = ApiKey("k", "caller", {}, NOW - 10 * DAY_S, NOW + 80 * DAY_S, None, None, b"")
INDEX = IndexLineage("library", "the desk", "CC0-1.0", "split", "sha256:g", 3)


def register(*keys: ApiKey) -> KeyRegister:
    return view_of(collect.key_register(keys, NOW - 5 * DAY_S, SCOPE), KeyRegister)


def verified(loaded, *requests) -> VerifiedModels:
    return view_of(collect.verified_models(GROUNDED, loaded, requests, SCOPE), VerifiedModels)


def used(counted, *requests, since: float = 0.0) -> UpstreamUsage:
    return view_of(collect.upstream_usage(counted, requests, since, SCOPE), UpstreamUsage)


def test_a_sound_key():
    found = register(KEY)
    assert (found.keys, found.without_role, found.without_expiry, found.unused_90_days) == (1, 0, 0, 0)
    assert (found.oldest_days, found.longest_term_days) == (pytest.approx(10.0), pytest.approx(90.0))
    assert found.store_key_days == pytest.approx(5.0)


@pytest.mark.parametrize("dead", [replace(KEY, revoked_at=NOW - 1), replace(KEY, expires_at=NOW - 1)])
def test_keys_that_open_nothing_do_not_count(dead):
    assert register(dead).keys == 0


def test_keys_without_role_or_end():
    found = register(replace(KEY, role="king"), replace(KEY, expires_at=math.inf))
    assert (found.without_role, found.without_expiry) == (1, 1)


def test_a_key_is_unused_since_its_last_day_or_its_making():
    day = datetime.fromtimestamp(NOW - 92 * DAY_S, UTC).date().isoformat()
    old = replace(KEY, created_at=NOW - 200 * DAY_S)
    recent = datetime.fromtimestamp(NOW - 2 * DAY_S, UTC).date().isoformat()
    found = register(old, replace(old, last_used_day=day), replace(old, last_used_day=recent), KEY)
    assert found.unused_90_days == 2


def test_every_active_binding_stands_with_its_pin_and_history():
    found = view_of(collect.model_pins(GROUNDED, [bound(name="small")], SCOPE), ModelPins)
    assert {(pin.binding, pin.kind, pin.pin) for pin in found.pins} == {
        ("small", "simulator", "simulated-small"),
        ("tiny", "embedded", PIN),
    }
    assert found.with_history == 1


def test_weights_and_snapshots_are_both_verified():
    found = verified({"tiny": PIN}, asked(), asked(answered_by="another"), refused("x"))
    assert found.loaded == found.pinned == {"tiny": PIN}
    assert (found.answers, found.answers_of_another_model) == (2, 1)


def test_an_answer_that_was_refused_because_of_its_model_is_counted():
    swapped = asked(outcome="failed", error_code="upstream_wrong_model", answered_by="another")
    found = verified({"tiny": PIN}, asked(), swapped)
    assert (found.answers, found.answers_of_another_model) == (2, 1)


def test_what_was_not_loaded_is_missing():
    assert verified({}).loaded == {}
    assert verified({}).pinned == {"tiny": PIN}


def test_answers_of_the_cache_and_of_models_without_snapshot_say_nothing():
    assert verified({}, asked(reached_upstream=False), asked(binding="tiny")).answers == 0


def test_upstreams_are_compared_from_their_own_start():
    early = asked(opened_at=NOW - 500.0)
    found = used({"simulated": 2}, early, asked(), asked(attempts=2), since=NOW - 100.0)
    assert (found.upstream_requests, found.metered_requests) == (2, 3)


def test_an_upstream_that_cannot_be_read_is_named():
    found = used({"simulated": 1, "far": None}, asked(), asked(upstream="far"))
    assert (found.upstreams, found.unread) == (["simulated"], ["far"])
    assert found.metered_requests == 1


def test_sources_are_counted_once_and_looked_up_in_their_generation():
    other = SourceLine("s-2", "b.md", "sha256:v", 1.0)
    requests = [
        asked(sources=[SOURCE, other], generation="g1"),
        asked(sources=[SOURCE], generation="g1"),
        asked(),
    ]
    known = {("s-1", "g1")}
    record = collect.source_resolution(requests, lambda *pair: pair in known, SCOPE)
    found = view_of(record, SourceResolution)
    assert (found.answers, found.sources, found.resolved) == (2, 2, 1)


@pytest.mark.parametrize("gap", ["source", "license", "transform", "digest"])
def test_every_gap_of_a_lineage_is_named(gap):
    whole = view_of(collect.lineage([INDEX], SCOPE), Lineage)
    assert (whole.indexes, whole.documents, whole.unresolved) == (1, 3, [])
    word = {"license": "licence"}.get(gap, gap)
    for nothing in ("", "unstated"):
        found = view_of(collect.lineage([replace(INDEX, **{gap: nothing})], SCOPE), Lineage)
        assert found.unresolved == [f"library: {word}"]
