"""Requests that are no requests are answered in OpenAI's error shape, with status, type, code and param."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import openai
import pytest
from raw import answer, connect, request
from running import Running, application, http_upstream

from colonnade.errors import Unauthenticated
from colonnade.gateway.call import Call, Forward, Reply
from colonnade.gateway.calls import Limits

CHAT = {"model": "assistant", "messages": [{"role": "user", "content": "x"}]}


def error_of(client: openai.OpenAI, **body: Any) -> tuple[int, str | None, str | None, str | None]:
    with pytest.raises(openai.APIStatusError) as caught:
        client.post("/chat/completions", body=body, cast_to=object)
    return caught.value.status_code, caught.value.type, caught.value.code, caught.value.param


BAD = "invalid_request_error"


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"messages": CHAT["messages"]}, "missing_required_parameter", "model"),
        ({"model": 3, "messages": CHAT["messages"]}, "invalid_type", "model"),
        ({"model": "assistant"}, "missing_required_parameter", "messages"),
        ({**CHAT, "messages": []}, "invalid_type", "messages"),
        ({**CHAT, "messages": ["x"]}, "invalid_type", "messages[0]"),
        ({**CHAT, "messages": [{"content": "x"}]}, "invalid_type", "messages[0].role"),
        ({**CHAT, "messages": [{"role": "user", "content": 3}]}, "invalid_type", "messages[0].content"),
        ({**CHAT, "messages": [{"role": "user", "content": ["x"]}]}, "invalid_type", "messages[0].content"),
        ({**CHAT, "stream": 1}, "invalid_type", "stream"),
        ({**CHAT, "max_tokens": 0}, "invalid_type", "max_tokens"),
        ({**CHAT, "max_completion_tokens": True}, "invalid_type", "max_completion_tokens"),
        ({**CHAT, "n": "2"}, "invalid_type", "n"),
        ({**CHAT, "stream_options": {}}, "invalid_value", "stream_options"),
        ({**CHAT, "stream": True, "stream_options": 1}, "invalid_type", "stream_options"),
        (
            {**CHAT, "stream": True, "stream_options": {"include_usage": "yes"}},
            "invalid_type",
            "stream_options.include_usage",
        ),
        ({**CHAT, "model": "vectors"}, "unsupported_endpoint", "model"),
    ],
)
def test_fields_of_a_wrong_type_are_named(
    client: openai.OpenAI, body: dict[str, Any], code: str, param: str
) -> None:
    assert error_of(client, **body) == (400, BAD, code, param)


def test_an_unknown_model(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="'gpt-9' does not exist") as caught:
        client.chat.completions.create(**{**CHAT, "model": "gpt-9"})
    assert (caught.value.code, caught.value.type, caught.value.param) == ("model_not_found", BAD, "model")


@pytest.mark.parametrize("given", [None, "", [], [""], [[]], {}, [1, "x"], [1.5]])
def test_embeddings_need_input(client: openai.OpenAI, given: Any) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.post("/embeddings", body={"model": "vectors", "input": given}, cast_to=object)
    assert caught.value.param == "input"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a": "\\ud800"}', b"[" * 100_000, b'{"model": NaN}']
)
async def test_a_body_that_is_no_json_object(world: Running, body: bytes) -> None:
    status, headers, text = await answer(world.port, request(body))
    assert status == 400
    assert b'"invalid_json"' in text
    assert headers["x-request-id"].startswith("req-")


async def test_a_body_that_is_called_otherwise_than_json(world: Running) -> None:
    status, _, text = await answer(world.port, request(CHAT, content_type="text/plain"))
    assert (status, b'"unsupported_content_type"' in text) == (400, True)


@pytest.mark.parametrize("path", ["/v1/messages/batches", "/v1/messages/none"])
def test_unknown_paths_of_anthropics_api_are_refused_in_its_shape(world: Running, path: str) -> None:
    unknown = httpx.post(f"{world.url}{path}")
    told = unknown.json()
    assert (unknown.status_code, told["type"], told["error"]["type"]) == (404, "error", "not_found_error")
    assert told["request_id"] == unknown.headers["request-id"] == unknown.headers["x-request-id"]


def test_unknown_paths_and_methods(world: Running) -> None:
    unknown = httpx.post(f"{world.url}/v1/none")
    assert unknown.json()["error"]["code"] == "unknown_url"
    assert unknown.headers["x-request-id"].startswith("req-")
    assert httpx.get(f"{world.url}/nowhere").status_code == 404
    wrong = httpx.get(f"{world.url}/v1/chat/completions")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    assert wrong.json()["error"]["type"] == BAD
    assert httpx.delete(f"{world.url}/v1/models").headers["allow"] == "GET"
    assert httpx.post(f"{world.url}/metrics").status_code == 405


@dataclass(frozen=True)
class Doorman:
    """A stage as `identify` will be one."""

    name: str = "doorman"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        if call.authorization != "Bearer right":
            raise Unauthenticated("Incorrect API key provided.", code="invalid_api_key")
        return await forward(call)


def test_the_wrong_key(world: Running, start: Callable[..., Running]) -> None:
    gateway = start(application(http_upstream(world.url), before=[Doorman()], doors=[Doorman()]))
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="wrong", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError) as caught:
            client.chat.completions.create(**CHAT)
        assert (caught.value.code, caught.value.type) == ("invalid_api_key", "authentication_error")
        with pytest.raises(openai.AuthenticationError):
            client.models.list()
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="right", max_retries=0) as client:
        assert len(list(client.models.list())) == 3


def test_a_body_that_is_too_large(world: Running, start: Callable[..., Running]) -> None:
    gateway = start(application(http_upstream(world.url), limits=Limits(largest_body=1000)))
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="x", max_retries=0) as client:
        with pytest.raises(openai.APIStatusError) as caught:
            client.chat.completions.create(**CHAT, user="x" * 2000)
        assert (caught.value.status_code, caught.value.code) == (413, "request_too_large")


async def test_a_chunked_body_that_grows_too_large(world: Running, start: Callable[..., Running]) -> None:
    gateway = start(application(http_upstream(world.url), limits=Limits(largest_body=1000)))
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
    status, _, text = await answer(
        gateway.port, head + b"200\r\n" + b"x" * 512 + b"\r\n" + b"200\r\n" + b"x" * 512
    )
    assert (status, b"request_too_large" in text) == (413, True)


async def test_a_body_that_does_not_come(world: Running, start: Callable[..., Running]) -> None:
    gateway = start(application(http_upstream(world.url), limits=Limits(body_s=0.2)))
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"
    status, _, text = await answer(gateway.port, head)
    assert (status, b'"slow_body"' in text) == (400, True)


async def test_a_head_that_is_too_long(world: Running) -> None:
    _, writer = await connect(world.port)
    reader, writer = await connect(world.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nx: " + b"y" * 100_000)
    assert b"431" in await reader.readline()


async def test_compressed_bodies_are_refused(world: Running) -> None:
    status, _, text = await answer(world.port, request(b"x", content_encoding="gzip"))
    assert (status, b'"unsupported_encoding"' in text) == (400, True)


def test_fields_that_the_upstream_cannot_do(start: Callable[..., Running]) -> None:
    from running import FAST

    from colonnade.gateway.upstream.simulator import SimulatorUpstream

    gateway = start(application(SimulatorUpstream("sim", FAST), kind="simulator"))
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="x", max_retries=0) as client:
        dropped = client.chat.completions.with_raw_response.create(**CHAT, n=2, user="me", seed=1)
        assert dropped.headers["x-colonnade-dropped-fields"] == "n,user"
        neutral = client.chat.completions.with_raw_response.create(**CHAT, n=1)
        assert "x-colonnade-dropped-fields" not in neutral.headers
        with pytest.raises(openai.BadRequestError) as caught:
            client.chat.completions.create(**{**CHAT, "model": "strict"}, n=2)
        assert (caught.value.code, caught.value.param) == ("unsupported_parameter", "n")


@dataclass(frozen=True)
class Broken:
    """A stage with a defect whose words quote the prompt."""

    name: str = "broken"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        raise RuntimeError(f"secret {call.body!r}")


def test_a_defect_is_answered_without_its_words(
    world: Running, start: Callable[..., Running], caplog: pytest.LogCaptureFixture
) -> None:
    gateway = start(application(http_upstream(world.url), after=[Broken()]))
    with (
        openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="x", max_retries=0) as client,
        pytest.raises(openai.InternalServerError) as caught,
    ):
        client.chat.completions.create(**CHAT)
    assert caught.value.code == "internal_error"
    assert "secret" not in str(caught.value)
    assert "RuntimeError at " in caplog.text
    assert "secret" not in caplog.text
