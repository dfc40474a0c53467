"""Journal, meter, cache and disclosure see the gateway's form: a call is booked alike, whatever dialect it came in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import Served
from telling import understood

from colonnade.cost.metering import Meter
from colonnade.cost.prices import PriceBook
from colonnade.evidence.journal import Journal
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.redaction import Redactor
from colonnade.evidence.request import RequestRecord
from colonnade.operations.interaction_log import KeepJournal, Surroundings
from colonnade.performance.answers import Answers
from colonnade.performance.cache import ExactCache
from colonnade.performance.output_cap import OutputCap
from colonnade.reliability.deadline import Deadline
from colonnade.responsibility.disclosure import Disclose
from colonnade.store import open_store

NOTICE = "You are talking to an AI."
QUESTION = "When is the desk open?"
CHAT: Any = {
    "model": "answer",
    "max_tokens": 9,
    "temperature": 0,
    "messages": [{"role": "user", "content": QUESTION}],
}
PROMPT: Any = {"model": "answer", "max_tokens": 9, "temperature": 0, "prompt": QUESTION}
ROUTE = {"cache": "exact", "disclosure": {"text": NOTICE}}
AROUND = Surroundings("rehearsal", "minimal", {}, lambda: "sha256:p")


class Books:
    """A gateway with the stages that keep books."""

    def __init__(self, place: Path, **simulation: Any) -> None:
        self.store = open_store(place)
        self.ledger = Ledger(self.store)
        self.journal = Journal(self.ledger, redact=Redactor([]))
        self.journal.start()
        spec = Served().spec
        self.served = Served(
            KeepJournal(self.journal, AROUND), Deadline(), Meter(PriceBook.of(spec)), Disclose(),
            OutputCap(), ExactCache(Answers(lambda: 0.0), lambda: "p"), route=ROUTE, **simulation,
        )  # fmt: skip
        self.served.known_as("key-1", team="library")

    async def ask(self, path: str, body: dict[str, Any], **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.served.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            return await client.post(path, json={**body, **more})

    async def records(self) -> list[RequestRecord]:
        await self.journal.flush()
        return sorted(self.ledger.requests(0.0, 1e12), key=lambda record: record.opened_at)


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    made = Books(tmp_path)
    yield made
    await asyncio.to_thread(made.journal.stop)
    made.store.close()


def booked(record: RequestRecord) -> tuple[Any, ...]:
    """What must not depend on the dialect."""
    return (
        record.endpoint, record.route, record.fresh_input, record.cache_read, record.output, record.usd,
        record.price_known, record.finish, record.output_cap, record.prompt_digest, record.outcome,
        record.usage_reported,
    )  # fmt: skip


@pytest.mark.parametrize("stream", [False, True])
async def test_every_dialect_is_booked_alike(books: Books, stream: bool) -> None:
    await books.ask("/v1/chat/completions", CHAT, stream=stream, seed=1)
    await books.ask("/v1/messages", CHAT, stream=stream, seed=2)
    await books.ask("/v1/completions", PROMPT, stream=stream, seed=3)
    chat, messages, completions = await books.records()
    assert booked(chat) == booked(messages) == booked(completions)
    assert (chat.output, chat.price_known, chat.outcome) == (9, True, "answered")
    assert [each.dialect for each in (chat, messages, completions)] == ["openai", "anthropic", "completions"]


async def test_sessions_are_known_by_anthropics_user_id(books: Books) -> None:
    await books.ask("/v1/messages", CHAT, metadata={"user_id": "borrower-7"})
    await books.ask("/v1/chat/completions", CHAT, user="borrower-7")
    await books.ask("/v1/messages", CHAT, metadata={"session_id": "s-1"})
    named, same, other = [record.session_digest for record in await books.records()]
    assert named == same != other
    assert other.startswith("sha256:")


async def test_a_system_prompt_is_noted(books: Books) -> None:
    await books.ask("/v1/messages", CHAT, system="Be rude.")
    assert (await books.records())[0].free_system_prompt


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_from_the_cache_says_the_same(books: Books, stream: bool) -> None:
    first, second = [await books.ask("/v1/messages", CHAT, stream=stream) for _ in range(2)]
    assert [each.headers["x-colonnade-cache"] for each in (first, second)] == ["miss", "hit"]
    if stream:
        one, two = understood(first.content), understood(second.content)
        assert (one.blocks, one.stop, one.usage) == (two.blocks, two.stop, two.usage)
    else:
        one_, two_ = first.json(), second.json()
        assert (one_["content"], one_["usage"]) == (two_["content"], two_["usage"])
    assert books.served.asked == 1
    assert [record.cache for record in await books.records()] == ["miss", "hit"]


@pytest.mark.parametrize("stream", [False, True])
async def test_the_notice_stands_before_the_first_answer(books: Books, stream: bool) -> None:
    answer = await books.ask("/v1/messages", CHAT, stream=stream)
    [block] = understood(answer.content).blocks if stream else answer.json()["content"]
    assert block["text"].startswith(NOTICE)
    text = await books.ask("/v1/completions", PROMPT, seed=2)
    assert text.json()["choices"][0]["text"].startswith(NOTICE)


async def test_an_answer_that_is_the_programs_is_left_alone(books: Books) -> None:
    tool = {"name": "t", "input_schema": {"type": "object"}}
    answer = await books.ask("/v1/messages", CHAT, tools=[tool], tool_choice={"type": "any"})
    assert [block["type"] for block in answer.json()["content"]] == ["tool_use"]


async def test_every_prompt_is_a_request_of_its_own(books: Books) -> None:
    answer = await books.ask("/v1/completions", PROMPT, prompt=["One", "Two"])
    records = await books.records()
    asked = answer.headers["x-request-id"]
    assert [record.id for record in records] == [f"{asked}.0", f"{asked}.1"]
    assert sum(record.output for record in records) == answer.json()["usage"]["completion_tokens"] == 18
    assert all(record.usd for record in records)
    assert "x-colonnade-cost-usd" not in answer.headers
    assert answer.headers["x-colonnade-output-cap"] == "9"


async def test_metrics_count_a_request_with_several_prompts_once(books: Books) -> None:
    await books.ask("/v1/completions", PROMPT, prompt=["One", "Two"])
    [row] = books.served.app.metrics.rows.values()
    assert (row.calls, row.output) == (1, 18)
    assert row.usd == pytest.approx(sum(record.usd for record in await books.records()))


async def test_a_caller_who_leaves_between_prompts_is_booked_as_gone(tmp_path: Path) -> None:
    books = Books(tmp_path, first_byte_s=0.2)
    body = json.dumps({**PROMPT, "prompt": ["One", "Two", "Three"]}).encode()
    incoming = iter([{"type": "http.request", "body": body, "more_body": False}])
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        message = next(incoming, None)
        if message is None:
            await asyncio.sleep(0.3)  # the first prompt is answered, the second is not
        return message or {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/completions", "headers": []}
    await books.served.app(scope, receive, send)
    first, second = await books.records()
    assert (first.outcome, second.outcome, second.error_code) == ("answered", "abandoned", "client_gone")
    assert sent == []
    assert books.served.asked == 2
    await asyncio.to_thread(books.journal.stop)
    books.store.close()


async def test_a_refusal_names_the_id_and_keeps_the_shape(books: Books) -> None:
    answer = await books.ask("/v1/messages", CHAT, model="nobody")
    body = answer.json()
    assert body["type"] == "error"
    assert answer.headers["request-id"] == body["request_id"] == answer.headers["x-request-id"]


async def test_what_is_refused_before_a_call_begins_has_the_callers_shape(books: Books) -> None:
    transport = httpx.ASGITransport(app=books.served.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        wrong = await client.get("/v1/messages")
        books.served.app.drain()
        late = await client.post("/v1/messages", json=CHAT)
        later = await client.post("/v1/completions", json=PROMPT)
    assert (wrong.status_code, wrong.json()["error"]["type"]) == (405, "invalid_request_error")
    assert (late.status_code, late.json()["error"]["type"]) == (503, "overloaded_error")
    assert later.json()["error"]["code"] == "shutting_down"
