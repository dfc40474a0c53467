"""Tools for models that have none: every edge with a model that writes what it is told, and once with a real one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from embedding import TINY, tiny_model, until
from hypothesis import given
from hypothesis import strategies as st
from serving import Kept, bound, gateway_of

from colonnade.errors import InvalidRequest, UpstreamFailed
from colonnade.gateway.application import Gateway
from colonnade.gateway.emulation.heard import heard
from colonnade.gateway.emulation.history import told_in_words
from colonnade.gateway.emulation.offer import Offer
from colonnade.gateway.upstream.embedded.runtime import Runtime
from colonnade.gateway.upstream.embedded.text import EmbeddedText
from colonnade.gateway.upstream.inner import ChunkWriter, completion
from colonnade.gateway.upstream.interface import Answer, Ask
from colonnade.workload.sections.serving import Route

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {
    "type": "function",
    "function": {"name": "weather", "description": "The weather", "parameters": CITY},
}
MAIL = {"type": "function", "function": {"name": "mail"}}
ASK = [{"role": "user", "content": "What is the weather in Paris?"}]
CALL = '{"tool": "weather", "arguments": {"city": "Paris"}}'
USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}


@dataclass
class Scribe:
    """A model that writes what it is told to, whole or word by word, and remembers what it was asked."""

    written: str
    finish: str = "stop"
    pause_s: float = 0.0
    cut: bool = False
    name: str = "scribe"
    asked: list[dict[str, Any]] = field(default_factory=list)
    closed: int = 0

    async def ask(self, ask: Ask) -> Answer:
        self.asked.append(json.loads(ask.body))
        if ask.stream:
            return Answer(200, chunks=self._stream())
        message = {"role": "assistant", "content": self.written}
        return Answer(200, body=completion("c-1", "scribe-1", message, self.finish, USAGE))

    async def _stream(self) -> AsyncIterator[bytes]:
        writer = ChunkWriter()
        writer.named("c-1", "scribe-1")
        try:
            for piece in self.written.split(" "):
                await asyncio.sleep(self.pause_s)
                yield writer.text(f"{piece} ")
            if not self.cut:
                yield writer.end(self.finish, USAGE)
        finally:
            self.closed += 1

    async def ready(self) -> str | None:
        return None

    async def close(self) -> None:
        return None


def app_of(upstream: Any, kept: Kept, model: str = "scribe-1", **route: Any) -> Gateway:
    fields = {"unsupported_fields": "emulate", **route}
    return gateway_of(
        {"answer": Route(model="m", **fields)},
        {"m": bound(upstream.name, "chat", model)},
        {upstream.name: upstream},
        {upstream.name: "embedded"},
        kept,
    )


def client_of(app: Gateway) -> openai.AsyncOpenAI:
    transport = httpx.ASGITransport(app=app)
    return openai.AsyncOpenAI(
        base_url="http://g/v1", api_key="unused", max_retries=0,
        http_client=httpx.AsyncClient(transport=transport, base_url="http://g"),
    )  # fmt: skip


async def answer(
    scribe: Scribe, kept: Kept | None = None, route: dict[str, Any] | None = None, **fields: Any
) -> Any:
    client = client_of(app_of(scribe, kept or Kept(), **(route or {})))
    body = {"model": "answer", "messages": ASK, "tools": [WEATHER, MAIL], **fields}
    return await client.chat.completions.with_raw_response.create(**body)


async def test_a_call_is_told_as_a_call() -> None:
    scribe, kept = Scribe(CALL), Kept()
    raw = await answer(scribe, kept)
    choice = raw.parse().choices[0]
    assert raw.headers["x-colonnade-emulated"] == "tools"
    assert "x-colonnade-dropped-fields" not in raw.headers
    assert (choice.finish_reason, choice.message.content) == ("tool_calls", None)
    (call,) = choice.message.tool_calls
    assert (call.type, call.function.name, json.loads(call.function.arguments)) == (
        "function", "weather", {"city": "Paris"},
    )  # fmt: skip
    assert (kept.last.finish, kept.last.output, kept.last.answered_by) == ("tool_calls", 4, "scribe-1")
    assert any("emulates tools" in decision.what for decision in kept.last.decisions)


async def test_the_model_is_asked_without_tools_and_with_a_schema() -> None:
    scribe = Scribe(CALL)
    await answer(scribe, parallel_tool_calls=False)
    (asked,) = scribe.asked
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & set(asked)
    weather, mail, words = asked["response_format"]["json_schema"]["schema"]["anyOf"]
    assert weather["properties"] == {"tool": {"const": "weather"}, "arguments": CITY}
    assert mail["properties"]["tool"] == {"const": "mail"}
    assert words["properties"] == {"tool": {"const": "none"}, "text": {"type": "string"}}
    assert "weather: The weather" in asked["messages"][0]["content"]
    assert asked["messages"][1:] == ASK


async def test_words_are_told_as_words() -> None:
    raw = await answer(Scribe('{"tool": "none", "text": "Sunny, I \\"think\\"."}'))
    choice = raw.parse().choices[0]
    assert (choice.finish_reason, choice.message.content, choice.message.tool_calls) == (
        "stop", 'Sunny, I "think".', None,
    )  # fmt: skip


async def test_a_stream_is_held_and_then_told() -> None:
    scribe, kept = Scribe(CALL), Kept()
    client = client_of(app_of(scribe, kept))
    stream = await client.chat.completions.create(
        model="answer", messages=ASK, tools=[WEATHER], stream=True, stream_options={"include_usage": True}
    )
    events = [event async for event in stream]
    assert events[0].choices[0].delta.role == "assistant"
    (call,) = events[1].choices[0].delta.tool_calls
    assert (call.index, call.function.name, call.function.arguments) == (0, "weather", '{"city":"Paris"}')
    assert events[2].choices[0].finish_reason == "tool_calls"
    assert events[-1].usage.total_tokens == 13
    assert (kept.last.outcome, kept.last.finish, kept.last.output) == ("answered", "tool_calls", 4)
    assert scribe.asked[0]["stream"] is True


async def test_a_held_stream_shows_life() -> None:
    scribe = Scribe('{"tool": "none", "text": "one two three four five six"}', pause_s=0.2)
    app = app_of(scribe, Kept(), idle_s=0.9)
    body = {"model": "answer", "messages": ASK, "tools": [WEATHER], "stream": True}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://g") as client:
        told = await client.post("/v1/chat/completions", json=body)
    assert b": alive\n\n" in told.content
    assert told.content.endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize(
    ("scribe", "code"),
    [
        (Scribe("no json"), "upstream_malformed"),
        (Scribe('{"tool": "unknown", "arguments": {}}'), "upstream_malformed"),
        (Scribe("[]"), "upstream_malformed"),
        (Scribe(CALL, cut=True), "upstream_cut"),
    ],
)
async def test_what_is_no_answer_is_an_error(scribe: Scribe, code: str) -> None:
    kept = Kept()
    client = client_of(app_of(scribe, kept))
    with pytest.raises(openai.APIError) as caught:
        async for _ in await client.chat.completions.create(
            model="answer", messages=ASK, tools=[WEATHER], stream=True
        ):
            pass
    assert caught.value.code == code
    assert (kept.last.outcome, kept.last.error_code, scribe.closed) == ("failed", code, 1)
    if not scribe.cut:
        with pytest.raises(openai.InternalServerError) as refused:
            await answer(scribe)
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("choice", "schema_names", "words"),
    [
        ("required", ["weather", "mail"], False),
        ("auto", ["weather", "mail"], True),
        ({"type": "function", "function": {"name": "mail"}}, ["mail"], False),
    ],
)
def test_the_choice_of_tools_bounds_the_answer(choice: Any, schema_names: list[str], words: bool) -> None:
    offer = Offer.of({"tools": [WEATHER, MAIL], "tool_choice": choice})
    schema = offer.request({"messages": ASK})["response_format"]["json_schema"]["schema"]
    ways = schema.get("anyOf", [schema])
    assert [
        way["properties"]["tool"]["const"] for way in ways if "arguments" in way["properties"]
    ] == schema_names
    assert any("text" in way["properties"] for way in ways) is words


async def test_no_tool_may_be_chosen() -> None:
    scribe = Scribe("Plain words.")
    raw = await answer(scribe, tool_choice="none")
    assert raw.parse().choices[0].message.content == "Plain words."
    assert "response_format" not in scribe.asked[0]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"tools": [{"type": "custom", "custom": {}}]}, "tools[0]"),
        ({"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "x"}}}, "tool_choice"),
    ],
)
def test_a_faulty_offer_is_refused(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Offer.of(fields)
    assert refused.value.param == param


def test_definitions_of_several_tools_do_not_meet() -> None:
    def tool(name: str, kind: str) -> dict[str, Any]:
        place = {"$ref": "#/$defs/Place"}
        parameters = {
            "type": "object",
            "properties": {"to": place},
            "$defs": {"Place": {"type": kind, "in": place}},
        }
        return {"function": {"name": name, "parameters": parameters}}

    offer = Offer.of({"tools": [tool("a", "string"), tool("b", "number")]})
    schema = offer.request({"messages": []})["response_format"]["json_schema"]["schema"]
    assert schema["anyOf"][1]["properties"]["arguments"]["properties"]["to"] == {"$ref": "#/$defs/b.Place"}
    assert schema["$defs"]["a.Place"] == {"type": "string", "in": {"$ref": "#/$defs/a.Place"}}
    assert set(schema["$defs"]) == {"a.Place", "b.Place"}


async def test_words_follow_the_callers_own_schema() -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "w", "schema": CITY}}
    scribe = Scribe('{"tool": "none", "text": {"city": "Paris"}}')
    raw = await answer(scribe, response_format=wanted)
    assert json.loads(raw.parse().choices[0].message.content) == {"city": "Paris"}
    ways = scribe.asked[0]["response_format"]["json_schema"]["schema"]["anyOf"]
    assert ways[-1]["properties"]["text"] == CITY


def test_earlier_calls_and_results_are_told_in_words() -> None:
    made = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Paris"}'}}
    told = told_in_words(
        [
            *ASK,
            {"role": "assistant", "content": None, "tool_calls": [made]},
            {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "12 degrees"}]},
        ]
    )
    assert told == [
        *ASK,
        {"role": "assistant", "content": '{"tool":"weather","arguments":{"city":"Paris"}}'},
        {"role": "user", "content": "Result of weather: 12 degrees"},
    ]


OFFER = Offer.of({"tools": [WEATHER]})


@given(st.text(max_size=60), st.integers(0, 200))
def test_words_that_were_cut_are_told_as_far_as_they_go(said: str, at: int) -> None:
    answer = {"tool": "none", "text": said}
    for written in (json.dumps(answer), json.dumps(answer, ensure_ascii=False)):
        message, finish = heard(written[:at], "length", OFFER)
        assert finish == "length"
        assert said.startswith(message["content"])
        if written[: at + 1] == written:
            assert message["content"] == said


def test_a_call_that_was_cut_calls_nothing() -> None:
    message, finish = heard(CALL[:30], "length", OFFER)
    assert (message["content"], "tool_calls" in message, finish) == ("", False, "length")


@pytest.mark.parametrize("rule", ["drop_with_header", "reject"])
async def test_emulation_is_only_for_routes_that_want_it(rule: str) -> None:
    scribe = Scribe("Plain words.")
    if rule == "reject":
        with pytest.raises(openai.BadRequestError) as refused:
            await answer(scribe, route={"unsupported_fields": rule})
        assert (refused.value.code, scribe.asked) == ("unsupported_parameter", [])
        return
    raw = await answer(scribe, route={"unsupported_fields": rule})
    assert raw.headers["x-colonnade-dropped-fields"] == "tools"
    assert "x-colonnade-emulated" not in raw.headers
    assert "tools" not in scribe.asked[0]


@pytest.mark.models
async def test_a_real_model_calls_a_tool(tmp_path: Path) -> None:
    model = EmbeddedText(Runtime.of(tiny_model(), context_tokens=1024), tmp_path / "embedded.log")
    model.start()
    try:
        await until(lambda: model.state.phase == "ready")
        client = client_of(app_of(model, Kept(), model=TINY))
        fields: dict[str, Any] = {
            "model": "answer",
            "messages": ASK,
            "tools": [WEATHER],
            "tool_choice": "required",
        }
        whole = await client.chat.completions.create(**fields, temperature=0, max_tokens=60)
        call = whole.choices[0].message.tool_calls[0].function
        assert (call.name, set(json.loads(call.arguments))) == ("weather", {"city"})
        async with client.chat.completions.stream(**fields, temperature=0, max_tokens=60) as stream:
            final = await stream.get_final_completion()
        assert final.choices[0].message.tool_calls[0].function.arguments == call.arguments
    finally:
        await model.close()


@pytest.mark.parametrize(
    "written", ['{"arguments": {}}', '{"tool": "none"}', "null", '"text"', '{"tool": null}']
)
def test_an_answer_of_another_shape_is_never_passed_on(written: str) -> None:
    with pytest.raises(UpstreamFailed):
        heard(written, "stop", OFFER)
