"""What one caller sees of one answer, told in a few words that mean the same for every gateway."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Literal

import httpx
from contenders import Standing

PATIENCE_S = 12.0
QUESTION = [{"role": "user", "content": "Tell me about columns."}]
Ending = Literal["clean", "broken", "silent"]


@dataclass(frozen=True)
class Seen:
    """Status 0: nothing came. `words` of text; `error` in the body or as an event; `done`: `[DONE]` came."""

    status: int = 0
    words: int = 0
    finished: bool = False
    error: bool = False
    done: bool = False
    readable: bool = True
    ending: Ending = "clean"

    def told(self, words: int, *, stream: bool) -> str:
        """The cell of the table; `words` is how long a whole answer is."""
        if self.ending == "silent":
            return f"nothing for {PATIENCE_S:.0f} s"
        if self.ending == "broken":
            return "connection broken"
        if self.status != 200:
            return f"{self.status}"
        return self._streamed(words) if stream else self._whole(words)

    def _streamed(self, words: int) -> str:
        end = "`[DONE]`" if self.done else "no `[DONE]`"
        if self.error:
            return "error event" if not self.done else "error event, then `[DONE]`"
        if not self.readable:
            return f"200, an unreadable event, {end}"
        if self.done and self.finished and self.words == words:
            return "answer"
        return f"200, no error, {self.words} of {words} words, {end}"

    def _whole(self, words: int) -> str:
        if self.error:
            return "200 with an error"
        if not self.readable:
            return "200, unreadable"
        return "answer" if self.finished and self.words == words else f"200, {self.words} of {words} words"


async def ask(at: Standing, *, stream: bool) -> Seen:
    """Ask once, and see."""
    body = {"model": at.model, "messages": QUESTION, "stream": stream}
    received = bytearray()
    status, ending = 0, "clean"
    async with httpx.AsyncClient(timeout=None) as client:
        try:
            async with (
                asyncio.timeout(PATIENCE_S),
                client.stream("POST", at.url, json=body, headers=dict(at.headers)) as answer,
            ):
                status = answer.status_code
                async for part in answer.aiter_bytes():
                    received += part
        except TimeoutError:
            ending = "silent"
        except httpx.HTTPError:
            ending = "broken"
    return _read(bytes(received), status, ending, stream=stream)


def _read(body: bytes, status: int, ending: Any, *, stream: bool) -> Seen:
    if status != 200 or ending == "silent":
        return Seen(status, ending=ending)
    events = _events(body) if stream else [body]
    documents = [_document(event) for event in events if event != b"[DONE]"]
    known = [document for document in documents if isinstance(document, dict)]
    choices = [choice for document in known for choice in document.get("choices") or ()]
    said = [choice.get("delta") or choice.get("message") or {} for choice in choices]
    return Seen(
        status,
        words=sum(len((each.get("content") or "").split()) for each in said),
        finished=any(choice.get("finish_reason") for choice in choices),
        error=any("error" in document for document in known),
        done=b"[DONE]" in events,
        readable=len(known) == len(documents),
        ending=ending,
    )


def _events(body: bytes) -> list[bytes]:
    lines = body.replace(b"\r\n", b"\n").split(b"\n")
    return [line[5:].strip() for line in lines if line.startswith(b"data:")]


def _document(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


async def leave(at: Standing, *, stream: bool, after_words: int) -> None:
    """Ask, and leave after so many words, or after half a second without any."""
    body = {"model": at.model, "messages": QUESTION, "stream": stream}
    client = httpx.AsyncClient(timeout=None)
    asking = asyncio.ensure_future(_listen(client, at, body, after_words))
    await asyncio.wait({asking}, timeout=10.0 if after_words else 0.7)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await client.aclose()


async def _listen(client: httpx.AsyncClient, at: Standing, body: Any, words: int) -> None:
    received = b""
    async with client.stream("POST", at.url, json=body, headers=dict(at.headers)) as answer:
        async for part in answer.aiter_bytes():
            received += part
            if words and received.count(b'"content":"') >= words:
                return
