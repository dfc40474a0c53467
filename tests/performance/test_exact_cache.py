"""The same prompt of the same tenant is paid once; nobody ever sees another's, an old, or an altered answer."""

import dataclasses

import msgspec
import pytest
from caching import CACHED, Cached
from hypothesis import given, settings
from hypothesis import strategies as st
from served import ASK, specification

from colonnade.cost.metering import Meter
from colonnade.cost.prices import PriceBook
from colonnade.errors import Unavailable
from colonnade.gateway.call import Identity, Saved, Usage
from colonnade.performance.answers import Answers, StoredAnswer
from colonnade.performance.cache_key import releases_of, tenant
from colonnade.responsibility.disclosure import Disclose


async def test_a_repeated_question_gets_the_same_body_without_a_call():
    gateway = Cached()
    first, second = await gateway.ask(temperature=0), await gateway.ask(temperature=0)
    assert [it.headers["x-colonnade-cache"] for it in (first, second)] == ["miss", "hit"]
    assert first.body == second.body
    assert gateway.asked == 1
    assert gateway.call.cache == "hit"
    assert gateway.call.attempts == 0
    assert gateway.call.answered_by == "simulated-small"


async def test_a_repeated_stream_is_played_again_byte_for_byte():
    gateway = Cached()
    first, second = [await gateway.ask(temperature=0, stream=True) for _ in range(2)]
    assert first.body == second.body
    assert second.done
    assert second.headers["x-colonnade-cache"] == "hit"
    assert gateway.asked == 1


async def test_a_stream_and_a_whole_answer_are_kept_apart():
    gateway = Cached()
    assert [await gateway.verdict(), await gateway.verdict(stream=True)] == ["miss", "miss"]
    assert [await gateway.verdict(), await gateway.verdict(stream=True)] == ["hit", "hit"]


async def test_a_streamed_hit_shows_usage_only_to_who_asks_for_it():
    gateway = Cached()
    plain = await gateway.ask(temperature=0, stream=True)
    asked = await gateway.ask(temperature=0, stream=True, stream_options={"include_usage": True})
    assert asked.headers["x-colonnade-cache"] == "hit"
    assert not any(event.get("usage") for event in plain.events)
    assert asked.events[-1]["usage"]["completion_tokens"] == 24


async def test_a_hit_costs_nothing_and_counts_what_it_avoided():
    gateway = Cached(before=[Meter(PriceBook.of(specification()))])
    paid = await gateway.ask(temperature=0)
    total = paid.json["usage"]["total_tokens"]
    free = await gateway.ask(temperature=0)
    assert free.headers["x-colonnade-cost-usd"] == "0"
    assert (gateway.reply.money.usd, gateway.reply.money.known) == (0.0, True)
    assert gateway.reply.usage == Usage(cache_read=total, reported=True)
    saved = gateway.call.saved
    assert (saved.tokens, saved.usd) == (total, float(paid.headers["x-colonnade-cost-usd"]))
    assert saved.ms > 0


@pytest.mark.parametrize("fields", [{}, {"temperature": 0.7}, {"temperature": None}])
async def test_what_may_be_answered_differently_each_time_goes_past_the_cache(fields):
    gateway = Cached()
    verdicts = [(await gateway.ask(**fields)).headers["x-colonnade-cache"] for _ in range(2)]
    assert verdicts == ["bypass", "bypass"]
    assert gateway.asked == 2


@pytest.mark.parametrize("fields", [{"seed": 5}, {"temperature": 0.0}])
async def test_a_seed_or_temperature_zero_makes_it_repeatable(fields):
    gateway = Cached()
    assert [(await gateway.ask(**fields)).headers["x-colonnade-cache"] for _ in range(2)] == ["miss", "hit"]


async def test_a_route_may_say_that_it_is_deterministic():
    gateway = Cached(route={**CACHED, "deterministic": True})
    assert [(await gateway.ask()).headers["x-colonnade-cache"] for _ in range(2)] == ["miss", "hit"]


async def test_a_route_without_cache_says_off_and_stores_nothing():
    gateway = Cached(route={"cache": "off"})
    assert [await gateway.verdict(), await gateway.verdict()] == ["off", "off"]
    assert (gateway.asked, len(gateway.answers)) == (2, 0)


async def test_another_team_asking_the_same_gets_a_miss():
    gateway = Cached()
    gateway.known_as("key-1", team="red")
    assert await gateway.verdict() == "miss"
    gateway.known_as("key-2", team="red")
    assert await gateway.verdict() == "hit"
    gateway.known_as("key-3", team="blue")
    assert await gateway.verdict() == "miss"
    gateway.known_as("key-3", team="red", tenant="acme")
    assert await gateway.verdict() == "miss"


async def test_keys_without_a_team_share_with_nobody():
    gateway = Cached()
    gateway.known_as("key-1")
    assert await gateway.verdict() == "miss"
    gateway.known_as("key-2")
    assert await gateway.verdict() == "miss"
    gateway.known_as("key-4", team="key-2")
    assert await gateway.verdict() == "miss"
    gateway.known_as("key-5", tenant="key", team="key-2")
    assert await gateway.verdict() == "miss"


