"""A stream begins with its first word; what fails before is an error that may be tried elsewhere, and nothing was sent."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from colonnade.errors import CallError, UpstreamFailed
from colonnade.gateway.attempt import Attempt
from colonnade.gateway.beginning import begun
from colonnade.gateway.call import Call, Reply
from colonnade.gateway.namesake import HEADER, check_snapshot, note_other
from colonnade.gateway.silence import silent
from colonnade.gateway.upstream.interface import Answer, Ask
from colonnade.workload.sections.serving import Modalities, ModelBinding


def event(delta: dict[str, Any] | None = None, finish: str | None = None, **more: Any) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return f"data: {json.dumps({'model': 'm-1', 'choices': choices, **more})}\n\n".encode()


ROLE = event({"role": "assistant", "content": ""})
WORD = event({"content": "One"})
STOP = event({}, "stop")
USAGE = event(usage={"prompt_tokens": 5, "completion_tokens": 0, "total_tokens": 5})
DONE = b"data: [DONE]\n\n"
COMMENT = b": processing\n\n"
FAILED = b'data: {"error": {"message": "secret"}}\n\n'


def call_for(**changes: Any) -> Call:
    return Call(
        id="req-1", endpoint="chat", received_at=0.0, started=0.0, authorization=None, headers={}, body=b"",
        stream=True, attempts=1, **changes,
    )  # fmt: skip


async def beginning(*parts: bytes, failing: CallError | None = None) -> tuple[bytes, int, Call, Reply]:
    """What is passed on first, after how many parts, and what is known then."""
    taken = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal taken
        for part in parts:
            taken += 1
            yield part
        if failing is not None:
            raise failing

    call, reply = call_for(), Reply()
    return await begun(call, reply, chunks()), taken, call, reply


@pytest.mark.parametrize(
    ("parts", "count"),
    [
        ((WORD, STOP), 1),
        ((ROLE, WORD, STOP), 2),
        ((ROLE + WORD, STOP), 1),
        ((COMMENT, COMMENT, ROLE, WORD), 4),
        ((ROLE, COMMENT, WORD), 2),
        ((ROLE[:9], ROLE[9:], WORD[:40], WORD[40:]), 4),
        ((ROLE.replace(b"\n", b"\r\n"), WORD.replace(b"\n", b"\r\n")), 2),
        ((event(), ROLE, WORD), 3),
        ((ROLE, event({"tool_calls": [{"index": 0, "function": {"name": "f"}}]}), STOP), 2),
        ((ROLE, event({"reasoning_content": "hm"}), STOP), 2),
        ((ROLE, event({"audio": {"data": "AA"}}), STOP), 2),
        ((ROLE, event({"refusal": "No."}), STOP), 2),
        ((ROLE, event({}, "length"), DONE), 2),
        ((ROLE, event({}, "content_filter"), DONE), 2),
    ],
)
async def test_it_is_held_until_something_is_said(parts: tuple[bytes, ...], count: int) -> None:
    first, taken, call, _ = await beginning(*parts)
    assert taken == count
    assert first == b"".join(parts[:count])
    assert call.answered_by in {"m-1", ""}


async def test_the_model_is_known_before_anything_is_sent() -> None:
    for parts in ((WORD,), (ROLE, WORD)):
        _, _, call, _ = await beginning(*parts)
        assert call.answered_by == "m-1"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ((), "upstream_malformed"),
        ((ROLE,), "upstream_malformed"),
        ((ROLE, DONE), "upstream_malformed"),
        ((ROLE, STOP), "upstream_malformed"),
        ((ROLE, STOP, DONE), "upstream_empty"),
        ((ROLE + STOP + DONE,), "upstream_empty"),
        ((FAILED,), "upstream_error"),
        ((ROLE, FAILED), "upstream_error"),
        ((event({"content": "a"}, error={"message": "x"}),), "upstream_error"),
        ((ROLE, b"data: {nonsense}\n\n"), "upstream_malformed"),
        ((b"<html>nonsense</html>\n\n",), "upstream_malformed"),
        ((b"data: " + b"x" * (2 << 20),), "upstream_malformed"),
        ((COMMENT * 20_000,) * 20, "upstream_malformed"),
    ],
)
async def test_what_fails_before_the_first_word_has_a_status(parts: tuple[bytes, ...], code: str) -> None:
    with pytest.raises(UpstreamFailed) as caught:
        await beginning(*parts)
    assert caught.value.code == code
    assert "secret" not in caught.value.message


async def test_an_upstream_that_is_cut_after_the_role_has_not_begun() -> None:
    with pytest.raises(UpstreamFailed) as caught:
        await beginning(ROLE, failing=UpstreamFailed("x", code="upstream_cut"))
    assert caught.value.code == "upstream_cut"


class Watched:
    """A streamed answer that fails with its first event, and an upstream that gives it."""

    name = "sim"

    def __init__(self) -> None:
        self.closed = 0

    async def ask(self, ask: Ask) -> Answer:
        return Answer(200, chunks=self, headers={"content-type": "text/event-stream"})

    async def ready(self) -> str | None:
        return None

    async def close(self) -> None:
        return None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        return FAILED

    async def aclose(self) -> None:
        self.closed += 1


async def test_an_attempt_that_failed_leaves_its_upstream_at_once() -> None:
    watched, call = Watched(), call_for(binding=bound("m-1"))
    with pytest.raises(CallError, match="answered with an error"):
        await Attempt({"far": watched}, {})(call)
    assert watched.closed, "while the call goes on, perhaps elsewhere"
    await call.resources.aclose()


async def test_an_empty_answer_tells_what_it_used() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for part in (ROLE, STOP, USAGE, DONE):
            yield part

    reply = Reply()
    with pytest.raises(UpstreamFailed):
        await begun(call_for(), reply, chunks())
    assert (reply.usage.input, reply.usage.output, reply.usage.reported) == (5, 0, True)


@pytest.mark.parametrize(
    ("message", "finish", "nothing"),
    [
        ({"content": ""}, "stop", True),
        ({"content": None, "refusal": None, "tool_calls": []}, "stop", True),
        ({"content": ""}, "length", False),
        ({"content": None, "audio": {"data": "AA"}}, "stop", False),
        ({"content": None, "images": [{"image_url": {"url": "data:,"}}]}, "stop", False),
    ],
)
def test_which_whole_answers_say_nothing(message: dict[str, Any], finish: str, nothing: bool) -> None:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    reply = Reply(body=json.dumps({"choices": [choice]}).encode(), finish=finish)
    assert silent(reply) is nothing


def bound(model: str, snapshot: str | None = None) -> ModelBinding:
    text = Modalities(input=["text"], output=["text"])
    return ModelBinding(
        upstream="far", model=model, snapshot=snapshot, modalities=text, reason="tests", owner="tests"
    )


@pytest.mark.parametrize(
    ("asked", "named", "shown"),
    [
        ("gpt-4o", "gpt-4o", None),
        ("gpt-4o", "gpt-4o-2024-08-06", None),
        ("openai/gpt-4o", "gpt-4o-2024-08-06", None),
        ("claude-haiku-latest", "claude-haiku-20241022", None),
        ("gpt-4o", "", None),
        ("gpt-4o", "cheaper-one", b"cheaper-one"),
        ("gpt-4o", "a sentence\r\nx-evil: 1", b"unreadable"),
    ],
)
def test_an_answer_of_another_model_is_told(asked: str, named: str, shown: bytes | None) -> None:
    call = call_for(answered_by=named, upstream="far")
    note_other(call, bound(asked))
    assert dict(call.reply_headers).get(HEADER) == shown
    assert bool(call.decisions) is (shown is not None)


def test_only_the_snapshot_may_answer_where_there_is_one() -> None:
    for named in ("", "gpt-4o-2024-08-06"):
        check_snapshot(call_for(answered_by=named), bound("gpt-4o", "gpt-4o-2024-08-06"))
    with pytest.raises(UpstreamFailed) as caught:
        check_snapshot(call_for(answered_by="gpt-4o"), bound("gpt-4o", "gpt-4o-2024-08-06"))
    assert caught.value.code == "upstream_wrong_model"
