"""The official Anthropic client works unchanged against the gateway, before a simulator that speaks OpenAI's wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import pytest
from running import FAST, Running, application, http_upstream, run_gateway

from colonnade.errors import NotFound, Overloaded, Unauthenticated
from colonnade.gateway.call import Call, Forward, Reply
from colonnade.gateway.dialects.messages.counting import CountTokens
from colonnade.workload.sections.serving import Fault

HELLO: Any = [{"role": "user", "content": "Hello, what can you do?"}]
ASK: Any = {"model": "assistant", "max_tokens": 64, "messages": HELLO}
WEATHER: Any = {
    "name": "weather",
    "description": "The weather in a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Door:
    """Refuses a key, remembers calls and replies."""

    name = "door"

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.replies: list[Reply] = []

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        self.calls.append(call)
        if call.authorization == "Bearer wrong":
            raise Unauthenticated("The key is unknown.", code="invalid_api_key")
        reply = await forward(call)

        async def remember(closing: Reply) -> None:
            self.replies.append(closing)

        reply.on_close(remember)
        return reply


@pytest.fixture(scope="module")
def door() -> Door:
    return Door()


@pytest.fixture(scope="module")
def stage(door: Door) -> Iterator[tuple[Running, Any]]:
    from running import run_simulator

    server, simulator = run_simulator()
    gateway = run_gateway(application(http_upstream(server.url), before=[door]))
    yield gateway, simulator
    gateway.stop()
    server.stop()


@pytest.fixture
def simulator(stage: tuple[Running, Any]) -> Iterator[Any]:
    stage[1].simulation = FAST
    yield stage[1]
    stage[1].simulation = FAST


@pytest.fixture
def claude(stage: tuple[Running, Any], simulator: Any) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=stage[0].url, api_key="unused", max_retries=0) as client:
        yield client


def spoil(simulator: Any, fault: Fault) -> None:
    simulator.simulation = FAST.model_copy(update={"fault": fault})


def test_a_whole_answer(claude: anthropic.Anthropic, door: Door) -> None:
    answer = claude.messages.create(**ASK, system="Be brief.")
    [block] = answer.content
    assert block.type == "text"
    assert len(block.text.split()) == 12
    assert (answer.role, answer.type, answer.stop_reason) == ("assistant", "message", "end_turn")
    assert answer.usage.output_tokens == 12
    assert answer.usage.input_tokens == door.replies[-1].usage.input
    assert answer.id.startswith("msg_")
    assert answer._request_id == door.calls[-1].id


def test_a_streamed_answer_is_the_whole_answer(claude: anthropic.Anthropic, door: Door) -> None:
    whole = claude.messages.create(**ASK)
    with claude.messages.stream(**ASK) as stream:
        kinds = [event.type for event in stream]
        streamed = stream.get_final_message()
    assert len(streamed.content[0].text.split()) == len(whole.content[0].text.split())
    assert streamed.stop_reason == whole.stop_reason
    assert streamed.usage.output_tokens == whole.usage.output_tokens
    assert streamed.usage.input_tokens == whole.usage.input_tokens
    assert (kinds[0], kinds[-1]) == ("message_start", "message_stop")
    assert door.replies[-1].complete


def test_a_tool_is_called_and_its_result_sent_back(claude: anthropic.Anthropic, door: Door) -> None:
    choice: Any = {"type": "tool", "name": "weather", "disable_parallel_tool_use": True}
    called = claude.messages.create(**ASK, tools=[WEATHER], tool_choice=choice)
    [block] = called.content
    assert (called.stop_reason, block.type, block.name) == ("tool_use", "tool_use", "weather")
    assert block.input == {"city": "simulated city"}
    told: Any = [
        *HELLO,
        {"role": "assistant", "content": called.content},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": block.id, "content": "rain"}]},
    ]
    answer = claude.messages.create(model="assistant", max_tokens=64, messages=told, tools=[WEATHER])
    assert answer.content[0].type == "text"
    inner = door.calls[-1].request["messages"]
    assert inner[1]["tool_calls"][0]["id"] == inner[2]["tool_call_id"] == block.id
    assert inner[2] == {"role": "tool", "tool_call_id": block.id, "content": "rain"}


def test_a_streamed_tool_call(claude: anthropic.Anthropic) -> None:
    with claude.messages.stream(**ASK, tools=[WEATHER], tool_choice={"type": "any"}) as stream:
        message = stream.get_final_message()
    [block] = message.content
    assert message.stop_reason == "tool_use"
    assert (block.type, block.input) == ("tool_use", {"city": "simulated city"})


def test_images_reach_the_model_as_parts(claude: anthropic.Anthropic, door: Door) -> None:
    image: Any = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    said: Any = [{"role": "user", "content": [{"type": "text", "text": "What is this?"}, image]}]
    assert claude.messages.create(model="assistant", max_tokens=64, messages=said).content
    part = door.calls[-1].request["messages"][0]["content"][1]
    assert part == {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}


def test_a_limit_is_told_as_such(claude: anthropic.Anthropic) -> None:
    answer = claude.messages.create(model="assistant", max_tokens=3, messages=HELLO)
    assert (answer.stop_reason, answer.usage.output_tokens) == ("max_tokens", 3)


def test_a_model_that_refuses(claude: anthropic.Anthropic, simulator: Any) -> None:
    spoil(simulator, "refusal")
    answer = claude.messages.create(**ASK)
    assert (answer.stop_reason, answer.content[0].text) == ("refusal", "I cannot help with that.")
    with claude.messages.stream(**ASK) as stream:
        streamed = stream.get_final_message()
    assert (streamed.stop_reason, streamed.content[0].text) == ("refusal", "I cannot help with that.")


def test_thinking_that_the_upstream_cannot_do_is_named(claude: anthropic.Anthropic) -> None:
    raw = claude.messages.with_raw_response.create(
        **ASK, thinking={"type": "enabled", "budget_tokens": 1024}, metadata={"user_id": "u-7"}
    )
    assert raw.headers["x-colonnade-dropped-fields"] == "thinking"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"model": ""}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages.0.content.0.text"),
        ({"tools": [{"name": "x", "input_schema": 1}]}, "tools.0.input_schema"),
    ],
)
def test_faulty_requests_name_the_callers_field(
    claude: anthropic.Anthropic, fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(anthropic.BadRequestError) as caught:
        claude.messages.create(**{**ASK, **fields})
    body: Any = caught.value.body
    assert body["error"]["details"]["param"] == param
    assert caught.value.type == "invalid_request_error"


def test_a_wrong_key(stage: tuple[Running, Any], door: Door) -> None:
    with (
        anthropic.Anthropic(base_url=stage[0].url, api_key="wrong", max_retries=0) as client,
        pytest.raises(anthropic.AuthenticationError) as caught,
    ):
        client.messages.create(**ASK)
    assert caught.value.type == "authentication_error"
    assert caught.value.request_id == door.calls[-1].id
    body: Any = caught.value.body
    assert body["request_id"] == door.calls[-1].id


def test_a_model_that_does_not_exist(claude: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.NotFoundError) as caught:
        claude.messages.create(**{**ASK, "model": "none"})
    assert (caught.value.type, caught.value.error_code) == ("not_found_error", "model_not_found")


def test_an_upstream_that_throttles(claude: anthropic.Anthropic, simulator: Any) -> None:
    spoil(simulator, "http_429")
    with pytest.raises(anthropic.RateLimitError) as caught:
        claude.messages.create(**ASK)
    assert caught.value.type == "rate_limit_error"
    assert caught.value.response.headers["retry-after"] == "2"


@pytest.mark.parametrize("fault", ["http_500", "malformed_chunk", "cut"])
def test_an_upstream_that_fails(claude: anthropic.Anthropic, simulator: Any, fault: Fault) -> None:
    spoil(simulator, fault)
    with pytest.raises(anthropic.APIStatusError) as caught:
        claude.messages.create(**ASK)
    assert (caught.value.status_code, caught.value.type) == (502, "api_error")


@pytest.mark.parametrize("fault", ["cut", "missing_done", "malformed_chunk"])
def test_a_stream_that_breaks_raises(
    claude: anthropic.Anthropic, simulator: Any, door: Door, fault: Fault
) -> None:
    spoil(simulator, fault)
    kinds: list[str] = []
    with pytest.raises(anthropic.APIError) as caught:
        kinds.extend(event.type for event in claude.messages.create(**ASK, stream=True))
    body: Any = caught.value.body
    assert (body["type"], body["error"]["type"]) == ("error", "api_error")
    assert body["request_id"] == door.calls[-1].id
    assert "message_start" in kinds
    assert "message_stop" not in kinds
    assert not door.replies[-1].complete


@pytest.mark.parametrize(
    ("raised", "status", "kind"),
    [
        (Overloaded("Too much.", code="queue_full", retry_after_s=3.0), 503, "overloaded_error"),
        (NotFound("None.", code="model_not_found"), 404, "not_found_error"),
    ],
)
def test_errors_of_stages_have_their_types(
    start: Callable[..., Running], simulate: Callable[..., Any], raised: Exception, status: int, kind: str
) -> None:
    class Refuse:
        name = "refuse"

        async def __call__(self, call: Call, forward: Forward) -> Reply:
            raise raised

    gateway = start(application(http_upstream(simulate()[0].url), after=[Refuse()]))
    with (
        anthropic.Anthropic(base_url=gateway.url, api_key="unused", max_retries=0) as client,
        pytest.raises(anthropic.APIStatusError) as caught,
    ):
        client.messages.create(**ASK)
    assert (caught.value.status_code, caught.value.type) == (status, kind)


def test_tokens_are_counted_as_an_estimate(
    start: Callable[..., Running], simulate: Callable[..., Any]
) -> None:
    class Known:
        name = "known"

        async def __call__(self, call: Call, forward: Forward) -> Reply:
            from colonnade.gateway.call import Identity

            call.identity = Identity("key-1", "caller", {})
            return await forward(call)

    services = [CountTokens()]
    gateway = start(application(http_upstream(simulate()[0].url), doors=[Known()], services=services))
    with anthropic.Anthropic(base_url=gateway.url, api_key="unused", max_retries=0) as client:
        raw = client.messages.with_raw_response.count_tokens(model="assistant", messages=HELLO)
        assert raw.headers["x-colonnade-estimated"] == "input_tokens"
        plain = raw.parse().input_tokens
        assert plain == 6  # 23 characters
        assert (
            client.messages.count_tokens(
                model="assistant", messages=HELLO, tools=[WEATHER], system="Be brief."
            ).input_tokens
            > plain + 30
        )
        with pytest.raises(anthropic.BadRequestError) as caught:
            client.messages.count_tokens(model="assistant", messages=[])
    assert caught.value.type == "invalid_request_error"
    assert caught.value.response.json()["request_id"] == caught.value.request_id is not None
