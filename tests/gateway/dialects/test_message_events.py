"""However a stream is cut, Anthropic's callers get the same well-formed events, and the content of the whole answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telling import (
    USAGE,
    Scripted,
    a_call,
    chunk,
    event,
    finished,
    post,
    understood,
    whole,
    written,
)

from colonnade.errors import UpstreamFailed
from colonnade.gateway.dialects.messages import MESSAGES
from colonnade.gateway.dialects.messages.events import MessageEvents
from colonnade.gateway.events import DONE

TEXTS = st.text(min_size=1, max_size=6)
ARGUMENTS = st.dictionaries(st.text(max_size=3), st.integers() | TEXTS | st.none(), max_size=3)
BODY = {"model": "assistant", "max_tokens": 9, "messages": [{"role": "user", "content": "Go."}]}


@st.composite
def pieces(draw: st.DrawFn, text: str) -> list[str]:
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=3)))
    return [text[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@st.composite
def answers(draw: st.DrawFn) -> tuple[dict[str, Any], list[bytes]]:
    """A whole message, and the events of the same answer; pieces of several tool calls come mixed."""
    thoughts, texts = draw(st.lists(TEXTS, max_size=3)), draw(st.lists(TEXTS, max_size=3))
    tools = draw(st.lists(ARGUMENTS, max_size=3))
    told = [chunk({"role": "assistant", "content": ""})]
    told += [chunk({"reasoning_content": thought}) for thought in thoughts]
    told += [chunk({"content": text}) for text in texts]
    streams: list[list[dict[str, Any]]] = []
    for number, arguments in enumerate(tools):
        named = {"index": number, "id": f"call_{number}", "function": {"name": f"t{number}", "arguments": ""}}
        grown = draw(pieces(json.dumps(arguments)))
        streams.append([named, *({"index": number, "function": {"arguments": piece}} for piece in grown)])
    while any(streams):
        first = next(number for number, stream in enumerate(streams) if stream)
        begun = [number for number, stream in enumerate(streams) if stream][:2]
        told.append(chunk({"tool_calls": [streams[draw(st.sampled_from([first, *begun]))].pop(0)]}))
    message: dict[str, Any] = {"content": "".join(texts) or None}
    if thoughts:
        message["reasoning_content"] = "".join(thoughts)
    message["tool_calls"] = [
        {"id": f"call_{number}", "function": {"name": f"t{number}", "arguments": json.dumps(arguments)}}
        for number, arguments in enumerate(tools)
    ]
    return message, told


def content_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    call = a_call(MESSAGES)
    reply = finished()
    reply.body = whole(message, "stop")
    content: list[dict[str, Any]] = json.loads(MESSAGES.write(call, reply))["content"]
    return content


def in_order(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Calls that came mixed begin in the order in which they came; a whole answer has them by number."""
    rest = [block for block in blocks if block["type"] != "tool_use"]
    return rest + sorted((b for b in blocks if b["type"] == "tool_use"), key=lambda b: b["id"])


@given(data=st.data(), answer=answers())
def test_any_cut_gives_the_same_events_and_the_content_of_the_whole(data: st.DataObject, answer: Any) -> None:
    message, told = answer
    stream = b"".join([*told, chunk({}, "stop")])
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=12))
    writer, at_once = MessageEvents(a_call(MESSAGES)), MessageEvents(a_call(MESSAGES))
    out = written(writer, stream, cuts) + writer.end(finished())
    assert out == at_once.take(stream) + at_once.end(finished())
    heard = understood(out)
    assert heard.ended
    assert in_order(heard.blocks) == in_order(content_of(message))
    assert heard.stop["stop_reason"] == ("tool_use" if message["tool_calls"] else "end_turn")


@given(data=st.data(), answer=answers())
def test_an_answer_that_breaks_anywhere_has_no_good_end(data: st.DataObject, answer: Any) -> None:
    stream = b"".join(answer[1])
    end = data.draw(st.integers(0, len(stream)))
    writer = MessageEvents(a_call(MESSAGES))
    out = written(writer, stream[:end]) + writer.fail(UpstreamFailed("Cut.", code="upstream_cut"))
    heard = understood(out)
    assert not heard.ended
    assert heard.error is not None
    assert heard.error["type"] == "api_error"
    assert heard.error["details"] == {"error_code": "upstream_cut"}


async def test_a_stream_that_comes_in_one_chunk_ends_well() -> None:
    """As the cache replays it, usage event and end included."""
    stream = [
        chunk({"content": "a"}),
        chunk({"content": "b"}, "stop"),
        event({"choices": [], "usage": USAGE}),
    ]
    answer = await post(Scripted(chunks=[b"".join(stream) + DONE]), "/v1/messages", {**BODY, "stream": True})
    heard = understood(answer.content)
    assert heard.blocks == [{"type": "text", "text": "ab"}]
    assert (heard.usage["input_tokens"], heard.usage["output_tokens"]) == (9, 4)
    assert answer.headers["content-type"].startswith("text/event-stream")


