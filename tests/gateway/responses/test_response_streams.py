"""However the inner stream is cut, a streamed response is the whole one; and one that broke off is never completed."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from response_world import Scripted, world

from colonnade.errors import CallerLeft, CallError, Unavailable, UpstreamFailed
from colonnade.gateway import events as framing
from colonnade.gateway.call import Call, Reply, Usage
from colonnade.gateway.responses.dialect import RESPONSES
from colonnade.gateway.streams import Passage
from colonnade.workload.sections.serving import Route

ASKED = {"model": "assistant", "input": "Go."}
words = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)
calls = st.builds(
    lambda number, name, arguments: {"id": f"call_{number}", "name": name, "arguments": arguments},
    st.integers(0, 10**6),
    st.sampled_from(["weather", "time"]),
    words,
)
messages = st.fixed_dictionaries(
    {
        "reasoning_content": st.none() | words,
        "content": st.none() | words,
        "refusal": st.none() | words,
        "calls": st.lists(calls, max_size=3, unique_by=lambda call: call["id"]),
    }
).filter(lambda message: any(message.values()))
"""Something is said: an answer that was finished and says nothing is none."""


def call_for(request: dict[str, Any] = ASKED) -> Call:
    call = Call(
        id="req-1", endpoint="chat", received_at=0.0, started=0.0, authorization=None, headers={}, body=b"",
        stream=True, route=Route(model="text"), attempts=1, dialect=RESPONSES,
    )  # fmt: skip
    call.request = RESPONSES.read(call, request)
    return call


def cut(text: str, places: list[int]) -> list[str]:
    bounds = [0, *sorted({place % (len(text) + 1) for place in places}), len(text)]
    return [text[begin:end] for begin, end in pairwise(bounds)]


def deltas(message: dict[str, Any], places: list[int]) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    for name in ("reasoning_content", "content", "refusal"):
        said += [{name: piece} for piece in cut(message[name] or "", places)]
    for index, called in enumerate(message["calls"]):
        begun = {"index": index, "id": called["id"], "function": {"name": called["name"], "arguments": ""}}
        said.append({"tool_calls": [begun]})
        for piece in cut(called["arguments"], places):
            said.append({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    return said


def inner_events(said: list[dict[str, Any]], finish: str = "stop") -> bytes:
    chunks = [
        {"model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in said
    ]
    chunks.append({"model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    chunks.append(
        {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 200, "total_tokens": 203}}
    )
    return b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks) + framing.DONE


def whole(message: dict[str, Any], asked: Call, finish: str = "stop") -> dict[str, Any]:
    tools = [
        {"id": called["id"], "type": "function", "function": {k: called[k] for k in ("name", "arguments")}}
        for called in message["calls"]
    ]
    said = {name: message[name] for name in ("reasoning_content", "content", "refusal")}
    document = {"model": "m", "choices": [{"index": 0, "message": {**said, "tool_calls": tools or None}}]}
    usage = Usage(fresh_input=3, output=200)
    reply = Reply(
        body=json.dumps(document).encode(), finish=finish, complete=True, understood=True, usage=usage
    )
    return json.loads(RESPONSES.write(asked, reply))


async def streamed(
    parts: list[bytes], asked: Call, *, failing: CallError | None = None, closing: Any = None
) -> list[dict[str, Any]]:
    async def chunks():
        for part in parts:
            yield part
        if failing is not None:
            raise failing

    sent: list[bytes] = []

    async def send(message: Any) -> None:
        sent.append(message["body"])

    reply = Reply()
    if closing is not None:
        reply.on_close(closing)
    await Passage(asked, reply, send).run(chunks())
    blocks = [block for block in b"".join(sent).split(b"\n\n") if block and not block.startswith(b":")]
    events = [json.loads(block.partition(b"\ndata: ")[2]) for block in blocks]
    assert [block.partition(b"\n")[0].decode() for block in blocks] == [
        f"event: {each['type']}" for each in events
    ]
    numbers = [event["sequence_number"] for event in events]
    assert numbers == sorted(set(numbers))
    return events


def again(asked: Call) -> Call:
    """The same request, answered under the same id."""
    twin = call_for()
    twin.spoken.response = asked.spoken.response
    return twin


def timeless(response: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in response.items() if name != "completed_at"}


@given(
    message=messages,
    places=st.lists(st.integers(0, 400), max_size=4),
    cuts=st.lists(st.integers(0, 5000), max_size=6),
)
async def test_what_is_streamed_is_what_is_answered_whole(message, places, cuts) -> None:
    asked = call_for()
    stream = inner_events(deltas(message, places))
    bounds = [0, *sorted({place % len(stream) for place in cuts}), len(stream)]
    parts = [stream[begin:end] for begin, end in pairwise(bounds)]
    events = await streamed(parts, asked)
    final = events[-1]["response"]
    assert events[-1]["type"] == "response.completed"
    assert timeless(final) == timeless(whole(message, again(asked)))
    done = [event for event in events if event["type"] == "response.output_item.done"]
    assert [event["item"] for event in done] == final["output"]
    check_deltas(events, final["output"])


def check_deltas(events: list[dict[str, Any]], output: list[dict[str, Any]]) -> None:
    """Joined, the differences of each item are what the item says."""
    for place, item in enumerate(output):
        told = "".join(
            event["delta"] for event in events if event.get("output_index") == place and "delta" in event
        )
        if item["type"] == "message":
            assert told == "".join(part.get("text", part.get("refusal")) for part in item["content"])
        elif item["type"] == "reasoning":
            assert told == item["summary"][0]["text"]
        else:
            assert told == item["arguments"]


@given(message=messages, places=st.lists(st.integers(0, 400), max_size=4), end=st.integers(1, 10**6))
async def test_half_an_answer_is_never_completed(message, places, end) -> None:
    stream = inner_events(deltas(message, places))
    # The mark of the end may be cut off: what lacks it is half an answer.
    half = stream[: end % (len(stream) - len(framing.DONE))]
    asked = call_for()
    events = await streamed([half], asked)
    assert events[-1]["type"] == "response.failed"
    assert events[-1]["response"]["status"] == "failed"
    assert events[-1]["response"]["error"]["code"] in {"upstream_cut", "upstream_malformed"}
    assert not any(event["type"] in {"response.completed", "response.incomplete"} for event in events)


async def test_pieces_of_several_tool_calls_may_come_in_turns() -> None:
    def piece(index: int, arguments: str, **more: Any) -> dict[str, Any]:
        return {
            "tool_calls": [
                {"index": index, "function": {"arguments": arguments, **more}, "id": f"call_{index}"}
            ]
        }

    said = [
        piece(0, "a", name="one"),
        piece(1, "x", name="two"),
        piece(0, "b"),
        {"content": "So."},
        piece(1, "y"),
    ]
    events = await streamed([inner_events(said, "tool_calls")], call_for())
    output = events[-1]["response"]["output"]
    assert [(item["type"], item.get("name"), item.get("arguments")) for item in output] == [
        ("function_call", "one", "ab"),
        ("function_call", "two", "xy"),
        ("message", None, None),
    ]
    assert [item["call_id"] for item in output[:2]] == ["call_0", "call_1"]
    check_deltas(events, output)


async def test_calls_that_all_claim_to_be_the_first_are_told_apart_by_their_ids() -> None:
    said = [
        {"tool_calls": [{"index": 0, "id": name, "function": {"name": name, "arguments": "{}"}}]}
        for name in ("one", "two")
    ]
    events = await streamed([inner_events(said, "tool_calls")], call_for())
    assert [item["name"] for item in events[-1]["response"]["output"]] == ["one", "two"]


async def test_a_name_that_comes_late_is_waited_for() -> None:
    said = [
        {"tool_calls": [{"index": 0, "id": "c", "function": {"arguments": "{"}}]},
        {"tool_calls": [{"index": 0, "function": {"name": "late", "arguments": "}"}}]},
    ]
    events = await streamed([inner_events(said, "tool_calls")], call_for())
    added = next(event for event in events if event["type"] == "response.output_item.added")
    assert added["item"]["name"] == "late"
    assert events[-1]["response"]["output"][0]["arguments"] == "{}"


async def test_an_answer_that_was_cut_before_its_first_word_is_an_empty_message() -> None:
    said = [{"role": "assistant", "content": ""}]
    events = await streamed([inner_events(said, "length")], call_for())
    assert [item["content"][0]["text"] for item in events[-1]["response"]["output"]] == [""]


async def test_a_call_that_cannot_be_closed_is_failed_after_all_was_said() -> None:
    async def refuse(reply: Reply) -> None:
        raise Unavailable("The journal cannot be written.", code="journal_unavailable")

    events = await streamed([inner_events([{"content": "All."}])], call_for(), closing=refuse)
    assert events[-1]["type"] == "response.failed"
    assert events[-1]["response"]["error"]["code"] == "journal_unavailable"


async def test_events_that_are_no_answer_fail_the_response() -> None:
    odd = b'data: {"choices":[{"index":0,"delta":{"reasoning_content":5}}]}\n\n'
    events = await streamed([odd, inner_events([{"content": "All."}])], call_for())
    assert (events[-1]["type"], events[-1]["response"]["error"]["code"]) == (
        "response.failed",
        "upstream_malformed",
    )


CUT = UpstreamFailed("The upstream broke off.", code="upstream_cut")


def test_a_broken_stream_fails_and_can_be_fetched_as_failed(tmp_path) -> None:
    said = Scripted(deltas=[{"content": "Half an"}], failing=CUT)
    with world(tmp_path / ".colonnade", said) as near:
        events = list(near.ann.responses.create(**ASKED, stream=True))
        last = events[-1]
        fetched = near.ann.responses.retrieve(last.response.id)
        with pytest.raises(openai.BadRequestError) as refused:
            near.ann.responses.create(**ASKED, previous_response_id=last.response.id)
    assert [event.type for event in events].count("response.completed") == 0
    assert (last.type, last.response.error.code) == ("response.failed", "upstream_cut")
    assert (fetched.status, fetched.error.code, fetched.output_text) == ("failed", "upstream_cut", "Half an")
    assert fetched.output[0].status == "incomplete"
    assert refused.value.code == "previous_response_unfinished"


async def test_a_caller_who_leaves_finds_the_response_cancelled() -> None:
    asked = call_for()
    left = CallerLeft("The caller left.", code="client_gone")
    await streamed([inner_events([{"content": "Half"}])[:60]], asked, failing=left)
    assert asked.spoken.stream is not None
    reply = Reply(error="client_gone")
    assert RESPONSES.events(asked, reply) is not None
    assert asked.spoken.stream.conclude().status == "cancelled"
