"""Embedded models without weights: vectors, choosing by name, and how a runtime is sized."""

import base64
import json
import struct
from pathlib import Path

import pytest
from embedding import Counted, chat, embeddings

from colonnade.errors import DeadlineExceeded, InvalidRequest, NotFound, SetupError
from colonnade.gateway.upstream.embedded.runtime import Runtime
from colonnade.gateway.upstream.embedded.upstream import EmbeddedUpstream
from colonnade.gateway.upstream.embedded.vectors import EmbeddedVectors
from colonnade.gateway.upstream.interface import Ask
from colonnade.registry.models import ModelFiles, ModelStore


@pytest.fixture
async def counted():
    vectors = EmbeddedVectors("counted", Counted())
    yield vectors
    await vectors.close()


async def test_each_text_gets_its_vector_and_its_tokens_are_counted(counted: EmbeddedVectors) -> None:
    answer = json.loads((await counted.ask(embeddings(input=["one two", "aaaa"]))).body)
    assert [row["embedding"] for row in answer["data"]] == [[7.0, 6.0], [4.0, 1.0]]
    assert [row["index"] for row in answer["data"]] == [0, 1]
    assert answer["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    assert answer["model"] == "counted"


async def test_base64_holds_the_same_numbers(counted: EmbeddedVectors) -> None:
    answer = json.loads((await counted.ask(embeddings(input="aaaa", encoding_format="base64"))).body)
    packed = base64.b64decode(answer["data"][0]["embedding"])
    assert struct.unpack("<2f", packed) == (4.0, 1.0)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": [1, 2, 3]}, "input"),
        ({"input": {"text": "x"}}, "input"),
        ({"input": ["x"] * 2049}, "input"),
        ({"input": "x", "dimensions": 3}, "dimensions"),
        ({"input": "x", "encoding_format": "hex"}, "encoding_format"),
        ({"input": "x", "dimensions": "two"}, None),
    ],
)
async def test_what_it_does_not_take_is_named(counted: EmbeddedVectors, fields, param: str | None) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        await counted.ask(embeddings(**fields))
    assert refusal.value.param == param


async def test_a_deadline_ends_a_long_list(counted: EmbeddedVectors) -> None:
    ask = embeddings(input=["x"] * 2000)
    with pytest.raises(DeadlineExceeded):
        await counted.ask(Ask(ask.path, ask.body, False, ask.deadline - 19.999, "late"))


async def test_the_request_s_model_chooses_who_answers(counted: EmbeddedVectors) -> None:
    upstream = EmbeddedUpstream("local", {"counted": counted})
    assert (await upstream.ask(embeddings(input="x"))).status == 200
    assert await upstream.ready() is None
    with pytest.raises(NotFound):
        await upstream.ask(embeddings(model="other", input="x"))
    with pytest.raises(InvalidRequest):
        await counted.ask(chat("hello"))


def _files(name: str) -> ModelFiles:
    entry = ModelStore().entry(name)
    return ModelFiles(entry, {file.name: Path("/models") / file.name for file in entry.file})


def test_a_runtime_is_sized_for_the_machine_and_the_model() -> None:
    files = _files("qwen2.5-coder-0.5b-instruct-q4_k_m")
    chosen = Runtime.of(files, context_tokens=10**9, environment={})
    assert chosen.context_tokens == files.entry.context_tokens
    assert 1 <= chosen.threads <= chosen.prompt_threads
    assert f"sha256:{chosen.sha256}" == files.digest
    assert chosen.memory_bytes > files.entry.bytes


def test_the_owner_s_pin_and_settings_win() -> None:
    files = _files("smollm2-135m-instruct-q4_1")
    environment = {"COLONNADE_THREADS": "3", "COLONNADE_MEMORY_MB": "100"}
    chosen = Runtime.of(files, pin="sha256:" + "a" * 64, environment=environment)
    assert (chosen.threads, chosen.prompt_threads) == (3, 3)
    assert chosen.memory_bytes == 100 << 20
    assert chosen.sha256 == "a" * 64


@pytest.mark.parametrize("setting", ["many", "-1", "1.5"])
def test_a_setting_that_is_no_number_is_named(setting: str) -> None:
    with pytest.raises(SetupError, match="COLONNADE_THREADS must be a whole number"):
        Runtime.of(_files("smollm2-135m-instruct-q4_1"), environment={"COLONNADE_THREADS": setting})


def test_only_text_models_have_a_runtime() -> None:
    with pytest.raises(SetupError, match="a model for embedding, not for text"):
        Runtime.of(_files("bge-small-en-v1.5-int8"))
