"""Embedded models for tests: the tiny text model if it is here, and vectors that need none."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from colonnade.gateway.upstream.interface import Ask
from colonnade.registry.models import ModelFiles, ModelStore

TINY = "smollm2-135m-instruct-q4_1"


def tiny_model() -> ModelFiles:
    """The tiny model, or the test is left out."""
    found = ModelStore().find(TINY)
    if found is None:
        pytest.skip(f"{TINY} is not here: run `python tests/prepare.py`")
    return found


def chat(text: str, *, stream: bool = False, seconds: float = 60.0, **fields: Any) -> Ask:
    """A chat request to the tiny model."""
    messages = [{"role": "user", "content": text}]
    body = {
        "model": TINY,
        "messages": messages,
        "max_tokens": 24,
        "temperature": 0,
        "stream": stream,
        **fields,
    }
    return Ask("/chat/completions", json.dumps(body).encode(), stream, _in(seconds), "request-1")


def embeddings(**fields: Any) -> Ask:
    """An embeddings request."""
    return Ask(
        "/embeddings", json.dumps({"model": "counted", **fields}).encode(), False, _in(20.0), "request-2"
    )


def _in(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


async def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the state is looked at as a user would, from outside
            await asyncio.sleep(0.01)


class Counted:
    """Vectors of a text's length and its letters: as real as two dimensions get."""

    dimensions = 2

    def encode(self, texts: Sequence[str]) -> list[list[float]]:
        return [[float(len(text)), float(len(set(text)))] for text in texts]

    def count_tokens(self, text: str) -> int:
        return len(text.split())
