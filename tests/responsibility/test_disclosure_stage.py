"""Every answer is marked for programs, and the first of a session for people, whole and streamed."""

import json

import pytest
from served import ASK, Served

from colonnade.performance.answers import Answers
from colonnade.performance.cache import ExactCache
from colonnade.responsibility.disclosure import Disclose
from colonnade.responsibility.notice import Notice, with_notice
from colonnade.responsibility.sessions import ToldSessions

SENTENCE = "An AI answers you; it can be wrong."
ROUTE = {"disclosure": {"text": SENTENCE}}
TALK = [*ASK, {"role": "assistant", "content": "At nine."}, {"role": "user", "content": "And on Sunday?"}]


def disclosing(route=ROUTE, stage=None, **simulation):
    return Served(stage or Disclose(), route=route, **simulation)


@pytest.mark.parametrize("stream", [False, True])
async def test_the_first_answer_begins_with_the_sentence_and_has_the_mark(stream):
    plain, gateway = Served(), disclosing()
    said, heard = (await plain.ask(stream=stream)).text, await gateway.ask(stream=stream)
    assert heard.text == f"{SENTENCE}\n\n{said}"
    assert heard.headers["x-ai-generated"] == "true"
    assert gateway.call.disclosed
    assert gateway.reply.text == heard.text


async def test_a_stream_keeps_its_shape_with_one_event_more():
    plain, gateway = Served(), disclosing()
    before = (await plain.ask(stream=True, stream_options={"include_usage": True})).events
    heard = await gateway.ask(stream=True, stream_options={"include_usage": True})
    assert heard.done
    assert len(heard.events) == len(before) + 1
    [added] = [event for event in heard.events if SENTENCE in json.dumps(event)]
    assert added["choices"][0]["delta"] == {"content": SENTENCE + "\n\n"}
    assert added["choices"][0]["finish_reason"] is None
    assert {name: added[name] for name in ("object", "model")} == {
        "object": "chat.completion.chunk",
        "model": "simulated-small",
    }
    assert heard.events[-1]["usage"]["completion_tokens"] == 24


async def test_usage_is_not_changed_by_the_sentence():
    plain, gateway = Served(), disclosing()
    assert (await plain.ask()).json["usage"] == (await gateway.ask()).json["usage"]


async def test_later_answers_of_a_conversation_carry_the_mark_alone():
    gateway = disclosing()
    heard = await gateway.ask(TALK)
    assert SENTENCE not in heard.text
    assert heard.headers["x-ai-generated"] == "true"


@pytest.mark.parametrize("session", [{"user": "ann"}, {"metadata": {"session_id": "s-1"}}])
async def test_a_named_session_is_told_once_although_its_upstream_drops_the_name(session):
    gateway = disclosing()
    told = [SENTENCE in (await gateway.ask(**session)).text for _ in range(3)]
    assert told == [True, False, False]


async def test_sessions_of_other_keys_and_names_are_others():
    gateway = disclosing()
    assert SENTENCE in (await gateway.ask(user="ann")).text
    assert SENTENCE in (await gateway.ask(user="bob")).text
    gateway.known_as("key-2")
    assert SENTENCE in (await gateway.ask(user="ann")).text


async def test_nameless_conversations_are_told_each_time_they_begin():
    gateway = disclosing()
    assert [SENTENCE in (await gateway.ask()).text for _ in range(2)] == [True, True]


async def test_a_session_whose_first_answer_broke_off_is_told_again():
    told = ToldSessions()
    broken = disclosing(stage=Disclose(told), fault="cut")
    assert not (await broken.ask(user="ann", stream=True)).done
    assert SENTENCE in (await disclosing(stage=Disclose(told)).ask(user="ann")).text


async def test_the_oldest_session_is_forgotten_first():
    gateway = disclosing(stage=Disclose(ToldSessions(limit=2)))
    for user in ("ann", "bob", "cem"):
        await gateway.ask(user=user)
    assert SENTENCE not in (await gateway.ask(user="cem")).text
    assert SENTENCE in (await gateway.ask(user="ann")).text


@pytest.mark.parametrize("form", [{"type": "json_object"}, {"type": "json_schema", "json_schema": {}}])
async def test_an_answer_that_a_program_reads_is_left_as_it_is(form):
    gateway = disclosing()
    heard = await gateway.ask(response_format=form)
    assert heard.headers["x-ai-generated"] == "true"
    assert gateway.call.disclosed
    assert heard.text
    assert SENTENCE not in heard.text


class Formless:
    """Stands for an attempt at an upstream that cannot write in a form, and is asked without it."""

    name = "formless"

    async def __call__(self, call, forward):
        del call.request["response_format"]
        reply = await forward(call)
        call.dropped_fields = ("response_format",)
        return reply


