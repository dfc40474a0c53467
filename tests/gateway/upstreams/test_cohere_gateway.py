"""A caller of OpenAI's dialect and a provider of Cohere's wire: chat, tools, citations, embeddings, ranking, faults."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from faced import HELLO, PIXEL, TOOLS, Faced, Seen, faced, joined, look

from colonnade.gateway.upstream.cohere.upstream import cohere
from colonnade.workload.sections.serving import Fault


@pytest.fixture(scope="module")
def world() -> Iterator[Faced]:
    with faced(cohere, "/cohere/v2", "cohere") as made:
        yield made


@pytest.fixture(autouse=True)
def well(world: Faced) -> None:
    world.meet(None)


def test_text_whole_and_streamed(world: Faced) -> None:
    whole = world.chat(max_tokens=100)
    usage = world.witness.reply.usage
    assert len(whole["choices"][0]["message"]["content"].split()) == 12
    assert whole["choices"][0]["finish_reason"] == "stop"
    assert whole["model"] == "simulated-1"
    assert (usage.reported, usage.output) == (True, 12)
    events = world.events(max_tokens=100)
    assert events[-1] == "[DONE]"
    assert len(joined(events).split()) == 12
    assert world.witness.reply.usage.output == 12
    assert world.witness.reply.complete


def test_tools_make_a_round_trip(world: Faced) -> None:
    whole = world.chat(tools=TOOLS, tool_choice="required")
    message = whole["choices"][0]["message"]
    call = message["tool_calls"][0]
    assert whole["choices"][0]["finish_reason"] == "tool_calls"
    assert message["content"] is None
    assert message["tool_plan"]
    assert json.loads(call["function"]["arguments"]) == {"word": "simulated word"}
    result = {"role": "tool", "tool_call_id": call["id"], "content": "A tall thing."}
    after = world.chat(messages=[*HELLO, message, result], tools=TOOLS)
    assert len(after["choices"][0]["message"]["content"].split()) == 12


def test_a_streamed_tool_call_is_pieced_together(world: Faced) -> None:
    events = world.events(tools=TOOLS, tool_choice={"type": "function", "function": {"name": "lookup"}})
    pieces = [
        choice["delta"]["tool_calls"][0]
        for event in events[:-1]
        for choice in event["choices"]
        if "tool_calls" in choice["delta"]
    ]
    assert pieces[0]["function"]["name"] == "lookup"
    arguments = "".join(piece["function"]["arguments"] for piece in pieces)
    assert json.loads(arguments) == {"word": "simulated word"}
    assert joined(events, "tool_plan") == "I will call lookup."


def test_documents_are_given_and_citations_kept(world: Faced) -> None:
    documents = [{"id": "doc:0", "data": {"text": "Columns carry."}}]
    whole = world.chat(documents=documents)["choices"][0]["message"]
    events = world.events(documents=documents)
    streamed = [
        citation
        for event in events[:-1]
        for choice in event["choices"]
        for citation in choice["delta"].get("citations", ())
    ]
    assert whole["citations"][0]["sources"][0]["id"] == "doc:0"
    assert streamed == [{**whole["citations"][0], "text": streamed[0]["text"], "end": streamed[0]["end"]}]


def test_pictures_are_taken(world: Faced) -> None:
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    message = {"role": "user", "content": [{"type": "text", "text": "What is this?"}, picture]}
    assert world.chat(messages=[message])["choices"][0]["message"]["content"]


@pytest.mark.parametrize("form", ["float", "base64"])
def test_embeddings(world: Faced, form: str) -> None:
    answer = world.client.embeddings.create(
        model="vectors", input=["one", "two"], dimensions=64, encoding_format=form
    )
    assert [each.index for each in answer.data] == [0, 1]
    first = answer.data[0].embedding
    assert (len(first) == 64) if form == "float" else isinstance(first, str)
    assert world.witness.reply.usage.reported
    assert answer.usage.prompt_tokens == 2


def test_embeddings_of_tokens_are_refused(world: Faced) -> None:
    answer = world.post("/v1/embeddings", model="vectors", input=[1, 2, 3])
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "input")


def good(words: int = 12, finish: str = "stop") -> Seen:
    return Seen(words, finish)


def refused(status: int, code: str) -> Seen:
    return Seen(status=status, code=code)


def broken(code: str) -> Seen:
    return Seen(code=code)


LATE = refused(504, "deadline_exceeded")
ROWS: dict[Fault, tuple[Seen, Seen]] = {
    # fault: (whole, streamed)
    "refuse": (refused(502, "upstream_cut"),) * 2,
    "http_429": (refused(429, "upstream_rate_limit"),) * 2,
    "http_429_bare": (refused(429, "upstream_rate_limit"),) * 2,
    "quota": (refused(429, "upstream_rate_limit"),) * 2,
    "http_500": (refused(502, "upstream_500"),) * 2,
    "http_502": (refused(502, "upstream_502"),) * 2,
    "http_503": (refused(502, "upstream_503"),) * 2,
    "http_529": (refused(502, "upstream_529"),) * 2,
    "context_length": (refused(400, "context_length_exceeded"),) * 2,
    "slow_first_byte": (LATE, refused(504, "first_byte_timeout")),
    "grey": (good(), good()),
    "stall": (LATE, broken("upstream_stalled")),
    "drip": (LATE, refused(504, "first_byte_timeout")),
    "cut": (refused(502, "upstream_cut"), broken("upstream_cut")),
    "duplicate_chunk": (good(), good(13)),
    "out_of_order": (good(), good()),
    "missing_done": (good(), broken("upstream_cut")),
    "malformed_chunk": (refused(502, "upstream_malformed"), broken("upstream_malformed")),
    "empty": (refused(502, "upstream_empty"),) * 2,
    "length": (good(6, "length"), good(6, "length")),
    "content_filter": (refused(502, "upstream_500"), broken("upstream_500")),
    "refusal": (refused(502, "upstream_empty"),) * 2,
    "bad_tool_arguments": (good(0, "tool_calls"), good(0, "tool_calls")),
    "usage_missing": (good(), good()),
    "usage_wrong": (good(), good()),
    "wrong_model": (good(), good()),
    "nonsense": (good(), good()),
}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("fault", ROWS)
def test_what_the_client_sees(fault: Fault, stream: bool, world: Faced) -> None:
    world.meet(fault)
    expected = ROWS[fault][stream]
    more = {"tools": TOOLS} if fault == "bad_tool_arguments" else {}
    assert look(world.client, stream=stream, **more) == expected
    reply, raised = world.witness.reply, world.witness.raised
    if expected.status is not None:
        assert reply is None
        assert getattr(raised, "code", None) == expected.code
    else:
        assert reply.complete is (expected.code is None)
        assert reply.error == (expected.code or "")
    if fault in {"usage_missing", "usage_wrong"}:
        assert not reply.usage.reported
        assert reply.usage.output > 0
    if fault == "http_429":
        assert getattr(raised, "retry_after_s", None) == 2.0
