"""Whatever the cuts of the network, callers get whole events, the account is right, and it is closed before the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.errors import CallError, Unavailable, UpstreamFailed
from colonnade.gateway.call import Call, Reply
from colonnade.gateway.streams import Passage, close_whole
from colonnade.workload.sections.serving import Route


def event(content: str | None = None, finish: str | None = None, **more: Any) -> bytes:
    delta = {} if content is None else {"content": content}
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return f"data: {json.dumps({'model': 'm', 'choices': choices, **more})}\n\n".encode()


USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}}\n\n'
DONE = b"data: [DONE]\n\n"
ANSWER = [event("One"), event(" two "), event("drei\u2026"), event(finish="stop"), USAGE, DONE]


def call_for(*, usage: bool = False) -> Call:
    options = {"include_usage": True} if usage else {}
    request = {"messages": [{"role": "user", "content": "count"}], "stream_options": options}
    return Call(
        id="req-1", endpoint="chat", received_at=0.0, started=0.0, authorization=None, headers={}, body=b"",
        request=request, stream=True, route=Route(model="text"), attempts=1,
    )  # fmt: skip


class Caller:
    """Takes what is released, and notes when the call was closed."""

    def __init__(self) -> None:
        self.bytes: list[bytes] = []
        self.ended = False
        self.at_close: bytes | None = None

    @property
    def all(self) -> bytes:
        return b"".join(self.bytes)

    async def send(self, message: Any) -> None:
        assert not self.ended
        self.bytes.append(message["body"])
        self.ended = not message["more_body"]

    async def close(self, reply: Reply) -> None:
        self.at_close = self.all


async def passed(
    parts: list[bytes], *, usage: bool = False, closing: Any = None, failing: CallError | None = None
) -> tuple[Caller, Reply]:
    async def chunks() -> AsyncIterator[bytes]:
        for part in parts:
            yield part
        if failing is not None:
            raise failing

    caller, reply = Caller(), Reply()
    reply.on_close(caller.close)
    if closing is not None:
        reply.on_close(closing)
    await Passage(call_for(usage=usage), reply, caller.send).run(chunks())
    assert caller.ended
    return caller, reply


def error_in(caller: Caller) -> str | None:
    last = caller.all.rstrip(b"\n").split(b"\n\n")[-1]
    document = json.loads(last.removeprefix(b"data: ")) if last != b"data: [DONE]" else {}
    code: str | None = document.get("error", {}).get("code")
    return code


async def test_the_account_is_closed_before_the_end_is_released() -> None:
    caller, reply = await passed(ANSWER)
    assert caller.at_close == b"".join(ANSWER[:4])
    assert caller.all == b"".join([*ANSWER[:4], DONE])
    assert (reply.text, reply.finish, reply.complete, reply.error) == ("One two drei\u2026", "stop", True, "")
    assert (reply.usage.input, reply.usage.output, reply.usage.reported) == (5, 3, True)


async def test_usage_is_released_with_the_end_to_callers_that_asked() -> None:
    caller, _ = await passed(ANSWER, usage=True)
    assert caller.all == b"".join(ANSWER)
    assert USAGE not in (caller.at_close or b"")


@given(st.lists(st.integers(min_value=0, max_value=len(b"".join(ANSWER))), max_size=12), st.booleans())
def test_any_cut_of_the_network_gives_the_same_answer(cuts: list[int], crlf: bool) -> None:
    whole = b"".join(ANSWER)
    if crlf:
        whole = whole.replace(b"\n", b"\r\n")
    places = [0, *sorted(cuts), len(whole)]
    parts = [whole[begin:end] for begin, end in pairwise(places)]
    caller, reply = asyncio.run(passed(parts, usage=True))
    events = [json.loads(line[6:]) for line in caller.all.split(b"\n\n") if line and line != b"data: [DONE]"]
    assert events == [json.loads(part[6:]) for part in ANSWER[:-1]]
    assert caller.all.endswith(DONE)
    assert (reply.text, reply.usage.total, reply.complete) == ("One two drei\u2026", 8, True)


@given(st.integers(min_value=0, max_value=len(b"".join(ANSWER)) - len(DONE)))
def test_a_stream_that_ends_anywhere_early_ends_with_an_error_event(length: int) -> None:
    caller, reply = asyncio.run(passed([b"".join(ANSWER)[:length]]))
    assert error_in(caller) in {"upstream_cut", "upstream_malformed"}
    assert b"[DONE]" not in caller.all
    assert not reply.complete
    for line in caller.all.split(b"\n\n"):
        assert not line or json.loads(line.removeprefix(b"data: ")), "every event is whole"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([event("a"), b"data: {nonsense}\n\n", *ANSWER[-3:]], "upstream_malformed"),
        ([event("a"), b"data: nonsense\n\n", *ANSWER[-3:]], "upstream_malformed"),
        ([event("a"), b'data: {"choices": 3}\n\n', *ANSWER[-3:]], "upstream_malformed"),
        ([event("a"), DONE], "upstream_malformed"),
        ([event("a"), b'data: {"error": {"message": "secret"}}\n\n', DONE], "upstream_error"),
        ([event("a"), b"data: " + b"x" * (2 << 20)], "upstream_malformed"),
        ([event("a"), event(finish="stop")], "upstream_malformed"),
        ([b"<html></html>\n\n"], None),
        ([event(""), event(finish="stop"), DONE], "upstream_empty"),
    ],
)
async def test_what_is_no_answer(parts: list[bytes], code: str | None) -> None:
    caller, reply = await passed(parts)
    assert error_in(caller) == (code or "upstream_cut")
    assert b"[DONE]" not in caller.all
    assert b"secret" not in caller.all
    assert not reply.complete


async def test_what_was_sent_before_a_fault_is_accounted() -> None:
    caller, reply = await passed([event("a"), event(" b")], failing=UpstreamFailed("x", code="upstream_cut"))
    assert (reply.text, reply.error, reply.usage.reported) == ("a b", "upstream_cut", False)
    assert error_in(caller) == "upstream_cut"


async def test_comments_keep_the_connection_alive_and_null_usage_is_no_usage() -> None:
    parts = [b": processing\n\n", event("a", usage=None), *ANSWER[3:]]
    caller, reply = await passed(parts)
    assert caller.all.startswith(b": alive\n\n")
    assert reply.text == "a"
    assert reply.complete


async def test_a_journal_that_cannot_be_written_ends_the_stream_with_an_error() -> None:
    async def refuse(_reply: Reply) -> None:
        raise Unavailable("The journal cannot be written.", code="journal_unavailable")

    caller, reply = await passed(ANSWER, closing=refuse)
    assert error_in(caller) == "journal_unavailable"
    assert not reply.complete


async def test_closing_callbacks_run_in_order_and_all_of_them() -> None:
    order: list[str] = []
    reply = Reply(body=b'{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}')

    def callback(name: str, *, fails: bool = False) -> Any:
        async def run(closing: Reply) -> None:
            await asyncio.sleep(0)
            order.append(name)
            if fails:
                raise RuntimeError

        return run

    reply.on_close(callback("meter"))
    reply.on_close(callback("broken", fails=True))
    reply.on_close(callback("journal"))
    with pytest.raises(CallError) as caught:
        await close_whole(call_for(), reply)
    assert order == ["meter", "broken", "journal"]
    assert caught.value.code == "internal_error"


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"choices":[]}', b'{"choices":[{}]}', b"<html>", b"\xff"]
)
async def test_whole_answers_that_are_none(body: bytes) -> None:
    with pytest.raises(UpstreamFailed):
        await close_whole(call_for(), Reply(body=body))


async def test_tool_calls_and_refusals_are_part_of_the_text() -> None:
    call = b'{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{}"}}]}}'
    parts = [b'data: {"choices":[' + call + b"]}\n\n", event(finish="tool_calls"), DONE]
    _, reply = await passed(parts)
    assert (reply.text, reply.finish) == ("f{}", "tool_calls")


async def test_a_gateway_that_is_stopped_ends_its_streams_in_band() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield event("a")
        await asyncio.Event().wait()

    caller, reply = Caller(), Reply()
    reply.on_close(caller.close)
    running = asyncio.ensure_future(Passage(call_for(), reply, caller.send).run(chunks()))
    await asyncio.sleep(0.01)
    running.cancel()
    await running
    assert (error_in(caller), reply.complete, caller.at_close) == ("shutting_down", False, event("a"))


async def test_an_answer_without_a_model_has_no_usage_and_its_generator_is_ended() -> None:
    ended = []

    async def said() -> AsyncIterator[bytes]:
        try:
            for part in (event("I do not know."), event(finish="stop"), DONE):
                yield part
        finally:
            ended.append(True)

    call, caller, reply = call_for(), Caller(), Reply()
    call.attempts = 0
    await Passage(call, reply, caller.send).run(said())
    assert (reply.text, reply.usage.total, reply.complete, ended) == ("I do not know.", 0, True, [True])


async def test_an_answer_that_says_something_in_another_field_is_not_empty() -> None:
    sound = b'data: {"choices":[{"index":0,"delta":{"audio":{"data":"AA"}}}]}\n\n'
    caller, reply = await passed([sound, event(finish="stop"), DONE])
    assert (error_in(caller), reply.complete) == (None, True)


async def test_a_long_stream_is_counted_while_it_passes() -> None:
    words = [event(f" word{number}") for number in range(5000)]
    _, reply = await passed([*words, event(finish="stop"), USAGE, DONE])
    assert reply.text.split() == [f"word{number}" for number in range(5000)]
    assert (reply.finish, reply.usage.output, reply.complete) == ("stop", 3, True)


async def test_what_came_before_an_unreadable_event_is_counted_in_a_long_stream() -> None:
    words = [event(f" word{number}") for number in range(1500)]
    broken = b'data: {"choices": 3}\n\n'
    caller, reply = await passed([*words, broken, *words, *ANSWER[-3:]])
    assert error_in(caller) == "upstream_malformed"
    assert len(reply.text.split()) == 1500
    assert b"[DONE]" not in caller.all


async def test_a_refusal_is_counted_and_told() -> None:
    declined = b'data: {"choices":[{"index":0,"delta":{"refusal":"No."}}]}\n\n'
    caller, reply = await passed([declined, event(finish="stop"), DONE])
    assert (error_in(caller), reply.refused, reply.text) == (None, True, "No.")