def test_no_label_can_be_mistaken_for_a_key():
    names = [
        tenant(Identity("a", "caller", labels))
        for labels in ({}, {"team": "a"}, {"tenant": "a"}, {"tenant": "key", "team": "a"})
    ]
    assert len({*names, tenant(None)}) == 5


@pytest.mark.parametrize(
    "change",
    [
        {"messages": [*ASK, {"role": "user", "content": "And on Sunday?"}]},
        {"seed": 6},
        {"max_tokens": 5},
        {"model": "other"},
        {"tools": [{"type": "function", "function": {"name": "look_up"}}]},
        {"unheard_of": 1},
    ],
)
async def test_anything_that_may_change_the_answer_is_part_of_the_key(change):
    gateway = Cached()
    assert await gateway.verdict(seed=5) == "miss"
    assert await gateway.verdict(**{"seed": 5, **change}) == "miss"
    assert await gateway.verdict(seed=5) == "hit"


@dataclasses.dataclass(frozen=True)
class Versions:
    """What stages before the cache leave."""

    prompt_version: list
    generation: list
    name: str = "versions"

    async def __call__(self, call, forward):
        call.prompt_version, call.generation = self.prompt_version[0], self.generation[0]
        return await forward(call)


@pytest.mark.parametrize("what", ["prompt_version", "generation"])
async def test_a_new_prompt_or_index_is_a_miss(what):
    versions = Versions(["v1"], ["g1"])
    gateway = Cached(before=[versions])
    assert [await gateway.verdict(), await gateway.verdict()] == ["miss", "hit"]
    getattr(versions, what)[0] = "sha256:" + "1" * 64
    assert await gateway.verdict() == "miss"


def with_a_target(spec, **changes):
    """A second model stands by for the route `answer`; `changes` are its."""
    models = {name: model.model_dump() for name, model in spec.models.items()}
    route = {**spec.routes["answer"].model_dump(), "targets": [{"model": "spare"}]}
    routes = {"answer": route, "other": spec.routes["other"].model_dump()}
    return specification(models={**models, "spare": {**models["small"], **changes}}, routes=routes)


@pytest.mark.parametrize("change", [{"model": "simulated-large"}, {"pin": "sha256:" + "1" * 64}])
async def test_another_model_among_the_targets_of_a_route_is_a_miss_on_that_route_alone(change):
    gateway = Cached()
    gateway.cache.releases.update(releases_of(with_a_target(gateway.spec)))
    both = [await gateway.verdict(), await gateway.verdict(model="other")]
    assert both == ["miss", "miss"]
    gateway.cache.releases.update(releases_of(with_a_target(gateway.spec, **change)))
    both = [await gateway.verdict(), await gateway.verdict(model="other")]
    assert both == ["miss", "hit"]


async def test_an_upstream_at_another_address_is_a_miss():
    before = specification()
    simulated = before.upstreams["simulated"].model_dump()
    after = specification(upstreams={"simulated": {**simulated, "region": "local:NO"}})
    assert releases_of(before) != releases_of(after)
    assert releases_of(before) == releases_of(specification())


async def test_a_hit_names_the_target_that_made_the_answer():
    gateway = Cached(after=[Elsewhere()])
    await gateway.verdict()
    assert await gateway.verdict() == "hit"
    assert gateway.call.binding_name == "spare"


@dataclasses.dataclass(frozen=True)
class Elsewhere:
    """The call goes to another target than the route's own."""

    name: str = "elsewhere"

    async def __call__(self, call, forward):
        call.binding_name = "spare"
        return await forward(call)


async def test_a_new_policy_is_a_miss():
    gateway = Cached()
    await gateway.verdict()
    gateway.policy = "p2"
    assert await gateway.verdict() == "miss"


async def test_who_asks_is_no_part_of_the_answer():
    gateway = Cached()
    assert [await gateway.verdict(user="ann"), await gateway.verdict(user="bob")] == ["miss", "hit"]


async def test_an_answer_past_its_time_limit_is_never_served():
    gateway = Cached()
    await gateway.verdict()
    gateway.clock.now += 59.9
    assert await gateway.verdict() == "hit"
    gateway.clock.now += 0.1
    assert await gateway.verdict() == "miss"
    assert gateway.answers.counts.expired == 1


async def test_an_altered_answer_is_refused_and_made_again():
    gateway = Cached()
    first = await gateway.ask(temperature=0)
    [(key, entry)] = gateway.answers._entries.items()
    altered = msgspec.structs.replace(
        entry.answer, body=entry.answer.body.replace(b"assistant", b"impostors")
    )
    gateway.answers._entries[key] = msgspec.structs.replace(entry, answer=altered)
    again = await gateway.ask(temperature=0)
    assert again.headers["x-colonnade-cache"] == "miss"
    assert again.json["choices"] == first.json["choices"]
    assert gateway.answers.counts.altered == 1


