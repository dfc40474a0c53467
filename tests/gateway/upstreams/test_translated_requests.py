"""Whatever a caller sends, a translating wire answers with a body or with an error that blames the request."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.errors import InvalidRequest
from colonnade.gateway.upstream.anthropic.upstream import Messages
from colonnade.gateway.upstream.bedrock.upstream import Converse
from colonnade.gateway.upstream.cohere.upstream import Cohere
from colonnade.gateway.upstream.gemini.upstream import GenerateContent
from colonnade.gateway.upstream.interface import Ask
from colonnade.gateway.upstream.translation import ServerSentEvents
from colonnade.gateway.upstream.web import Wire, translated

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ROLES = st.sampled_from(["system", "user", "assistant", "tool", "function"])
PARTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "image_url", "file", "input_audio", "document", "refusal"])},
    optional=dict.fromkeys(("text", "image_url", "file", "cache_control", "refusal"), ANYTHING),
)
MESSAGES = st.fixed_dictionaries(
    {"role": ROLES},
    optional={
        "content": ANYTHING | st.lists(PARTS, max_size=3),
        **dict.fromkeys(("tool_calls", "tool_call_id", "thinking_blocks", "content_blocks"), ANYTHING),
        **dict.fromkeys(("refusal", "reasoning_content", "tool_plan", "cache_control"), ANYTHING),
    },
)
REQUESTS = st.fixed_dictionaries(
    {"model": st.just("m"), "messages": st.lists(MESSAGES, max_size=4)},
    optional=dict.fromkeys(("tools", "tool_choice", "response_format", "stop", "thinking", "reasoning_effort", "user", "metadata", "output_config", "max_tokens", "parallel_tool_calls", "service_tier"), ANYTHING),
)  # fmt: skip


WIRES: dict[str, Wire] = {
    "anthropic": Messages(),
    "bedrock": Converse(ServerSentEvents),
    "cohere": Cohere(),
    "gemini": GenerateContent(),
}


@pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES)
@settings(max_examples=50)
@given(request=REQUESTS)
def test_no_request_breaks_a_translation(wire: Wire, request: dict[str, Any]) -> None:
    ask = Ask("/chat/completions", b"", stream=False, deadline=0.0, request_id="r", request=request)
    assert _outcome(wire, ask) in {"a body", "unsupported_parameter", "invalid_value"}


def _outcome(wire: Wire, ask: Ask) -> str | None:
    """How it went; any other exception is a crash."""
    try:
        made = json.loads(translated(wire, ask).body)
    except InvalidRequest as error:
        return error.code
    return "a body" if made.get("model", "m") == "m" else "a body without its model"
