"""The end of a call's way: the request is encoded for the upstream, and its answer becomes the reply."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass

import msgspec

from colonnade.errors import CallError, UpstreamFailed
from colonnade.gateway.call import Call, Reply, Try
from colonnade.gateway.capabilities import settled
from colonnade.gateway.understanding import malformed, understand_whole
from colonnade.gateway.upstream.interface import Answer, Ask, Upstream
from colonnade.workload.sections.serving import ModelBinding

_PATHS = {"chat": "/chat/completions", "embeddings": "/embeddings"}
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Attempt:
    """Asks the upstream of the call's binding, once.

    A stream is handed on when its first bytes are here: what goes wrong before is an error with a status of
    its own, and may be tried again elsewhere.
    """

    upstreams: Mapping[str, Upstream]
    kinds: Mapping[str, str]

    async def __call__(self, call: Call) -> Reply:
        """Ask, and answer with the reply.

        Raises:
            CallError: as `Upstream.ask`; `UpstreamFailed` for answers that are none; `CallerLeft` and
                `DeadlineExceeded` where the call was ended meanwhile.
        """
        assert call.binding is not None, "the stage `direct` comes before `attempt`"
        upstream = self.upstreams[call.binding.upstream]
        call.upstream = upstream.name
        call.attempts += 1
        began = call.now()
        try:
            answer = await upstream.ask(_ask(call, call.binding, self.kinds.get(upstream.name, "")))
            reply = await _streamed(call, answer) if call.stream else _whole(call, answer, call.binding)
        except asyncio.CancelledError:
            error = call.watch.error() if call.watch is not None else None
            if error is None:
                raise
            raise error from None
        except CallError as error:
            code = error.code or error.type
            call.tried.append(Try(call.binding_name, call.upstream, code, (call.now() - began) * 1000.0))
            call.decide("attempt", f"{call.upstream}: {code}")
            raise
        call.tried.append(Try(call.binding_name, call.upstream, "", (call.now() - began) * 1000.0))
        return reply


def _ask(call: Call, binding: ModelBinding, kind: str) -> Ask:
    request = {**settled(call, kind), "model": binding.model}
    if call.stream:
        options = request.get("stream_options") or {}
        request["stream_options"] = {**options, "include_usage": True}
    return Ask(
        path=_PATHS[call.endpoint],
        body=_encode(request),
        stream=call.stream,
        deadline=call.deadline,
        request_id=call.id,
        endpoint=call.endpoint,
        first_byte_by=call.first_byte_by,
        request=request,
    )


def _whole(call: Call, answer: Answer, binding: ModelBinding) -> Reply:
    reply = Reply(body=answer.body, first_byte_ms=_elapsed_ms(call))
    understand_whole(call, reply)
    note = f"{call.upstream} answered: {reply.finish or 'whole'}"
    if binding.snapshot and call.answered_by != binding.snapshot:
        note += ", by another model than the snapshot"
    call.decide("attempt", note)
    return reply


async def _streamed(call: Call, answer: Answer) -> Reply:
    call.resources.push_async_callback(answer.close)
    if answer.chunks is None:
        raise malformed("The upstream answered a streamed request with a whole answer.")
    first = b""
    while not first:
        first = await _next(answer.chunks)
    if first.lstrip().startswith(b'data: {"error"'):
        raise UpstreamFailed("The upstream answered with an error event.", code="upstream_error")
    if call.watch is not None:
        call.watch.touch()
    reply = Reply(chunks=_Resumed(first, answer.chunks), first_byte_ms=_elapsed_ms(call))
    call.decide("attempt", f"{call.upstream} answers")
    return reply


async def _next(chunks: AsyncIterator[bytes]) -> bytes:
    try:
        return await chunks.__anext__()
    except StopAsyncIteration:
        raise malformed("The upstream ended its stream before the first event.") from None


def _elapsed_ms(call: Call) -> float:
    return (call.now() - call.started) * 1000.0


class _Resumed:
    """The stream from its first chunk on; every later chunk costs one plain call more."""

    __slots__ = ("_first", "_rest")

    def __init__(self, first: bytes, rest: AsyncIterator[bytes]) -> None:
        self._first: bytes | None = first
        self._rest = rest

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    def __anext__(self) -> Awaitable[bytes]:
        if self._first is None:
            return self._rest.__anext__()
        first, self._first = self._first, None
        return _given(first)


async def _given(chunk: bytes) -> bytes:
    return chunk
