"""The simulator's face of Bedrock speaks the real wire: Amazon's own client works with it, whole and streamed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from running import FAST, run_simulator

from colonnade.gateway.upstream.bedrock.request import body_of
from colonnade.gateway.upstream.faces.aws_signature import ACCOUNT
from colonnade.workload.sections.serving import Fault

pytest.importorskip("boto3", reason="boto3 is not installed")

import boto3
from botocore.config import Config
from botocore.eventstream import ChecksumMismatch
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

pytestmark = pytest.mark.slow

MODEL = "eu.anthropic.claude-simulated-v1:0"
TURNS: list[Any] = [{"role": "user", "content": [{"text": "Tell me about columns."}]}]
SCHEMA = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}
TOOLS: dict[str, Any] = {"tools": [{"toolSpec": {"name": "lookup", "inputSchema": {"json": SCHEMA}}}]}
FORCED: dict[str, Any] = {**TOOLS, "toolChoice": {"any": {}}}


def client_of(url: str, secret: str) -> Any:
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=f"{url}/bedrock",
        region_name="eu-west-1",
        aws_access_key_id=ACCOUNT[0],
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=True),
    )


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Any, Any, str]]:
    server, simulator = run_simulator()
    client = client_of(server.url, ACCOUNT[1])
    yield client, simulator, server.url
    client.close()
    server.stop()


@pytest.fixture
def client(place: tuple[Any, Any, str]) -> Any:
    place[1].simulation = FAST
    return place[0]


def test_a_whole_answer(client: Any) -> None:
    answer = client.converse(modelId=MODEL, messages=TURNS)
    (block,) = answer["output"]["message"]["content"]
    assert len(block["text"].split()) == 12
    assert answer["stopReason"] == "end_turn"
    assert answer["usage"]["outputTokens"] == 12


def test_a_streamed_answer(client: Any) -> None:
    events = list(client.converse_stream(modelId=MODEL, messages=TURNS)["stream"])
    deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
    assert len("".join(delta["text"] for delta in deltas).split()) == 12
    assert events[0] == {"messageStart": {"role": "assistant"}}
    assert events[-2]["messageStop"]["stopReason"] == "end_turn"
    assert events[-1]["metadata"]["usage"]["outputTokens"] == 12


def test_an_arn_as_the_model_is_signed_well(client: Any) -> None:
    arn = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-simulated-v1:0"
    assert client.converse(modelId=arn, messages=TURNS)["stopReason"] == "end_turn"


def test_thoughts(client: Any) -> None:
    answer = client.converse(modelId=MODEL, messages=TURNS, outputConfig={"effort": "low"})
    told = answer["output"]["message"]["content"][0]["reasoningContent"]["reasoningText"]
    assert told["text"]
    assert told["signature"]


def test_a_tool_is_called_and_answered(client: Any) -> None:
    answer = client.converse(modelId=MODEL, messages=TURNS, toolConfig=FORCED)
    message = answer["output"]["message"]
    used = message["content"][0]["toolUse"]
    assert (used["name"], used["input"]) == ("lookup", {"word": "simulated word"})
    result = {"toolResult": {"toolUseId": used["toolUseId"], "content": [{"text": "A tall thing."}]}}
    turns = [*TURNS, message, {"role": "user", "content": [result]}]
    after = client.converse(modelId=MODEL, messages=turns, toolConfig=TOOLS)
    assert after["stopReason"] == "end_turn"


def test_a_streamed_tool(client: Any) -> None:
    events = list(client.converse_stream(modelId=MODEL, messages=TURNS, toolConfig=FORCED)["stream"])
    pieces = [
        event["contentBlockDelta"]["delta"]["toolUse"]["input"]
        for event in events
        if "contentBlockDelta" in event
    ]
    assert "".join(pieces) == '{"word":"simulated word"}'


def test_a_wrong_secret_is_refused(place: tuple[Any, Any, str]) -> None:
    wrong = client_of(place[2], "another secret")
    with pytest.raises(ClientError) as caught:
        wrong.converse(modelId=MODEL, messages=TURNS)
    wrong.close()
    assert caught.value.response["Error"]["Code"] == "InvalidSignatureException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("http_429", "ThrottlingException"),
        ("http_500", "InternalServerException"),
        ("http_503", "ServiceUnavailableException"),
        ("context_length", "ValidationException"),
    ],
)
def test_faults_are_amazons_errors(fault: Fault, code: str, place: tuple[Any, Any, str]) -> None:
    client, simulator, _ = place
    simulator.simulation = FAST.model_copy(update={"fault": fault})
    with pytest.raises(ClientError) as caught:
        client.converse(modelId=MODEL, messages=TURNS)
    assert caught.value.response["Error"]["Code"] == code


def test_a_damaged_stream_is_seen_by_its_checksums(place: tuple[Any, Any, str]) -> None:
    client, simulator, _ = place
    simulator.simulation = FAST.model_copy(update={"fault": "malformed_chunk"})
    with pytest.raises(ChecksumMismatch):
        list(client.converse_stream(modelId=MODEL, messages=TURNS)["stream"])


def test_every_field_that_we_send_is_in_amazons_own_description(client: Any) -> None:
    """botocore checks names, types and required members of the whole request."""
    marked = {"type": "text", "text": "Long.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    pdf = {"type": "file", "file": {"file_data": "data:application/pdf;base64,CCCC", "filename": "a.pdf"}}
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    audio = {"type": "input_audio", "input_audio": {"data": "BBBB", "format": "wav"}}
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
    call = {"id": "t-1", "type": "function", "function": {"name": "lookup", "arguments": '{"word": "x"}'}}
    request = {
        "model": MODEL,
        "messages": [
            {"role": "system", "content": [marked]},
            {"role": "user", "content": [marked, pdf, image, audio]},
            {"role": "assistant", "thinking_blocks": [thought], "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "t-1", "content": "x", "is_error": True},
        ],
        "tools": [{"type": "function", "function": {"name": "lookup", "parameters": SCHEMA, "strict": True}}],
        "tool_choice": {"type": "function", "function": {"name": "lookup"}},
        "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}},
        "reasoning_effort": "high",
        "service_tier": "flex",
        "metadata": {"team": "a"},
        "max_tokens": 5,
        "temperature": 0.5,
        "top_p": 0.5,
        "top_k": 5,
        "stop": "END",
    }
    shape = client.meta.service_model.operation_model("Converse").input_shape
    report = ParamValidator().validate({"modelId": MODEL, **body_of(request)}, shape)
    assert not report.has_errors(), report.generate_report()