async def test_a_stream_without_a_finish_ends_with_an_error() -> None:
    upstream = Scripted(chunks=[chunk({"content": "half"}) + DONE])
    answer = await post(upstream, "/v1/messages", {**BODY, "stream": True})
    heard = understood(answer.content)
    assert heard.error is not None
    assert not heard.ended


async def test_an_event_that_is_none_ends_with_an_error() -> None:
    upstream = Scripted(chunks=[chunk({"content": "a"}), b'data: {"choices": 7}\n\n'])
    heard = understood((await post(upstream, "/v1/messages", {**BODY, "stream": True})).content)
    assert heard.blocks[0]["text"] == "a"
    assert heard.error is not None
    assert heard.error["details"]["error_code"] == "upstream_malformed"


def heard_of(*told: bytes, **request: Any) -> Any:
    writer = MessageEvents(a_call(MESSAGES, **request))
    return understood(written(writer, b"".join(told)) + writer.end(finished()))


def test_signed_thinking_follows_its_pieces() -> None:
    thought = {"type": "thinking", "thinking": "hm so", "signature": "s"}
    heard = heard_of(
        chunk({"reasoning_content": "hm "}), chunk({"reasoning_content": "so"}),
        chunk({"thinking_blocks": [thought]}), chunk({"content": "Yes."}, "stop"),
    )  # fmt: skip
    assert heard.blocks == [thought, {"type": "text", "text": "Yes."}]


def test_thinking_may_come_beside_its_pieces_or_alone_or_unsigned() -> None:
    piece = {"type": "thinking", "thinking": "hm", "signature": ""}
    beside = chunk({"reasoning_content": "hm", "thinking_blocks": [piece]})
    signed = chunk({"thinking_blocks": [{"type": "thinking", "thinking": "", "signature": "s"}]})
    expected = [{"type": "thinking", "thinking": "hm", "signature": "s"}]
    assert heard_of(beside, signed).blocks == expected
    assert heard_of(chunk({"thinking_blocks": [piece]}), signed).blocks == expected
    repeated = heard_of(chunk({"reasoning_content": "hm"}), chunk({"thinking_blocks": [piece]}))
    assert repeated.blocks == [piece]


def test_hidden_thinking_and_blocks_of_anthropics_own_pass_whole() -> None:
    hidden = {"type": "redacted_thinking", "data": "x"}
    search = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "q"}}
    cited = {"type": "char_location", "cited_text": "c"}
    heard = heard_of(
        chunk({"thinking_blocks": [hidden]}), chunk({"content_blocks": [search]}), chunk({"content": "So"}),
        chunk({"citations": [cited]}), chunk({"content": " it is."}, "stop"),
    )  # fmt: skip
    text = {"type": "text", "text": "So it is.", "citations": [cited]}
    assert [{k: v for k, v in block.items() if k != "pieces"} for block in heard.blocks] == [
        hidden,
        search,
        text,
    ]


def test_calls_that_share_an_index_are_told_apart_by_their_ids() -> None:
    one, two = (
        {"index": 0, "id": name, "function": {"name": "t", "arguments": '{"a": 1}'}} for name in ("a", "b")
    )
    heard = heard_of(chunk({"tool_calls": [one]}), chunk({"tool_calls": [two]}, "tool_calls"))
    assert [(block["id"], block["input"]) for block in heard.blocks] == [("a", {"a": 1}), ("b", {"a": 1})]


def test_a_call_that_is_named_late_or_never_has_an_id_all_the_same() -> None:
    heard = heard_of(
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"a"'}}]}),
        chunk({"tool_calls": [{"index": 0, "function": {"name": "t", "arguments": ":1}"}}]}),
        chunk({"tool_calls": [{"index": 1, "function": {"arguments": "{}"}}]}, "tool_calls"),
    )
    assert [(b["id"], b["name"], b["input"]) for b in heard.blocks] == [
        ("toolu_req-1_0", "t", {"a": 1}), ("toolu_req-1_1", "", {}),
    ]  # fmt: skip


def test_a_call_that_goes_on_behind_its_end_is_malformed() -> None:
    called = {"index": 0, "id": "a", "function": {"name": "t", "arguments": "{}"}}
    writer = MessageEvents(a_call(MESSAGES))
    writer.take(chunk({"tool_calls": [called]}) + chunk({"content": "x"}))
    assert writer.take(chunk({"tool_calls": [{"index": 0, "function": {"arguments": " "}}]})) == b""
    with pytest.raises(UpstreamFailed):
        writer.take(chunk({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}))


def test_only_the_first_choice_is_told() -> None:
    assert heard_of(chunk({"content": "b"}, index=1), chunk({"content": "a"}, "stop")).blocks == [
        {"type": "text", "text": "a"}
    ]


def test_the_stop_sequence_is_named_where_the_upstream_names_it() -> None:
    heard = heard_of(chunk({"content": "a"}, "stop", stop_reason="END"), stop=["END"])
    assert heard.stop == {"stop_reason": "stop_sequence", "stop_sequence": "END"}
    assert heard_of(chunk({}, "stop", stop_reason="END")).stop["stop_sequence"] is None