async def test_where_the_form_was_dropped_the_answer_is_prose_and_begins_with_the_sentence():
    gateway = Served(Disclose(), Formless(), route=ROUTE)
    heard = await gateway.ask(response_format={"type": "json_object"})
    assert SENTENCE in heard.text


async def test_the_simulator_writes_in_a_form():
    heard = await disclosing().ask(response_format={"type": "json_object"})
    assert "x-colonnade-dropped-fields" not in heard.headers
    assert isinstance(json.loads(heard.text), dict)


async def test_tool_calls_are_left_as_they_are():
    gateway = disclosing()
    tools = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}]
    plain = await Served().ask(tools=tools, tool_choice="required")
    heard = await gateway.ask(tools=tools, tool_choice="required")
    assert heard.json["choices"][0] == plain.json["choices"][0]
    assert heard.json["choices"][0]["message"]["tool_calls"]


async def test_the_mark_can_be_switched_off_and_then_nothing_was_disclosed():
    gateway = disclosing(route={"disclosure": {"header": False}})
    heard = await gateway.ask()
    assert "x-ai-generated" not in heard.headers
    assert not gateway.call.disclosed


async def test_the_sentence_alone_discloses():
    gateway = disclosing(route={"disclosure": {"header": False, "text": SENTENCE}})
    assert SENTENCE in (await gateway.ask(stream=True)).text
    assert gateway.call.disclosed


async def test_without_the_stage_nothing_is_disclosed():
    gateway = Served(route=ROUTE)
    heard = await gateway.ask()
    assert "x-ai-generated" not in heard.headers
    assert SENTENCE not in heard.text
    assert not gateway.call.disclosed


async def test_an_error_is_no_answer_of_an_ai():
    heard = await disclosing(fault="http_500").ask()
    assert heard.status == 502
    assert "x-ai-generated" not in heard.headers


async def test_a_cached_answer_is_stored_without_the_sentence_and_served_with_it():
    cache = ExactCache(Answers(lambda: 0.0), lambda: "p")
    gateway = Served(Disclose(), cache, route={**ROUTE, "cache": "exact"})
    for stream in (False, True):
        first, second = [
            await gateway.ask(user="ann", temperature=0, stream=stream, seed=int(stream)) for _ in "12"
        ]
        assert second.headers["x-colonnade-cache"] == "hit"
        assert first.text.count(SENTENCE) == (0 if stream else 1)
        assert SENTENCE not in second.text
        other = await gateway.ask(user=f"bob-{stream}", temperature=0, stream=stream, seed=int(stream))
        assert (other.headers["x-colonnade-cache"], other.text.count(SENTENCE)) == ("hit", 1)


def event(index, text):
    return (
        b"data: "
        + json.dumps({"id": "1", "choices": [{"index": index, "delta": {"content": text}}]}).encode()
    )


async def told(pieces, choices=1):
    async def stream():
        for piece in pieces:
            yield piece

    notice = Notice(SENTENCE, choices)
    return b"".join([chunk async for chunk in with_notice(stream(), notice)]), notice


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n"])
async def test_chunks_may_end_anywhere(size, end):
    raw = end.join([b": ping", event(0, ""), event(0, "Nine"), event(0, " o'clock"), b"data: [DONE]", b""])
    out, notice = await told([raw[at : at + size] for at in range(0, len(raw), size)])
    assert notice.given
    events = [line for line in out.replace(b"\r\n", b"\n").split(b"\n\n") if line]
    assert [b": ping", event(0, "")] == events[:2]
    assert SENTENCE in events[2].decode()
    assert events[3:] == [event(0, "Nine"), event(0, " o'clock"), b"data: [DONE]"]


async def test_every_choice_is_told_once():
    raw = [event(1, "a") + b"\n\n", event(0, "b") + b"\n\n", event(1, "c") + b"\n\n"]
    out, notice = await told(raw, choices=2)
    assert out.decode().count(SENTENCE) == 2
    assert notice.complete


@pytest.mark.parametrize(
    "raw",
    [b'data: {"content"\n\n', b'data: ["content"]\n\n', b'data: {"choices": "content"}\n\n', b"data: {", b""],
)
async def test_what_is_no_event_of_an_answer_passes_unchanged(raw):
    out, notice = await told([raw])
    assert (out, notice.given) == (raw, False)


async def test_an_event_without_an_end_is_not_collected_for_ever():
    pieces = [b"data: " + b"x" * 700_000] * 3
    out, _ = await told(pieces)
    assert out == b"".join(pieces)
