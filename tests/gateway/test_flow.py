"""Plain events flow from connection to connection; whatever must be decided wakes the call, and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.gateway.call import Call, Reply
from colonnade.gateway.streams import Passage
from colonnade.gateway.upstream.connection import Connection
from colonnade.gateway.upstream.due import Due
from colonnade.gateway.upstream.exchange import Exchange
from colonnade.workload.sections.serving import Route

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def event(content: str | None = None, finish: str | None = None) -> bytes:
    delta = {} if content is None else {"content": content}
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return f"data: {json.dumps({'model': 'm', 'choices': choices})}\n\n".encode()


WORDS = [event(f"word{number} ") for number in range(40)]
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":40,"total_tokens":45}}\n\n'
END = [event(finish="stop"), USAGE, b"data: [DONE]\n\n"]


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


class Line(asyncio.Transport):
    """The transport of a connection whose other end the test plays."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = True

    def write(self, data: Any) -> None: ...

    def is_closing(self) -> bool:
        return False

    def close(self) -> None: ...

    def abort(self) -> None: ...

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


class Watched(Exchange):
    """An exchange that counts how often somebody was woken to read."""

    reads = 0

    async def __anext__(self) -> bytes:
        self.reads += 1
        return await super().__anext__()


class Caller:
    """Takes an answer as the server's cycle does, while `reads` is set."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.reads = asyncio.Event()
        self.reads.set()

    async def send(self, message: Any) -> None:
        await self.reads.wait()
        self.parts.append(message["body"])

    __call__ = send

    def free(self) -> bool:
        return self.reads.is_set()

    def pass_on(self, part: bytes) -> None:
        assert self.reads.is_set(), "it was asked before"
        self.parts.append(part)


class Stream:
    """One stream from an upstream's connection through a passage to a caller."""

    def __init__(self, *, outlet: bool = True) -> None:
        self.line = Line()
        self.connection = Connection(lambda _: None, lambda _: None)
        self.connection.connection_made(self.line)
        self.exchange = Watched(self.connection.loop, self.connection, Due(0.0))
        self.connection.send(self.exchange, b"")
        self.caller, self.reply = Caller(), Reply()
        call = Call(
            id="req-1", endpoint="chat", received_at=0.0, started=0.0, authorization=None, headers={}, body=b"",
            request={"stream_options": {"include_usage": True}}, stream=True, route=Route(model="text"), attempts=1,
        )  # fmt: skip
        passage = Passage(call, self.reply, self.caller if outlet else self.caller.send)
        self.connection.data_received(HEAD)
        self.running = asyncio.ensure_future(passage.run(self.exchange))

    async def say(self, *parts: bytes) -> None:
        """Bytes of the upstream, and time for whoever was woken."""
        for part in parts:
            self.connection.data_received(part)
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    async def heard(self) -> bytes:
        await self.say(b"0\r\n\r\n")
        await asyncio.wait_for(self.running, 5)
        return b"".join(self.caller.parts)


async def test_nobody_is_woken_for_a_plain_event() -> None:
    stream = Stream()
    await stream.say(*map(chunk, WORDS))
    assert stream.exchange.reads == 1, "the first event was read, the others flowed"
    await stream.say(*map(chunk, END))
    assert await stream.heard() == b"".join([*WORDS, *END])
    assert (stream.reply.finish, stream.reply.usage.output, stream.reply.complete) == ("stop", 40, True)
    assert stream.reply.text == "".join(f"word{number} " for number in range(40))


async def test_without_an_outlet_every_event_is_read() -> None:
    stream = Stream(outlet=False)
    await stream.say(*map(chunk, WORDS), *map(chunk, END))
    assert await stream.heard() == b"".join([*WORDS, *END])
    assert stream.exchange.reads > len(WORDS)


async def test_a_caller_who_does_not_read_is_not_written_to_and_loses_nothing() -> None:
    stream = Stream()
    await stream.say(*map(chunk, WORDS[:3]))
    stream.caller.reads.clear()
    await stream.say(*map(chunk, WORDS[3:30]))
    assert b"".join(stream.caller.parts) == b"".join(WORDS[:3])
    stream.caller.reads.set()
    await stream.say(*map(chunk, WORDS[30:]), *map(chunk, END))
    assert await stream.heard() == b"".join([*WORDS, *END])


async def test_who_does_not_read_for_long_stops_the_upstream() -> None:
    stream = Stream()
    await stream.say(chunk(WORDS[0]))
    stream.caller.reads.clear()
    large = event("x" * 20_000)
    await stream.say(*[chunk(large)] * 5)
    assert not stream.line.reading
    stream.caller.reads.set()
    await asyncio.sleep(0.02)
    assert stream.line.reading
    await stream.say(*map(chunk, END))
    assert await stream.heard() == b"".join([WORDS[0], *[large] * 5, *END])


async def test_an_event_that_cannot_be_read_ends_the_stream_in_band() -> None:
    """Found while events flow, where nobody reads: it must reach the call, and not the upstream's connection."""
    stream = Stream()
    await stream.say(*map(chunk, WORDS[:5]))
    unreadable = b'data: {"choices": nothing}\n\n'
    await stream.say(*[chunk(unreadable)] * 200)
    heard = await stream.heard()
    assert stream.reply.error == "upstream_malformed"
    assert b'"code":"upstream_malformed"' in heard
    assert b"[DONE]" not in heard


async def test_who_gives_up_while_events_flow_is_heard() -> None:
    stream = Stream()
    await stream.say(*map(chunk, WORDS[:5]))
    stream.running.cancel()
    await asyncio.wait_for(stream.running, 5)
    assert stream.reply.error == "shutting_down"
    await stream.say(*map(chunk, WORDS[5:]))
    assert b"word6" not in b"".join(stream.caller.parts)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 4000), min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_whatever_the_cuts_every_byte_comes_once_and_in_order(cuts: list[int], chance: Any) -> None:
    said = b"".join(map(chunk, [*WORDS, b": warm\n\n", *END]))

    async def stream() -> bytes:
        passing, rest = Stream(), said
        for cut in cuts:
            await passing.say(rest[:cut])
            (passing.caller.reads.set if chance.random() > 0.2 else passing.caller.reads.clear)()
            rest = rest[cut:]
        passing.caller.reads.set()
        await passing.say(rest)
        return await passing.heard()

    heard = asyncio.run(stream())
    assert heard.replace(b": alive\n\n", b"") == b"".join([*WORDS, *END])


def broken(_: bytes) -> bool:
    raise ValueError("a defect")


async def test_a_defect_of_the_sink_is_the_readers() -> None:
    stream = Stream()
    stream.running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stream.running
    flowing = asyncio.ensure_future(stream.exchange.flow(broken))
    await asyncio.sleep(0)
    await stream.say(chunk(WORDS[0]), chunk(WORDS[1]))
    with pytest.raises(ValueError, match="a defect"):
        await flowing
    assert await anext(stream.exchange) == WORDS[1]