async def test_an_answer_under_another_key_or_with_a_longer_term_is_refused():
    gateway = Cached()
    await gateway.verdict()
    [(key, entry)] = gateway.answers._entries.items()
    gateway.answers._entries[b"k" * 32] = entry
    assert gateway.answers.find(b"k" * 32) is None
    longer = msgspec.structs.replace(entry.answer, expires_at=entry.answer.expires_at + 3600.0)
    gateway.answers._entries[key] = msgspec.structs.replace(entry, answer=longer)
    gateway.clock.now += 61.0
    assert await gateway.verdict() == "miss"
    assert gateway.answers.counts.altered == 2


async def test_what_is_dropped_is_named_on_a_hit_too_but_not_who_asked():
    gateway = Cached()
    fields = {"user": "ann", "verbosity": "low"}
    first = await gateway.ask(temperature=0, **fields)
    again = await gateway.ask(temperature=0, **fields)
    assert first.headers["x-colonnade-dropped-fields"] == "user,verbosity"
    assert again.headers["x-colonnade-dropped-fields"] == "verbosity"
    assert again.headers["x-colonnade-cache"] == "hit"


@pytest.mark.parametrize("stream", [False, True])
async def test_the_notice_of_a_session_is_no_part_of_what_is_kept(stream):
    notice = {**CACHED, "disclosure": {"text": "An AI answers here."}}
    gateway = Cached(before=[Disclose()], route=notice)
    first, second = [await gateway.ask(temperature=0, stream=stream) for _ in range(2)]
    assert first.text.startswith("An AI answers here.")
    assert second.headers["x-colonnade-cache"] == "hit"
    told = second.text
    assert gateway.reply.text == told
    [(_, entry)] = gateway.answers._entries.items()
    assert b"An AI answers" not in entry.answer.body
    assert entry.answer.text == ("" if stream else told.removeprefix("An AI answers here.").lstrip())


async def test_an_answer_that_the_journal_could_not_take_is_not_kept():
    gateway = Cached(before=[NoJournal()])
    for stream in (False, True):
        heard = await gateway.ask(temperature=0, stream=stream)
        assert heard.status == 503 or b"journal_unavailable" in heard.body
    assert len(gateway.answers) == 0


@dataclasses.dataclass(frozen=True)
class NoJournal:
    """A stage that closes after the cache, and cannot."""

    name: str = "journal"

    async def __call__(self, call, forward):
        reply = await forward(call)

        async def close(_):
            raise Unavailable("The journal cannot be written.", code="journal_unavailable")

        reply.on_close(close)
        return reply


async def test_removed_answers_are_gone_by_route_by_prompt_or_all():
    gateway = Cached()
    await gateway.verdict()
    await gateway.verdict(model="other")
    assert gateway.answers.remove(route="other") == 1
    assert [await gateway.verdict(), await gateway.verdict(model="other")] == ["hit", "miss"]
    assert gateway.answers.remove(prompt="none-such") == 0
    assert gateway.answers.remove() == 2
    assert gateway.answers.size_bytes == 0


@pytest.mark.parametrize(
    ("fault", "stream"),
    [
        ("http_500", False),
        ("malformed_chunk", True),
        ("cut", True),
        ("missing_done", True),
        ("empty", True),
        ("empty", False),
    ],
)
async def test_what_went_wrong_is_never_stored(fault, stream):
    gateway = Cached(fault=fault)
    await gateway.ask(temperature=0, stream=stream)
    assert len(gateway.answers) == 0


async def test_an_answer_that_is_too_large_passes_and_is_not_kept():
    gateway = Cached(limit=1024)
    for stream in (False, True):
        heard = await gateway.ask(temperature=0, stream=stream)
        assert heard.status == 200
        assert heard.text
    assert len(gateway.answers) == 0


def answer(body, expires_at=1e9):
    return StoredAnswer(body, 0.0, expires_at, "m", Saved(1, 0.0, 1.0, 0.0), "r", "p")


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 900), st.booleans()), max_size=80))
def test_the_cache_never_holds_more_than_its_limit_and_counts_its_bytes(steps):
    answers = Answers(lambda: 0.0, limit_bytes=12_000)
    for key, size, store in steps:
        name = b"%d" % key
        if store:
            answers.store(name, answer(b"x" * size))
        else:
            answers.find(name)
        held = [entry.answer.size for entry in answers._entries.values()]
        assert answers.size_bytes == sum(held) <= 12_000
        assert len(answers) == len(held)


def test_the_least_recently_used_answer_leaves_first():
    answers = Answers(lambda: 0.0, limit_bytes=16_000)
    for name in (b"a", b"b", b"c", b"d", b"e", b"f", b"g", b"h"):
        answers.store(name, answer(b"x" * 900))
    assert answers.find(b"a") is not None
    answers.store(b"i", answer(b"x" * 900))
    assert answers.find(b"b") is None
    assert answers.find(b"a") is not None
    assert answers.counts.evicted == 1
