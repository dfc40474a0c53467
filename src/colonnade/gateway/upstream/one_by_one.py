"""Where a model takes one text a request, a request with several becomes several, and their vectors one list again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from colonnade.gateway.upstream.interface import Answer, Ask, Upstream

_AT_ONCE: Final = 8
_MOST_TEXTS: Final = 2048
"""As OpenAI's embeddings take at most."""
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode


class OneByOne:
    """Wraps an upstream; `alone` says of a model's id whether it takes one text a request."""

    def __init__(self, within: Upstream, alone: Callable[[str], bool]) -> None:
        self.name = within.name
        self.within = within
        self._alone = alone

    async def ask(self, ask: Ask) -> Answer:
        """Answer; the first text that fails ends the others."""
        texts = ask.request.get("input") if ask.endpoint == "embeddings" else None
        several = isinstance(texts, list) and 1 < len(texts) <= _MOST_TEXTS
        if not several or not self._alone(str(ask.request.get("model"))):
            return await self.within.ask(ask)
        room = asyncio.Semaphore(_AT_ONCE)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._one(ask, text, room)) for text in texts or ()]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return _joined([task.result() for task in tasks])

    async def ready(self) -> str | None:
        """As the upstream within."""
        return await self.within.ready()

    async def close(self) -> None:
        """As the upstream within."""
        await self.within.close()

    async def _one(self, ask: Ask, text: Any, room: asyncio.Semaphore) -> Answer:
        request = {**ask.request, "input": [text]}
        async with room:
            return await self.within.ask(msgspec.structs.replace(ask, request=request, body=_encode(request)))


def _joined(answers: Sequence[Answer]) -> Answer:
    documents = [_decode(answer.body) for answer in answers]
    data = [{**document["data"][0], "index": index} for index, document in enumerate(documents)]
    joined = {**documents[0], "data": data} | _summed(documents)
    return Answer(answers[0].status, body=_encode(joined), headers=answers[0].headers)


def _summed(documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The counts together; none where one is missing, so that all are estimated."""
    if not all("usage" in document for document in documents):
        return {"usage": None}
    names = documents[0]["usage"]
    return {"usage": {name: sum(document["usage"][name] for document in documents) for name in names}}
