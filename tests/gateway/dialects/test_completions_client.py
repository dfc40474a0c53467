"""The official OpenAI client's legacy completions work unchanged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai
import pytest
from running import FAST, Running, application, http_upstream

PROMPT = "Once upon a time"


def test_a_whole_completion(client: openai.OpenAI) -> None:
    answer = client.completions.create(model="assistant", prompt=PROMPT)
    [choice] = answer.choices
    assert (answer.object, choice.finish_reason) == ("text_completion", "stop")
    assert answer.id.startswith("cmpl-")
    assert len(choice.text.split()) == 12
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 12


def test_a_streamed_completion(client: openai.OpenAI) -> None:
    events = list(client.completions.create(model="assistant", prompt=PROMPT, stream=True))
    assert {event.object for event in events} == {"text_completion"}
    assert len("".join(event.choices[0].text for event in events).split()) == 12
    assert events[-1].choices[0].finish_reason == "stop"
    assert all(event.choices for event in events), "usage is hidden from callers that did not ask"


def test_usage_comes_last_when_asked_for(client: openai.OpenAI) -> None:
    options: Any = {"include_usage": True}
    events = list(
        client.completions.create(model="assistant", prompt=PROMPT, stream=True, stream_options=options)
    )
    assert events[-1].choices == []
    assert events[-1].usage.completion_tokens == 12
    assert all(event.usage is None for event in events[:-1])


def test_logprobs_have_the_legacy_shape(client: openai.OpenAI) -> None:
    whole = client.completions.create(model="assistant", prompt=PROMPT, logprobs=0).choices[0]
    assert len(whole.logprobs.tokens) == len(whole.logprobs.token_logprobs) == 12
    assert [whole.text[at:].startswith(token) for at, token in zip(
        whole.logprobs.text_offset, whole.logprobs.tokens, strict=True)] == [True] * 12  # fmt: skip
    pieces = [
        event.choices[0]
        for event in client.completions.create(model="assistant", prompt=PROMPT, logprobs=0, stream=True)
    ]
    text = "".join(piece.text for piece in pieces)
    told = [piece.logprobs for piece in pieces if piece.logprobs]
    assert all(text[one.text_offset[0] :].startswith(one.tokens[0]) for one in told)
    assert len(told) == 12


def test_the_prompt_is_echoed(client: openai.OpenAI) -> None:
    whole = client.completions.create(model="assistant", prompt=PROMPT, echo=True).choices[0].text
    streamed = client.completions.create(model="assistant", prompt=PROMPT, echo=True, stream=True)
    text = "".join(event.choices[0].text for event in streamed)
    assert whole.startswith(PROMPT)
    assert text.startswith(PROMPT)
    assert text.count(PROMPT) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_several_prompts(client: openai.OpenAI, stream: bool) -> None:
    prompts = ["One", "Two", "Three"]
    alone = [
        client.completions.create(model="assistant", prompt=prompt).choices[0].text for prompt in prompts
    ]
    options: Any = {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
    given: Any = client.completions.create(model="assistant", prompt=prompts, **options)
    events = list(given) if stream else [given]
    choices = [choice for event in events for choice in event.choices]
    assert [choice.index for choice in choices] == [0, 1, 2]
    assert [choice.text for choice in choices] == alone
    assert events[-1].usage.completion_tokens == 36


def test_several_prompts_are_echoed_each_before_its_answer(client: openai.OpenAI) -> None:
    prompts = ["One", "Two"]
    answer = client.completions.create(model="assistant", prompt=prompts, echo=True)
    assert [choice.text[:3] for choice in answer.choices] == prompts


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"prompt": [1, 2, 3]}, "unsupported_parameter", "prompt"),
        ({"prompt": [[1, 2], [3]]}, "unsupported_parameter", "prompt"),
        ({"prompt": []}, "invalid_type", "prompt"),
        ({"prompt": ["a", ""]}, "invalid_type", "prompt"),
        ({"prompt": ["a"] * 65}, "invalid_type", "prompt"),
        ({"prompt": None}, "missing_required_parameter", "prompt"),
        ({"suffix": "the end"}, "unsupported_parameter", "suffix"),
        ({"best_of": 3}, "unsupported_parameter", "best_of"),
        ({"echo": True, "logprobs": 1}, "unsupported_parameter", "logprobs"),
        ({"logprobs": 6}, "invalid_type", "logprobs"),
        ({"logprobs": True}, "invalid_type", "logprobs"),
        ({"echo": "yes"}, "invalid_type", "echo"),
        ({"n": 0}, "invalid_type", "n"),
        ({"extra_body": {"messages": []}}, "unknown_parameter", "messages"),
        ({"max_tokens": 0}, "invalid_type", "max_tokens"),
    ],
)
def test_what_cannot_be_done_is_refused(
    client: openai.OpenAI, fields: dict[str, Any], code: str, param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.completions.create(**{"model": "assistant", "prompt": PROMPT, **fields})
    assert (caught.value.code, caught.value.param) == (code, param)


def test_fields_that_ask_for_nothing_are_taken(client: openai.OpenAI) -> None:
    answer = client.completions.create(
        model="assistant", prompt=PROMPT, best_of=1, echo=False, suffix="", n=1
    )
    assert len(answer.choices) == 1


def test_a_stream_that_breaks_raises(start: Callable[..., Running], simulate: Callable[..., Any]) -> None:
    server, _ = simulate(FAST.model_copy(update={"fault": "cut"}))
    gateway = start(application(http_upstream(server.url)))
    heard: list[Any] = []
    with (
        openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="unused", max_retries=0) as client,
        pytest.raises(openai.APIError) as caught,
    ):
        heard.extend(client.completions.create(model="assistant", prompt=PROMPT, stream=True))
    assert caught.value.code == "upstream_cut"
    assert heard
    assert heard[-1].choices[0].finish_reason is None


@pytest.mark.parametrize("prompt", ["One", ["One", "Two"]])
def test_an_upstream_that_fails_fails_the_request(
    start: Callable[..., Running], simulate: Callable[..., Any], prompt: Any
) -> None:
    server, simulator = simulate(FAST.model_copy(update={"fault": "http_429"}))
    gateway = start(application(http_upstream(server.url)))
    with (
        openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="unused", max_retries=0) as client,
        pytest.raises(openai.RateLimitError),
    ):
        client.completions.create(model="assistant", prompt=prompt)
    assert simulator.count == 1
