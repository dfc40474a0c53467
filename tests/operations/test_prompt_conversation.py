"""Over the OpenAI API, the last user message fills the question and `prompt_variables` fills the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade.errors import InvalidRequest
from colonnade.operations.prompts.conversation import prompted
from colonnade.workload import load
from colonnade.workload.folder import Prompt, PromptVariable

MINIMAL = Path(__file__).parents[1] / "fixtures" / "workloads" / "minimal"
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}


@pytest.fixture(scope="module")
def answer():
    return load(MINIMAL).prompts["answer"]


def user(content):
    return {"role": "user", "content": content}


def test_the_prompt_comes_first_and_the_conversation_stays(answer):
    before = [user("Hello"), {"role": "assistant", "content": "Hi"}, user("May I keep it?")]
    request = {
        "model": "answer",
        "messages": before,
        "metadata": {"a": "b"},
        "prompt_variables": {"desk_hours": "16-20"},
    }
    after = prompted(answer, request)
    assert [message["role"] for message in after["messages"]] == ["system", "user", "assistant", "user"]
    assert "The desk is open: 16-20" in after["messages"][0]["content"]
    assert after["messages"][1:] == before
    assert after["metadata"] == {"a": "b"}
    assert "prompt_variables" not in after
    assert "prompt_variables" in request


def test_typed_parts_are_read_and_images_stay(answer):
    content = [{"type": "text", "text": "What is"}, {"type": "text", "text": "this?"}, IMAGE]
    after = prompted(answer, {"messages": [user(content)]})
    assert after["messages"][-1]["content"] == [{"type": "text", "text": "What is\nthis?"}, IMAGE]


def test_a_question_given_by_name_is_added(answer):
    after = prompted(answer, {"messages": [], "prompt_variables": {"question": "Why?"}})
    assert after["messages"][-1] == user("Why?")


def test_a_prompt_without_a_user_part_leaves_the_users_words():
    plain = Prompt(
        "p",
        "sha256:0",
        "T",
        "N",
        "Be kind in {{place}}.",
        (PromptVariable("place", False, True),),
        99,
        Path(),
    )
    after = prompted(plain, {"messages": [user("Why?")]})
    assert after["messages"] == [{"role": "system", "content": "Be kind in ."}, user("Why?")]


@pytest.mark.parametrize(
    ("request_", "code", "param"),
    [
        ({"messages": []}, "prompt_variable_missing", "messages"),
        ({"messages": [user("")]}, "prompt_variable_missing", "messages"),
        ({"messages": [user("x" * 2001)]}, "prompt_variable_too_long", "messages"),
        ({"messages": "Why?"}, "invalid_messages", "messages"),
        ({"messages": ["Why?"]}, "invalid_messages", "messages"),
        ({}, "invalid_messages", "messages"),
        ({"messages": [user("a")], "prompt_variables": []}, "prompt_variable_type", "prompt_variables"),
        ({"messages": [user("a")], "prompt_variables": {"x": "y"}}, "prompt_variable_unknown", "prompt_variables"),
        ({"messages": [user("a")], "prompt_variables": {"desk_hours": 5}}, "prompt_variable_type",
         "prompt_variables.desk_hours"),
    ],
)  # fmt: skip
def test_requests_that_cannot_be_rendered(answer, request_, code, param):
    with pytest.raises(InvalidRequest) as caught:
        prompted(answer, request_)
    assert (caught.value.code, caught.value.param) == (code, param)
