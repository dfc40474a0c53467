"""Every model call is taken, led through the stages, released and counted, and always cleaned up."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from colonnade.errors import CallError
from colonnade.gateway.body import LARGEST_BODY, LARGEST_FORM, read_body
from colonnade.gateway.call import Call, Endpoint, Identity, Reply
from colonnade.gateway.dialect import OPENAI, Dialect
from colonnade.gateway.media import MediaPassage
from colonnade.gateway.metrics import Metrics
from colonnade.gateway.multipart import is_form
from colonnade.gateway.respond import Headers, Send, respond, respond_error
from colonnade.gateway.streams import Passage, close_whole
from colonnade.gateway.unexpected import unexpected
from colonnade.gateway.watch import Departures, Watch, meaning
from colonnade.gateway.way import Way
from colonnade.gateway.wheel import Wheel

Receive = Callable[[], Awaitable[Any]]

_STREAM: Headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server takes: bytes of a body, and seconds for it to arrive; more of both where it is a form."""

    largest_body: int = LARGEST_BODY
    body_s: float = 15.0
    largest_form: int = LARGEST_FORM
    form_s: float = 60.0


@dataclass(slots=True)
class Calls:
    """Answers calls by way of the folded stages. Ids are a random prefix of this process and a counter.

    `way` may be replaced at any time: a call stays on the way on which it began.
    """

    way: Way
    metrics: Metrics
    limits: Limits
    _prefix: str = field(default_factory=lambda: f"req-{os.urandom(6).hex()}-")
    _numbers: count[int] = field(default_factory=lambda: count(1))
    _wheel: Wheel | None = None

    async def answer(
        self, endpoint: Endpoint, dialect: Dialect, scope: Any, receive: Receive, send: Send
    ) -> None:
        """Take the call of one request and answer it."""
        call = self._call(endpoint, dialect, scope, receive, getattr(send, "on_leave", None))
        way = self.way
        call.reply_headers.extend(way.headers)
        self.metrics.in_flight += 1
        way.under_way += 1
        try:
            await self._answer(call, way, receive, send)
        finally:
            self.metrics.in_flight -= 1
            way.under_way -= 1
            assert call.watch is not None
            call.watch.release()
            await call.resources.aclose()

    async def submit(
        self,
        endpoint: Endpoint,
        dialect: Dialect,
        body: bytes,
        identity: Identity,
        *,
        call_id: str = "",
        closing: Callable[[Call, Reply], Awaitable[None]] | None = None,
        **filled: Any,
    ) -> tuple[Call, Reply]:
        """Lead a call of our own through the stages, e.g. a row of a batch, and close it; its stream is not asked for.

        `call_id` is one of `next_id`, a new one if empty. `closing` runs when the answer is known whole, before the
        callbacks of all stages.

        Raises:
            CallError: as the stages do.
        """
        loop = asyncio.get_running_loop()
        call = Call(
            id=call_id or self.next_id(), endpoint=endpoint, dialect=dialect, received_at=time.time(), started=loop.time(),
            authorization=None, headers={}, body=body, identity=identity, now=loop.time, **filled,
        )  # fmt: skip
        self.metrics.in_flight += 1
        reply: Reply | None = None
        way = self.way
        way.under_way += 1
        try:
            reply = await way.lead(call)
            if closing is not None:
                reply.closing.insert(0, partial(closing, call))
            await close_whole(call, reply)
        except CallError as error:
            self.metrics.observe(call, reply, error.status, error.code or error.type)
            raise
        finally:
            self.metrics.in_flight -= 1
            way.under_way -= 1
            await call.resources.aclose()
        self.metrics.observe(call, reply, reply.status, reply.error)
        return call, reply

    def next_id(self) -> str:
        """An id that no other call has."""
        return f"{self._prefix}{next(self._numbers):x}"

    def _call(
        self,
        endpoint: Endpoint,
        dialect: Dialect,
        scope: Any,
        receive: Receive,
        departures: Departures | None,
    ) -> Call:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None
        headers = dict(scope["headers"])
        started = loop.time()
        content_type = headers.get(b"content-type", b"application/json")
        patience_s = self.limits.form_s if is_form(content_type) else self.limits.body_s
        wheel = self._wheel
        if wheel is None or wheel.loop is not loop:
            wheel = self._wheel = Wheel(loop)
        return Call(
            id=self.next_id(),
            endpoint=endpoint,
            dialect=dialect,
            path=scope["path"],
            content_type=content_type,
            received_at=time.time(),
            started=started,
            authorization=authorization_of(headers),
            headers=headers,
            body=b"",
            model=scope["path"].removeprefix("/v1/models").strip("/") if endpoint == "models" else "",
            now=loop.time,
            watch=Watch(
                wheel, task, receive, now=started, body_due=started + patience_s, departures=departures
            ),
        )

    async def _answer(self, call: Call, way: Way, receive: Receive, send: Send) -> None:
        reply: Reply | None = None
        try:
            largest = self.limits.largest_form if is_form(call.content_type) else self.limits.largest_body
            call.body = await read_body(receive, call.headers, largest)
            if call.watch is not None:
                call.watch.body_read()
            reply = await way.lead(call)
            if reply.chunks is None:
                await close_whole(call, reply)
        except asyncio.CancelledError:
            await self._refuse(call, reply, meaning(call.watch), send)
        except CallError as error:
            await self._refuse(call, reply, error, send)
        except Exception as error:  # noqa: BLE001 - a defect of a stage must not leave the caller without an answer
            await self._refuse(call, reply, unexpected(error), send)
        else:
            await self._release(call, reply, send)

    async def _release(self, call: Call, reply: Reply, send: Send) -> None:
        headers = [*identified(call.id, call.dialect), *call.reply_headers]
        if reply.chunks is None:
            body = reply.body if call.dialect is OPENAI else call.dialect.write(call, reply)
            await respond(send, reply.status, body, [(b"content-type", reply.content_type), *headers])
        elif call.endpoint == "chat":
            await send({"type": "http.response.start", "status": 200, "headers": [*_STREAM, *headers]})
            await Passage(call, reply, send).run(reply.chunks)
        else:
            headers.append((b"content-type", reply.content_type))
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await MediaPassage(call, reply, send).run(reply.chunks)
        self.metrics.observe(call, reply, reply.status, reply.error)

    async def _refuse(self, call: Call, reply: Reply | None, error: CallError, send: Send) -> None:
        code = error.code or error.type
        if code != "client_gone":
            headers = [*identified(call.id, call.dialect), *call.reply_headers]
            await respond_error(send, error, headers, body=call.dialect.error(error, call.id))
        self.metrics.observe(call, reply, error.status, code)


def identified(request_id: str, dialect: Dialect) -> Headers:
    """The id under the gateway's name for it; clients of other dialects look for it without the `x-`."""
    named = [(b"x-request-id", request_id.encode())]
    return named if dialect is OPENAI else [*named, (b"request-id", request_id.encode())]


def authorization_of(headers: Mapping[bytes, bytes]) -> str | None:
    """The `authorization` header; a key in `x-api-key`, as Anthropic's clients send it, counts as a bearer."""
    given = headers.get(b"authorization")
    if given is not None:
        return given.decode("latin-1")
    key = headers.get(b"x-api-key")
    return None if key is None else f"Bearer {key.decode('latin-1')}"
