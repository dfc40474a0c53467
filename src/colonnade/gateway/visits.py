"""Requests to services pass the doors first, as model calls do, and every error has the shape that its caller knows."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

from colonnade.errors import CallerLeft, CallError, InvalidRequest, Unavailable
from colonnade.gateway.call import Call, Reply
from colonnade.gateway.calls import authorization_of, identified
from colonnade.gateway.dialect import Dialect
from colonnade.gateway.pipeline import Stage, fold
from colonnade.gateway.respond import Send, respond, respond_error
from colonnade.gateway.service import Service, Told, Visit
from colonnade.gateway.unexpected import unexpected

PART_S = 15.0
"""Longest pause between two parts of a body, seconds."""
SLOWEST = 32 << 10
"""Bytes a second that a body must bring on the whole, after its first `PART_S` seconds."""


@dataclass(slots=True)
class Visits:
    """Answers requests to services; `doors` are the stages that check who comes, `part_s` is as `PART_S`."""

    doors: Sequence[Stage]
    part_s: float = PART_S
    _prefix: str = field(default_factory=lambda: f"vis-{os.urandom(6).hex()}-")
    _numbers: count[int] = field(default_factory=lambda: count(1))

    async def answer(
        self,
        service: Service,
        dialect: Dialect,
        scope: Any,
        receive: Callable[[], Awaitable[Any]],
        send: Send,
    ) -> None:
        """Check the key, let the service answer, and send what it says; errors in the shape of `dialect`."""
        request_id = f"{self._prefix}{next(self._numbers):x}"
        named = identified(request_id, dialect)
        try:
            told = await service.answer(await self._visit(request_id, scope, receive))
        except CallerLeft:
            return
        except asyncio.CancelledError:
            stopping = Unavailable("The gateway is stopping.", code="shutting_down")
            await respond_error(send, stopping, named, body=dialect.error(stopping, request_id))
        except CallError as error:
            await respond_error(send, error, named, body=dialect.error(error, request_id))
        except Exception as error:  # noqa: BLE001 - a defect of a service must not leave the caller without an answer
            defect = unexpected(error)
            await respond_error(send, defect, named, body=dialect.error(defect, request_id))
        else:
            await _send(send, told, named)

    async def _visit(self, request_id: str, scope: Any, receive: Callable[[], Awaitable[Any]]) -> Visit:
        headers = dict(scope["headers"])
        call = Call(
            id=request_id, endpoint="models", received_at=time.time(), started=0.0,
            authorization=authorization_of(headers), headers=headers, body=b"",
        )  # fmt: skip
        await fold(self.doors, _passed)(call)
        assert call.identity is not None, "a service is behind the stage `identify`"
        query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True))
        return Visit(
            scope["method"],
            scope["path"],
            query,
            headers,
            call.identity,
            _parts(receive, self.part_s),
            request_id,
        )


async def _passed(call: Call) -> Reply:  # noqa: ARG001 - the end of a way
    return Reply()


async def _parts(receive: Callable[[], Awaitable[Any]], part_s: float) -> AsyncIterator[bytes]:
    now = asyncio.get_running_loop().time
    began, size, more = now(), 0, True
    while more:
        message = await _next_part(receive, min(now(), began + size / SLOWEST) + part_s)
        if message["type"] == "http.disconnect":
            raise CallerLeft("The caller left before the request was complete.", code="client_gone")
        more = message.get("more_body", False)
        size += len(message.get("body", b""))
        if message.get("body"):
            yield message["body"]


async def _next_part(receive: Callable[[], Awaitable[Any]], due: float) -> Any:
    try:
        async with asyncio.timeout_at(due):
            return await receive()
    except TimeoutError:
        raise InvalidRequest("The body of the request did not arrive in time.", code="slow_body") from None


async def _send(send: Send, told: Told, named: list[tuple[bytes, bytes]]) -> None:
    headers = [(b"content-type", told.content_type), *named, *told.headers]
    if told.parts is None:
        await respond(send, told.status, told.body, headers)
        return
    await send({"type": "http.response.start", "status": told.status, "headers": headers})
    async for part in told.parts:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
