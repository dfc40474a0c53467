"""The limit of an answer has the name that the upstream takes which is asked, whichever is asked first."""

from __future__ import annotations

import json
from typing import Any

import pytest

from colonnade.gateway.upstream.interface import Ask
from colonnade.gateway.upstream.openai_compatible import OpenAICompatible, is_openai
from colonnade.workload.sections.serving import Upstream


def asked(declared: Upstream, endpoint: str = "chat", **request: Any) -> Any:
    body = json.dumps(request).encode()
    ask = Ask("/x", body, stream=False, deadline=0.0, request_id="r", endpoint=endpoint, request=request)
    return json.loads(OpenAICompatible("it", declared).wire.post(ask).body)


def place(base_url: str, **more: Any) -> Upstream:
    return Upstream(kind="openai_compatible", base_url=base_url, **more)


OPENAI = place("https://api.openai.com/v1")
OTHER = place("http://127.0.0.1:8000/v1")


@pytest.mark.parametrize(
    ("declared", "openai"),
    [
        (OPENAI, True),
        (place("https://mine.openai.azure.com/openai/v1"), True),
        (place("https://proxy.example.com/v1", provider="openai"), True),
        (place("https://proxy.example.com/v1", provider="azure"), True),
        (place("https://api.mistral.ai/v1", provider="mistral"), False),
        (place("https://notapi.openai.com.example.org/v1"), False),
        (OTHER, False),
    ],
)
def test_which_upstreams_are_openais(declared: Upstream, openai: bool) -> None:
    assert is_openai(declared) is openai


@pytest.mark.parametrize(
    ("declared", "sent"),
    [(OPENAI, {"max_completion_tokens": 16}), (OTHER, {"max_tokens": 16})],
)
def test_the_name(declared: Upstream, sent: dict[str, int]) -> None:
    assert asked(declared, messages=[], max_tokens=16) == {"messages": [], **sent}


def test_what_is_no_chat_is_left_as_it_is() -> None:
    assert asked(OPENAI, "embeddings", max_tokens=1) == {"max_tokens": 1}
    assert asked(OPENAI, messages=[]) == {"messages": []}
