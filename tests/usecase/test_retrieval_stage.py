"""The stage `retrieve`: sources on the call, a header, and an honest answer where nothing was found."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from colonnade.errors import DeadlineExceeded, Unavailable
from colonnade.gateway.call import Call, Reply
from colonnade.gateway.pipeline import Stage, fold
from colonnade.knowledge.collection import Collection, Models, open_collection
from colonnade.store import Store, open_store
from colonnade.usecase.retrieval import Retrieve
from colonnade.workload.sections.serving import Knowledge, Route

DOCUMENT = (
    "# Terms\n\n## Refunds\n\nRefunds arrive within ten days.\n\n## Shipping\n\nParcels leave on Mondays.\n"
)


class Words:
    """Encoder and reranker over whole words."""

    digest = "sha256:" + "0" * 64
    dimensions = 32

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts):  # type: ignore[no-untyped-def]
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> list[float]:
        vector = [0.01] * self.dimensions
        for word in text.lower().split():
            vector[hashlib.sha256(word.encode()).digest()[0] % self.dimensions] += 1
        length = sum(value * value for value in vector) ** 0.5
        return [value / length for value in vector]

    def score(self, question, passages):  # type: ignore[no-untyped-def]
        self.asked.append(question)
        words = {word.strip("?.").lower() for word in question.split()}
        return [
            float(sum(word in passage.lower() for word in words if len(word) > 4)) for passage in passages
        ]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "state")
    yield opened
    opened.close()


@pytest.fixture
def words() -> Words:
    return Words()


@pytest.fixture
def terms(store: Store, tmp_path: Path, words: Words) -> Iterator[Collection]:
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "terms.md").write_text(DOCUMENT)
    collection = open_collection(
        "terms",
        Knowledge(),
        folder=tmp_path,
        state=store.state,
        connect=store.connection,
        models=Models(words, words),
    )
    yield collection
    collection.close()


@pytest.fixture
def stage(terms: Collection) -> Retrieve:
    terms.refresh()
    return Retrieve({"terms": terms.retriever})


def route(**knowledge: Any) -> Route:
    return Route.model_validate({"model": "small", "knowledge": {"use": "terms", "floor": 1.0, **knowledge}})


def call(*messages: dict[str, Any], stream: bool = False, **fields: Any) -> Call:
    request = {"model": "answer", "messages": list(messages)}
    made = Call("c1", "chat", time.time(), 0.0, None, {}, b"", stream=stream, request=request, model="answer")
    made.route = route()
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


async def forwarded(call: Call) -> Reply:
    return Reply(body=b"forwarded")


def test_it_is_a_stage(stage: Retrieve):
    assert isinstance(stage, Stage)
    assert stage.name == "retrieve"


async def test_sources_are_left_on_the_call_and_named_in_the_header(stage: Retrieve, terms: Collection):
    asked = call(user("When do refunds arrive?"))
    reply = await stage(asked, forwarded)
    assert reply.body == b"forwarded"
    (source,) = asked.sources
    assert (source.document, source.passage) == (
        "terms.md",
        "Terms > Refunds\nRefunds arrive within ten days.",
    )
    assert asked.reply_headers == [(b"x-colonnade-sources", source.id.encode())]
    assert (asked.question, asked.nothing_found) == ("When do refunds arrive?", False)
    live = terms.index.live()
    assert live is not None
    assert asked.generation == source.generation == live.digest
    resolved = await terms.retriever.resolve(source.id, source.generation)
    assert resolved is not None
    assert resolved.text in source.passage


async def test_the_story_of_the_call_holds_no_word_of_the_question(stage: Retrieve):
    asked = call(user("When do refunds arrive?"))
    await stage(asked, forwarded)
    (line,) = asked.decisions
    assert line.stage == "retrieve"
    assert "1 passages of terms" in line.what
    assert "refunds" not in line.what.lower()


async def test_a_follow_up_is_searched_with_the_question_before_it(stage: Retrieve, words: Words):
    asked = call(
        user("When do refunds arrive?"), {"role": "assistant", "content": "In ten days."}, user("Why?")
    )
    await stage(asked, forwarded)
    assert asked.question == "Why?"
    assert words.asked == ["When do refunds arrive?\nWhy?"]
    assert len(asked.sources) == 1


async def test_when_nothing_is_found_the_model_is_not_asked(stage: Retrieve):
    asked = call(user("Which planet is largest?"))
    reply = await stage(asked, _never)
    assert asked.nothing_found
    assert asked.sources == ()
    assert asked.reply_headers == [(b"x-colonnade-sources", b"none")]
    assert b"I do not know" in reply.body


async def _never(call: Call) -> Reply:
    raise AssertionError("the model was asked")


async def test_a_route_may_answer_anyway(stage: Retrieve):
    asked = call(user("Which planet is largest?"), route=route(when_nothing_found="answer_anyway"))
    assert (await stage(asked, forwarded)).body == b"forwarded"
    assert asked.nothing_found


async def test_a_call_without_a_question_finds_nothing(stage: Retrieve):
    asked = call({"role": "system", "content": "refunds"})
    await stage(asked, _never)
    assert asked.nothing_found


@pytest.mark.parametrize("fields", [{"endpoint": "embeddings"}, {"route": Route(model="small")}])
async def test_calls_that_have_no_knowledge_pass(stage: Retrieve, fields: dict[str, Any]):
    asked = call(user("When do refunds arrive?"), **fields)
    assert (await stage(asked, forwarded)).body == b"forwarded"
    assert asked.reply_headers == []


async def test_without_an_index_the_caller_gets_a_clear_error(terms: Collection):
    with pytest.raises(Unavailable, match="not indexed yet"):
        await Retrieve({"terms": terms.retriever})(call(user("When?")), _never)


async def test_the_deadline_of_the_call_holds(stage: Retrieve):
    late = asyncio.get_running_loop().time() - 1
    with pytest.raises(DeadlineExceeded):
        await stage(call(user("When do refunds arrive?"), deadline=late), _never)


def client(stage: Retrieve) -> openai.AsyncOpenAI:
    """The official client over the stage alone."""

    async def serve(request: httpx2.Request) -> httpx2.Response:
        body = openai_request(request)
        asked = call(stream=bool(body.get("stream")), request=body)
        reply = await fold([stage], _never)(asked)
        content = reply.body if reply.chunks is None else b"".join([chunk async for chunk in reply.chunks])
        kind = "text/event-stream" if reply.chunks is not None else "application/json"
        return httpx2.Response(reply.status, content=content, headers={"content-type": kind})

    transport = httpx2.MockTransport(serve)
    return openai.AsyncOpenAI(
        api_key="k", base_url="http://gateway/v1", http_client=httpx2.AsyncClient(transport=transport)
    )


def openai_request(request: httpx2.Request) -> dict[str, Any]:
    import json

    body: dict[str, Any] = json.loads(request.content)
    return body


async def test_the_official_client_reads_the_whole_answer(stage: Retrieve):
    answer = await client(stage).chat.completions.create(model="answer", messages=[user("Largest planet?")])  # type: ignore[list-item]
    choice = answer.choices[0]
    assert choice.message.content == "I do not know: the documents I was given do not answer this."
    assert (choice.message.role, choice.finish_reason) == ("assistant", "stop")
    assert (answer.id, answer.object, answer.model) == ("chatcmpl-c1", "chat.completion", "answer")
    assert answer.usage is not None
    assert answer.usage.total_tokens == 0


@pytest.mark.parametrize("with_usage", [False, True])
async def test_the_official_client_reads_the_stream(stage: Retrieve, with_usage: bool):
    chunks = await collected(
        await client(stage).chat.completions.create(
            model="answer",
            messages=[user("Largest planet?")],  # type: ignore[list-item]
            stream=True,
            stream_options={"include_usage": with_usage},
        )
    )
    with_choices = [chunk for chunk in chunks if chunk.choices]
    assert with_choices[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in with_choices)
    assert text == "I do not know: the documents I was given do not answer this."
    assert with_choices[-1].choices[0].finish_reason == "stop"
    assert [chunk.usage.total_tokens for chunk in chunks if chunk.usage] == [0] * with_usage


async def collected(stream: AsyncIterator[Any]) -> list[Any]:
    return [chunk async for chunk in stream]


async def test_the_stream_ends_with_done(stage: Retrieve):
    reply = await stage(call(user("Largest planet?"), stream=True), _never)
    assert reply.chunks is not None
    events = [chunk async for chunk in reply.chunks]
    assert all(event.startswith(b"data: ") and event.endswith(b"\n\n") for event in events)
    assert events[-1] == b"data: [DONE]\n\n"
