"""The gateway's own form, as upstreams that speak another wire write it: OpenAI's chat completions."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from colonnade.gateway import events

_encode = msgspec.json.Encoder().encode


def usage_of(
    *,
    fresh: int,
    output: int,
    cache_read: int = 0,
    cache_write: int = 0,
    cache_write_1h: int = 0,
    reasoning: int = 0,
) -> dict[str, Any]:
    """Usage as OpenAI writes it, from disjoint input counts; `output` holds the reasoning.

    `cache_write_tokens` were written for five minutes, `cache_write_1h_tokens` for an hour.
    """
    given = fresh + cache_read + cache_write + cache_write_1h
    cached = {
        "cached_tokens": cache_read,
        "cache_write_tokens": cache_write,
        "cache_write_1h_tokens": cache_write_1h,
    }
    return {
        "prompt_tokens": given,
        "completion_tokens": output,
        "total_tokens": given + output,
        "prompt_tokens_details": cached,
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }


def completion(
    id: str,  # noqa: A002 - the wire's own name
    model: str,
    message: dict[str, Any],
    finish: str,
    usage: dict[str, Any] | None,
    **of_choice: Any,
) -> bytes:
    """A whole answer with one choice; `of_choice` are further fields of the choice."""
    choice = {"index": 0, "message": message, "finish_reason": finish, **of_choice}
    return completion_of(id, model, [choice], usage)


def completion_of(
    id: str,  # noqa: A002 - the wire's own name
    model: str,
    choices: list[dict[str, Any]],
    usage: dict[str, Any] | None,
) -> bytes:
    """A whole answer with its choices."""
    document = {
        "id": id,
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": choices,
    }
    return _encode(document if usage is None else {**document, "usage": usage})


class ChunkWriter:
    """Writes the events of one choice of a streamed answer. The role goes before the first difference.

    A piece of text costs one encoding of that text; everything around it is written once.
    """

    __slots__ = ("_after", "_before", "_envelope", "_index", "_opened")

    def __init__(self, index: int = 0) -> None:
        self._index = index
        self.named("", "")
        self._opened = False

    def named(self, id: str, model: str) -> None:  # noqa: A002 - the wire's own name
        """Every event that follows carries this id and model."""
        envelope = {"id": id, "object": "chat.completion.chunk", "created": int(time.time()), "model": model}
        self._envelope = b"data: " + _encode(envelope)[:-1]
        self._before = self._envelope + b',"choices":[{"index":%d,"delta":' % self._index
        self._after = b',"finish_reason":null}]}\n\n'

    def open(self) -> bytes:
        """The event that names the role; b"" where it was written already."""
        if self._opened:
            return b""
        self._opened = True
        return self._before + b'{"role":"assistant","content":""}' + self._after

    def text(self, piece: str) -> bytes:
        """A piece of the text."""
        return self.open() + self._before + b'{"content":' + _encode(piece) + b"}" + self._after

    def delta(self, difference: dict[str, Any]) -> bytes:
        """Any other difference."""
        return self.open() + self._before + _encode(difference) + self._after

    def end(self, finish: str, usage: dict[str, Any] | None, **of_choice: Any) -> bytes:
        """How the answer ended, what it used, and the mark of its end."""
        return self.finish(finish, **of_choice) + self.close(usage)

    def finish(self, finish: str, **of_choice: Any) -> bytes:
        """How this choice ended."""
        choice = {"index": self._index, "delta": {}, "finish_reason": finish, **of_choice}
        return b"".join((self.open(), self._envelope, b',"choices":[', _encode(choice), b"]}\n\n"))

    def close(self, usage: dict[str, Any] | None) -> bytes:
        """What the whole answer used, and the mark of its end."""
        if usage is None:
            return events.DONE
        return b"".join((self._envelope, b',"choices":[],"usage":', _encode(usage), b"}\n\n", events.DONE))
