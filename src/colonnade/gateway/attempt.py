"""The end of a call's way: the request is encoded for the upstream, and its answer becomes the reply."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from colonnade.errors import CallError, UpstreamFailed
from colonnade.gateway.answers import EVENT_STREAM, SOUND
from colonnade.gateway.beginning import begun
from colonnade.gateway.call import Call, Endpoint, Reply, Try
from colonnade.gateway.capabilities import settled
from colonnade.gateway.emulation.asking import emulated
from colonnade.gateway.flow import Flow, flow_of
from colonnade.gateway.multipart import is_form, written_form
from colonnade.gateway.namesake import check_snapshot, note_other
from colonnade.gateway.silence import nothing_said, silent
from colonnade.gateway.understanding import understand_whole
from colonnade.gateway.unreadable import malformed
from colonnade.gateway.upstream.interface import Answer, Ask, Upstream
from colonnade.workload.sections.serving import ModelBinding

_PATHS: Final[Mapping[Endpoint, str]] = {
    "chat": "/chat/completions",
    "embeddings": "/embeddings",
    "images": "/images/generations",
    "speech": "/audio/speech",
    "transcriptions": "/audio/transcriptions",
    "moderations": "/moderations",
    "rerank": "/rerank",
}
_SIBLINGS: Final = frozenset({"/images/edits", "/images/variations", "/audio/translations"})
"""Paths of endpoints that have more than one."""
_OF_MANY_KINDS: Final = frozenset({"speech", "transcriptions"})
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Attempt:
    """Asks the upstream of the call's binding, once.

    A stream is handed on when its first word is here (`beginning.py`): what goes wrong before is an error with a
    status of its own, and may be tried again elsewhere.
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
        reply, began = Reply(), call.now()
        try:
            request, emulating = settled(call, self.kinds.get(upstream.name, ""))
            ask = _ask(call, call.binding, request)
            answer = await (emulated(upstream, ask) if emulating else upstream.ask(ask))
            in_parts = call.stream and (answer.chunks is not None or call.endpoint == "chat")
            if in_parts:
                await _streamed(call, answer, reply)
            else:
                _take_whole(call, answer, reply)
            note_other(call, call.binding)
        except asyncio.CancelledError:
            error = call.watch.error() if call.watch is not None else None
            if error is None:
                raise
            _note(call, error, began, reply)
            raise error from None
        except CallError as error:
            _note(call, error, began, reply)
            raise
        call.tried.append(Try(call.binding_name, call.upstream, "", (call.now() - began) * 1000.0))
        return reply


def _note(call: Call, error: CallError, began: float, reply: Reply) -> None:
    code, ms = error.code or error.type, (call.now() - began) * 1000.0
    told = reply.usage if reply.usage.reported else None
    call.tried.append(Try(call.binding_name, call.upstream, code, ms, told))
    call.decide("attempt", f"{call.upstream}: {code}")


def _ask(call: Call, binding: ModelBinding, settled_request: Mapping[str, Any]) -> Ask:
    request = {**settled_request, "model": binding.model}
    if call.stream and call.endpoint == "chat":
        options = request.get("stream_options") or {}
        request["stream_options"] = {**options, "include_usage": True}
    form = is_form(call.content_type)
    body, content_type = _form(call, request) if form else (_encode(request), "application/json")
    return Ask(
        path=_path(call),
        body=body,
        stream=call.stream,
        deadline=call.deadline,
        request_id=call.id,
        endpoint=call.endpoint,
        content_type=content_type,
        first_byte_by=call.first_byte_by,
        request={} if form else request,
        row=f"{call.batch}-{call.row}" if call.row else "",
    )


def _form(call: Call, request: Mapping[str, Any]) -> tuple[bytes, str]:
    """The caller's form with the fields of the request as they are now."""
    files = {file.name for file in call.files}
    return written_form({name: text for name, text in request.items() if name not in files}, call.files)


def _path(call: Call) -> str:
    named = call.path.removeprefix("/v1")
    return named if named in _SIBLINGS else _PATHS[call.endpoint]


def _kind(call: Call, answer: Answer) -> bytes:
    """The content type of the answer: the upstream's own where the endpoint has more than JSON."""
    own = call.endpoint in _OF_MANY_KINDS or (call.endpoint == "images" and answer.chunks is not None)
    named = (answer.headers or {}).get("content-type", "") if own else ""
    return named.encode("latin-1") or b"application/json"


def _take_whole(call: Call, answer: Answer, reply: Reply) -> None:
    assert call.binding is not None, "the call was asked of it"
    reply.body, reply.content_type, reply.first_byte_ms = answer.body, _kind(call, answer), _elapsed_ms(call)
    understand_whole(call, reply)
    check_snapshot(call, call.binding)
    if call.endpoint == "chat" and silent(reply):
        raise nothing_said()
    call.decide("attempt", f"{call.upstream} answered: {reply.finish or 'whole'}")


async def _streamed(call: Call, answer: Answer, reply: Reply) -> None:
    call.resources.push_async_callback(answer.close)
    try:
        await _begun(call, answer, reply)
    except BaseException:
        await answer.close()  # an attempt that failed holds no connection while another one is made
        raise


async def _begun(call: Call, answer: Answer, reply: Reply) -> None:
    assert call.binding is not None, "the call was asked of it"
    if answer.chunks is None:
        raise malformed("The upstream answered a streamed request with a whole answer.")
    kind, answer.headers = _kind(call, answer), None
    if call.endpoint == "chat":
        first = await begun(call, reply, answer.chunks)
        check_snapshot(call, call.binding)
    elif kind.startswith((EVENT_STREAM, *SOUND)):
        first = await _first(answer.chunks)
    else:
        raise malformed(f"The upstream answered something that is no answer of {call.endpoint}.")
    if call.watch is not None:
        call.watch.touch()
    reply.chunks, reply.content_type, reply.first_byte_ms = (
        _Resumed(first, answer.chunks),
        kind,
        _elapsed_ms(call),
    )
    call.decide("attempt", f"{call.upstream} answers")


async def _first(chunks: AsyncIterator[bytes]) -> bytes:
    try:
        first = b""
        while not first:
            first = await chunks.__anext__()
    except StopAsyncIteration:
        raise malformed("The upstream ended its stream before the first event.") from None
    if first.lstrip().startswith(b'data: {"error"'):
        raise UpstreamFailed("The upstream answered with an error event.", code="upstream_error")
    return first


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

    @property
    def flow(self) -> Flow | None:
        """How the rest flows."""
        return flow_of(self._rest)

    async def aclose(self) -> None:
        """Break the upstream's work off where it is not complete."""
        closer = getattr(self._rest, "aclose", None)
        if closer is not None:
            await closer()


async def _given(chunk: bytes) -> bytes:
    return chunk
