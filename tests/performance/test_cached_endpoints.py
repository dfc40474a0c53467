"""What is computed and not drawn by lot is cached at every endpoint and for every dialect; sound and pictures never."""

import httpx
import pytest
from caching import CACHED, Cached

TEXTS = {"embeddings": {"input": ["a saw", "a drill"]}, "moderations": {"input": "a saw"}}
RANKED = {"query": "a saw", "documents": ["a drill", "a saw"]}
ASKED = {**TEXTS, "rerank": RANKED}


async def post(gateway, path, **fields):
    transport = httpx.ASGITransport(app=gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        return await client.post(path, json={"model": "answer", **fields})


@pytest.mark.parametrize("endpoint", sorted(ASKED))
async def test_vectors_judgements_and_rankings_are_kept_and_given_again(endpoint):
    gateway = Cached(route={**CACHED, "endpoint": endpoint})
    first, second = [await post(gateway, f"/v1/{endpoint}", **ASKED[endpoint]) for _ in range(2)]
    assert (first.status_code, gateway.verdicts) == (200, ["miss", "hit"])
    assert first.content == second.content
    assert second.headers["content-type"] == "application/json"
    assert gateway.asked == 1
    assert gateway.call.saved.tokens == gateway.replies_tokens[0]


@pytest.mark.parametrize(
    ("endpoint", "path", "fields"),
    [
        ("images", "/v1/images/generations", {"prompt": "a saw"}),
        ("speech", "/v1/audio/speech", {"input": "a saw", "voice": "alloy"}),
    ],
)
async def test_pictures_and_sound_go_past_the_cache_and_take_none_of_its_room(endpoint, path, fields):
    gateway = Cached(route={**CACHED, "endpoint": endpoint, "deterministic": True})
    heard = [await post(gateway, path, **fields) for _ in range(2)]
    assert [it.status_code for it in heard] == [200, 200]
    assert gateway.verdicts == ["bypass", "bypass"]
    assert (len(gateway.answers), gateway.asked) == (0, 2)


MESSAGES = {
    "max_tokens": 64,
    "temperature": 0,
    "messages": [{"role": "user", "content": "Where is the saw?"}],
}


@pytest.mark.parametrize("stream", [False, True])
async def test_another_dialect_is_served_from_the_store_in_its_own_words(stream):
    gateway = Cached()
    first, second = [await post(gateway, "/v1/messages", **MESSAGES, stream=stream) for _ in range(2)]
    assert (first.status_code, gateway.verdicts) == (200, ["miss", "hit"])
    assert b"message_stop" in first.content if stream else first.json()["type"] == "message"
    assert _without_ids(first) == _without_ids(second)


async def test_dialects_do_not_share_because_they_may_say_more_than_the_request_shows():
    gateway = Cached()
    await post(gateway, "/v1/messages", **MESSAGES)
    await post(gateway, "/v1/chat/completions", **MESSAGES)
    assert gateway.verdicts == ["miss", "miss"]


async def test_prompts_of_one_request_are_cached_each_for_itself():
    gateway = Cached()
    both = {"temperature": 0, "prompt": ["Where is the saw?", "Where is the drill?"]}
    await post(gateway, "/v1/completions", **both)
    heard = await post(gateway, "/v1/completions", **{**both, "prompt": ["Where is the drill?"]})
    assert heard.status_code == 200
    assert gateway.verdicts == ["miss", "miss", "hit"]
    assert gateway.asked == 2


def _without_ids(heard):
    return [line for line in heard.text.split("\n") if '"id"' not in line] or heard.json()["content"]
