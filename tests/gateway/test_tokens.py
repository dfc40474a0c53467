"""Reported usage becomes disjoint counts, or none where it contradicts itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from colonnade.gateway.tokens import usage_from


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
