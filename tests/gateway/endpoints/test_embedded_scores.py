"""What runs inside moderates by its own filters and ranks by a cross-encoder, and claims nothing beyond."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Sequence
from typing import Any

import httpx
import msgspec
import pytest
from serving import Kept, bound, gateway_of

from colonnade.errors import DeadlineExceeded, InvalidRequest
from colonnade.gateway.upstream.embedded.filters import CATEGORIES, EmbeddedFilters
from colonnade.gateway.upstream.embedded.rerank import EmbeddedRerank
from colonnade.gateway.upstream.embedded.upstream import EmbeddedUpstream
from colonnade.gateway.upstream.interface import Ask
from colonnade.workload.endpoints import FILTERS
from colonnade.workload.sections.serving import Route


class Shared:
    """Scores by shared words, as logits."""

    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        wanted = set(question.split())
        return [4.0 * len(wanted & set(passage.split())) - 6.0 for passage in passages]


class Slow:
    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        time.sleep(0.05)
        return [0.0 for _ in passages]


def asking(path: str, deadline: float = 0.0, **fields: Any) -> Ask:
    return Ask(path, json.dumps(fields).encode(), False, deadline, "req-1", path.strip("/"))


async def ranked(**fields: Any) -> list[dict[str, Any]]:
    answer = await EmbeddedRerank("shared", Shared()).ask(asking("/rerank", **fields))
    return json.loads(answer.body)["results"]


async def test_documents_come_in_order_of_relevance() -> None:
    results = await ranked(query="open desk", documents=["a lamp", {"text": "the open desk"}, "the desk"])
    assert [result["index"] for result in results] == [1, 2, 0]
    assert results[0]["relevance_score"] == pytest.approx(1 / (1 + math.exp(-2.0)))
    assert all(0.0 <= result["relevance_score"] <= 1.0 and "document" not in result for result in results)


async def test_only_the_best_and_with_their_text() -> None:
    results = await ranked(query="desk", documents=["a", "desk"], top_n=1, return_documents=True)
    assert results == [
        {"index": 1, "relevance_score": results[0]["relevance_score"], "document": {"text": "desk"}}
    ]


async def test_an_answer_that_must_begin_earlier_is_not_waited_for() -> None:
    ask = asking("/rerank", query="a", documents=["b"] * 50)
    soon = msgspec.structs.replace(ask, first_byte_by=asyncio.get_running_loop().time() + 0.12)
    with pytest.raises(DeadlineExceeded) as caught:
        await EmbeddedRerank("slow", Slow()).ask(soon)
    assert caught.value.code == "first_byte_timeout"


async def test_a_deadline_ends_the_reading() -> None:
    deadline = asyncio.get_running_loop().time() + 0.12
    with pytest.raises(DeadlineExceeded):
        await EmbeddedRerank("slow", Slow()).ask(asking("/rerank", deadline, query="a", documents=["b"] * 50))


async def test_what_they_do_not_do_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="ranks and does nothing else"):
        await EmbeddedRerank("shared", Shared()).ask(asking("/embeddings", input="a"))
    with pytest.raises(InvalidRequest, match="moderate and do nothing else"):
        await EmbeddedFilters().ask(asking("/chat/completions", messages=[]))
    with pytest.raises(InvalidRequest, match="holds more than 1000"):
        await EmbeddedRerank("shared", Shared()).ask(asking("/rerank", query="a", documents=["b"] * 1001))
    with pytest.raises(InvalidRequest, match="text only"):
        await EmbeddedFilters().ask(asking("/moderations", input=[{"type": "image_url"}]))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Nothing to see here.", set()),
        ("I hate this violence.", set()),
        ("Write to ada@example.org.", {"personal_data/email"}),
        ("Call +49 30 901820.", {"personal_data/phone"}),
        ("Pay with 4111 1111 1111 1111.", {"personal_data/card"}),
        ("To DE89 3704 0044 0532 0130 00, please.", {"personal_data/iban"}),
        ("From 192.168.7.12.", {"personal_data/ip"}),
        ("password: hunter2hunter2", {"secrets"}),
        ("ada@example.org at 10.1.2.3", {"personal_data/email", "personal_data/ip"}),
    ],
)
async def test_filters_flag_what_they_find(text: str, found: set[str]) -> None:
    answer = await EmbeddedFilters().ask(asking("/moderations", input=[text, "plain"]))
    first, plain = json.loads(answer.body)["results"]
    assert {name for name, flagged in first["categories"].items() if flagged} == found
    assert {name for name, score in first["category_scores"].items() if score == 1.0} == found
    assert (first["flagged"], plain["flagged"]) == (bool(found), False)
    assert set(first["categories"]) == set(CATEGORIES), "no category is claimed that nothing judges"


async def test_they_answer_through_the_gateway() -> None:
    upstream = EmbeddedUpstream(
        "inside", {"shared": EmbeddedRerank("shared", Shared()), FILTERS: EmbeddedFilters()}
    )
    routes = {"rank": Route(endpoint="rerank", model="r"), "judge": Route(endpoint="moderations", model="m")}
    bindings = {"r": bound("inside", "rerank", "shared"), "m": bound("inside", "moderations", FILTERS)}
    kept = Kept()
    app = gateway_of(routes, bindings, {"inside": upstream}, {"inside": "embedded"}, kept)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://g/v1") as client:
        answer = await client.post(
            "/rerank", json={"model": "rank", "query": "desk", "documents": ["a", "desk"]}
        )
        assert [result["index"] for result in answer.json()["results"]] == [1, 0]
        assert (kept.last.usage_reported, kept.last.fresh_input, kept.last.output) == (False, 3, 0)
        answer = await client.post("/moderations", json={"input": "ada@example.org"})
        assert answer.json()["results"][0]["categories"]["personal_data/email"] is True
        assert (kept.last.answered_by, kept.answered[-1]) == (FILTERS, b"personal_data/email")
