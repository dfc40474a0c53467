"""The least that uvicorn can do: read a request and answer it, whole or as 50 events. Upstream and baseline at once.

python benchmarks/bare.py
"""

from __future__ import annotations

import gc
import json
import re
from typing import Any

import uvicorn

from colonnade.gateway.server import listen

WORDS = 50
USAGE = {"prompt_tokens": 412, "completion_tokens": WORDS, "total_tokens": 412 + WORDS}
ABOUT = {"id": "chatcmpl-bench", "created": 1_790_000_000, "model": "mock-model"}


def whole() -> bytes:
    """A chat completion."""
    message = {"role": "assistant", "content": "word " * WORDS}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return json.dumps({**ABOUT, "object": "chat.completion", "choices": [choice], "usage": USAGE}).encode()


def events() -> bytes:
    """The same as a stream, its usage and its end included."""
    deltas: list[dict[str, Any]] = [{"delta": {"content": "word "}, "finish_reason": None}] * WORDS
    choices = [[{"index": 0, **one}] for one in [*deltas, {"delta": {}, "finish_reason": "stop"}]]
    frames: list[dict[str, Any]] = [{"choices": choice} for choice in choices]
    frames.append({"choices": [], "usage": USAGE})
    lines = (json.dumps({**ABOUT, "object": "chat.completion.chunk", **frame}) for frame in frames)
    return "".join(f"data: {line}\n\n" for line in (*lines, "[DONE]")).encode()


STREAMED = re.compile(rb'"stream": ?true')
WHOLE, EVENTS = whole(), events()
JSON_HEAD = [(b"content-type", b"application/json"), (b"content-length", str(len(WHOLE)).encode())]
EVENTS_HEAD = [(b"content-type", b"text/event-stream")]


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """The ASGI application."""
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    head, answered = (EVENTS_HEAD, EVENTS) if STREAMED.search(body) else (JSON_HEAD, WHOLE)
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": answered})


def main() -> None:
    """Serve on a free port, and say which."""
    listener = listen("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)
    gc.freeze()
    config = uvicorn.Config(
        answer, loop="uvloop", http="httptools", ws="none", lifespan="off",
        access_log=False, server_header=False, date_header=False, proxy_headers=False, log_level="warning",
    )  # fmt: skip
    uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    main()
