"""Answers name release and model, whole, streamed, and where the call is refused further on."""

from __future__ import annotations

import pytest
from served import Served

from colonnade.errors import InvalidRequest
from colonnade.operations.announcement import Announce, short

DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize("stream", [False, True])
async def test_every_answer_names_release_and_model(stream: bool):
    heard = await Served(Announce(lambda: DIGEST)).ask(stream=stream)
    assert heard.headers["x-colonnade-release"] == "ab" * 6
    assert heard.headers["x-colonnade-model"] == "simulated-small"


async def test_without_the_stage_nothing_is_announced():
    heard = await Served().ask()
    assert "x-colonnade-release" not in heard.headers


class Refuse:
    """A stage further on that refuses every call."""

    name = "refuse"

    async def __call__(self, call, forward):
        raise InvalidRequest("No.", code="refused_for_a_test")


async def test_a_refusal_names_the_release_too():
    heard = await Served(Announce(lambda: DIGEST), Refuse()).ask()
    assert (heard.status, heard.headers.get("x-colonnade-release")) == (400, "ab" * 6)


class Elsewhere:
    """A stage further on that binds the call to another model, as `spread` does when the first one fails."""

    name = "elsewhere"

    async def __call__(self, call, forward):
        call.binding = call.binding.model_copy(update={"model": "simulated-large"})
        return await forward(call)


@pytest.mark.parametrize("stream", [False, True])
async def test_the_model_that_answered_is_named_and_not_the_one_that_was_bound_first(stream: bool):
    heard = await Served(Announce(lambda: DIGEST), Elsewhere()).ask(stream=stream)
    assert heard.headers.get_list("x-colonnade-model") == ["simulated-large"]


def test_a_digest_is_shortened_to_twelve_digits():
    assert short(DIGEST) == "ab" * 6
    assert short("") == ""
