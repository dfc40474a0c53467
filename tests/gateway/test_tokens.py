"""Reported usage becomes disjoint counts, or none where it contradicts itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.gateway.tokens import Reported, usage_from


def read(text: str = "x", **usage: Any) -> Any:
    return usage_from(json.dumps(usage).encode(), text=text)


def test_cached_and_reasoning_tokens_are_counted_once() -> None:
    usage = read(
        prompt_tokens=100,
        completion_tokens=50,
        total_tokens=150,
        prompt_tokens_details={"cached_tokens": 60, "cache_write_tokens": 10},
        completion_tokens_details={"reasoning_tokens": 20},
    )
    assert (usage.fresh_input, usage.cache_read, usage.cache_write) == (30, 60, 10)
    assert (usage.output, usage.reasoning, usage.total) == (30, 20, 150)


def test_reasoning_beside_the_completion() -> None:
    usage = read(
        prompt_tokens=10,
        completion_tokens=5,
        total_tokens=22,
        completion_tokens_details={"reasoning_tokens": 7},
    )
    assert (usage.output, usage.reasoning, usage.total) == (5, 7, 22)


@pytest.mark.parametrize(
    "usage",
    [
        {},
        {"prompt_tokens": "3"},
        {"prompt_tokens": 3, "completion_tokens": 0},
        {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 8},
        {"prompt_tokens": -3, "completion_tokens": 4},
        {"prompt_tokens": 3, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 5}},
        {"prompt_tokens": 3, "completion_tokens": 4, "completion_tokens_details": {"reasoning_tokens": 5}},
    ],
)
def test_what_contradicts_itself_is_not_believed(usage: dict[str, Any]) -> None:
    assert read(**usage) is None


COUNTS = (
    "fresh_input", "cache_read", "cache_write", "cache_write_1h", "audio_input", "image_input", "output",
    "reasoning", "audio_output", "image_output",
)  # fmt: skip
some = st.integers(0, 10**9)
shapes = st.sampled_from(
    [
        ("prompt_tokens", "completion_tokens", "prompt_tokens_details", "completion_tokens_details"),
        ("input_tokens", "output_tokens", "input_tokens_details", "output_tokens_details"),
        ("input_tokens", "output_tokens", "input_token_details", "output_tokens_details"),
    ]
)


@given(shapes, st.tuples(*[some] * 10), st.booleans(), st.booleans())
def test_disjoint_counts_survive_the_way_through_an_overlapping_report(
    names: tuple[str, ...], counts: tuple[int, ...], beside: bool, told: bool
) -> None:
    """What a provider counts inside each other comes apart again, and the parts sum to the total."""
    fresh, read_, written, hour, heard, seen, said, thought, spoken, drawn = counts
    prompt = fresh + read_ + written + hour + heard + seen
    output = said + spoken + drawn + (0 if beside else thought)
    report: dict[str, Any] = {
        names[0]: prompt,
        names[1]: output,
        names[2]: {
            "cached_tokens": read_, "cache_write_tokens": written, "cache_write_1h_tokens": hour,
            "audio_tokens": heard, "image_tokens": seen,
        },
        names[3]: {"reasoning_tokens": thought, "audio_tokens": spoken, "image_tokens": drawn},
    }  # fmt: skip
    if beside or told:
        report["total_tokens"] = sum(counts)
    usage = usage_from(json.dumps(report).encode(), text="")
    assert usage is not None
    assert tuple(getattr(usage, name) for name in COUNTS) == counts
    assert usage.total == sum(counts)


@given(st.dictionaries(st.sampled_from(list(Reported.__struct_fields__)), st.none() | some | st.text()))
def test_whatever_is_reported_is_consistent_or_not_believed(report: dict[str, Any]) -> None:
    usage = usage_from(json.dumps(report).encode(), text="said")
    if usage is not None:
        assert min(getattr(usage, name) for name in COUNTS) >= 0
        assert usage.total == usage.input + sum(getattr(usage, name) for name in COUNTS[6:])


def test_sounds_that_were_cached_are_counted_among_the_cached() -> None:
    details = {"cached_tokens": 80, "audio_tokens": 60}
    usage = read(prompt_tokens=100, completion_tokens=1, prompt_tokens_details=details)
    assert (usage.cache_read, usage.audio_input, usage.fresh_input, usage.total) == (80, 20, 0, 101)


def test_more_sounds_than_input_is_a_contradiction() -> None:
    assert read(prompt_tokens=10, completion_tokens=1, prompt_tokens_details={"audio_tokens": 11}) is None


def test_the_output_of_a_picture_or_a_voice_is_no_text() -> None:
    report = json.dumps({"input_tokens": 7, "output_tokens": 272, "total_tokens": 279}).encode()
    drawn, spoken = usage_from(report, text="", made="image"), usage_from(report, text="", made="audio")
    assert drawn is not None
    assert (drawn.output, drawn.image_output, drawn.total) == (0, 272, 279)
    assert spoken is not None
    assert (spoken.output, spoken.audio_output, spoken.total) == (0, 272, 279)


def test_a_total_alone_is_input() -> None:
    assert read(text="", total_tokens=38).fresh_input == 38


@pytest.mark.parametrize(
    ("named", "usd"),
    [
        ({"cost": 0.0125}, 0.0125),
        ({"cost_usd": 2}, 2.0),
        ({"cost": {"total_cost": 0.5, "input_cost": 0.1}}, 0.5),
        ({"cost": 0}, 0.0),
        ({"cost": None, "cost_usd": 0.25}, 0.25),
        ({"cost": -1}, None),
        ({"cost": True}, None),
        ({"cost": "0.1"}, None),
        ({"cost": {"upstream": 3}}, None),
        ({}, None),
    ],
)
def test_a_cost_that_the_provider_names_is_kept(named: dict[str, Any], usd: float | None) -> None:
    usage = read(prompt_tokens=1, completion_tokens=2, **named)
    assert usage.provider_usd == usd
    assert usage.total == 3
