"""The official OpenAI client works unchanged at every endpoint beside chat, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from roster import SLOW
from world import Heard

WEATHER = {"city": "simulated city", "days": 1}
ENVIRONMENTS = ["own", pytest.param("python", marks=SLOW)]
CUT = "upstream_cut"


@pytest.fixture(params=ENVIRONMENTS)
def heard(request: pytest.FixtureRequest, run: Callable[..., Heard]) -> Heard:
    """With the version of the tests' own environment, and the one that other clients pin."""
    return run(request.param, "openai_endpoints.py")


@pytest.mark.parametrize("check", ["completion", "response"])
def test_an_answer_is_the_one_in_the_journal(heard: Heard, check: str) -> None:
    assert heard.recorded(heard[check]["text"], stream=False)
    assert heard[check]["output"] == 40


@pytest.mark.parametrize("check", ["completion_streamed", "response_streamed"])
def test_a_stream_is_the_answer_in_the_journal(heard: Heard, check: str) -> None:
    assert heard.recorded(heard[check]["text"], stream=True)
    assert heard[check]["pieces"] >= 40


def test_a_streamed_response_ends_with_the_whole(heard: Heard) -> None:
    told = heard["response_streamed"]
    assert (told["final"], told["status"]) == (told["text"], "completed")


def test_a_response_is_continued_fetched_and_deleted(heard: Heard) -> None:
    told = heard["response_continued"]
    assert told["grew"] > 40, "the second question is asked after the first and its answer"
    assert (told["previous"], told["kept"], told["items"]) == (True, True, 3)
    assert "NotFoundError" in told["gone"]["raised"]
    assert told["gone"]["code"] == "response_not_found"


def test_a_response_calls_a_tool_and_takes_its_result(heard: Heard) -> None:
    told = heard["response_tool"]
    assert (told["name"], told["arguments"]) == ("weather", WEATHER)
    assert heard.recorded(told["after"], stream=False)


def test_a_response_has_the_shape_that_was_asked_for(heard: Heard) -> None:
    assert heard["response_structured"]["value"] == WEATHER


def test_a_response_that_is_cut_fails_and_is_not_completed(heard: Heard) -> None:
    told = heard["response_cut"]
    assert (told["last"], told["completed"], told["code"]) == ("response.failed", False, CUT)
    assert told["text"] in heard.answers.values()


def test_a_completion_that_is_cut_raises(heard: Heard) -> None:
    assert "APIError" in heard["completion_cut"]["raised"]
    assert heard["completion_cut"]["code"] == CUT


def test_a_client_that_leaves_a_response_is_known_to_have_left(heard: Heard) -> None:
    assert heard["left_response"]["pieces"] == 3
    assert [record.outcome for record in heard.of("slow")] == ["abandoned"]


def test_an_unknown_model_is_a_typed_error(heard: Heard) -> None:
    told: dict[str, Any] = heard["response_unknown_model"]
    assert "NotFoundError" in told["raised"]
    assert (told["status"], told["code"], told["param"]) == (404, "model_not_found", "model")


def test_a_batch_is_uploaded_run_and_fetched(heard: Heard) -> None:
    assert heard["batch"] == {
        "status": "completed",
        "completed": 3,
        "ids": ["row-0", "row-1", "row-2"],
        "listed": True,
        "deleted": True,
    }


def test_pictures_sound_and_judgements(heard: Heard) -> None:
    assert heard["picture"]["begins"] == b"\x89PNG".hex()
    assert heard["speech"]["frames"] == 4 * 400
    assert heard["transcription"]["text"] in heard.answers.values()
    assert heard["moderation"]["flagged"] is False
