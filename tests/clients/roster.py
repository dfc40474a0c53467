"""Which clients there are, what each offers, and how it names the errors that all of them meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pytest

Runtime = Literal["own", "python", "node"]
"""`own`: the environment of the tests; `python`, `node`: the environment of the clients."""

COMMON = frozenset({
    "whole", "streamed", "tool", "structured", "wrong_key", "unknown_model", "bad_request", "throttled", "failed",
    "cut", "left",
})  # fmt: skip
STATUS: Mapping[str, int] = {
    "wrong_key": 401, "unknown_model": 404, "bad_request": 400, "throttled": 429, "throttled_stream": 429, "failed": 502,
}  # fmt: skip
"""Check -> the status that the client must tell."""

OFFICIAL: Mapping[str, str] = {
    "wrong_key": "AuthenticationError", "unknown_model": "NotFoundError", "bad_request": "BadRequestError",
    "throttled": "RateLimitError", "throttled_stream": "RateLimitError", "failed": "InternalServerError",
    "cut": "APIError",
}  # fmt: skip
"""Check -> the class that it raises; OpenAI's and Anthropic's clients use the same names."""
VERCEL: Mapping[str, str] = {**dict.fromkeys(STATUS, "AI_APICallError"), "cut": "AI_StreamProviderError"}
LITELLM: Mapping[str, str] = {**OFFICIAL, "failed": "BadGatewayError", "cut": "MidStreamFallbackError"}


@dataclass(frozen=True)
class Client:
    """`asks_when_failed` is how often it asks where an upstream fails and the gateway says that it is final."""

    name: str
    runtime: Runtime
    script: tuple[str, ...]
    more: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    errors: Mapping[str, str] = field(default_factory=lambda: OFFICIAL)
    asks_when_failed: int = 1
    tells_ids: bool = True

    @property
    def offers(self) -> frozenset[str]:
        """The checks that its script makes."""
        return (COMMON | self.more) - self.lacks


_OPENAI = frozenset({"streamed_tool", "vectors", "models", "throttled_stream"})
_ANTHROPIC = frozenset({"streamed_tool", "count", "models", "throttled_stream"})
_NODE = frozenset({"streamed_tool", "vectors", "by_responses", "by_responses_streamed", "file"})
_LANGCHAIN = frozenset({"streamed_tool", "structured_by_tool", "by_responses", "vectors"})
_LITELLM = frozenset({"vectors", "by_messages", "by_messages_streamed", "by_responses"})
_INSTRUCTOR = frozenset({"structured_by_tool", "structured_streamed", "structured_by_messages"})
_VERCEL = frozenset({"structured_streamed", "vectors"})

CLIENTS = (
    Client("openai", "own", ("openai_chat.py",), _OPENAI),
    Client("anthropic", "own", ("anthropic_messages.py",), _ANTHROPIC),
    Client("openai-as-others-pin-it", "python", ("openai_chat.py",), _OPENAI),
    Client("anthropic-as-others-pin-it", "python", ("anthropic_messages.py",), _ANTHROPIC),
    Client("langchain-openai", "python", ("langchain_with_openai.py",), _LANGCHAIN),
    Client(
        "langchain-anthropic", "python", ("langchain_with_anthropic.py",), frozenset({"structured_by_tool"}),
        tells_ids=False,
    ),
    # LlamaIndex repeats what failed by itself, whatever the answer's headers say.
    Client(
        "llama-index", "python", ("llama_index_client.py",), frozenset({"vectors", "structured_by_tool"}),
        asks_when_failed=3,
    ),
    Client("litellm", "python", ("litellm_client.py",), _LITELLM, errors=LITELLM),
    Client(
        "instructor", "python", ("instructor_client.py",), _INSTRUCTOR,
        lacks=frozenset({"whole", "streamed", "tool", "failed", "left"}),
    ),
    Client("openai-node", "node", ("openai_node.mjs",), _NODE),
    *(
        Client(f"vercel-{provider}", "node", ("vercel_ai.mjs", provider), _VERCEL, errors=VERCEL)
        for provider in ("chat", "responses", "compatible", "messages")
    ),
)  # fmt: skip


def offering(*checks: str) -> pytest.MarkDecorator:
    """Give a test every client that makes one of these checks, with each check that it makes; most of them are slow."""
    rows = [
        pytest.param(
            client, check, id=f"{client.name}-{check}", marks=() if client.runtime == "own" else SLOW
        )
        for client in CLIENTS
        for check in sorted(client.offers.intersection(checks))
    ]
    return pytest.mark.parametrize(("client", "check"), rows)


SLOW = (pytest.mark.slow, pytest.mark.timeout(900))
"""The first test of the clients' environment makes it, if it is not there yet."""
