"""A question that means the same is answered from the store, one that may not is not, and errors are counted."""

import dataclasses
import json
import re
import sys
import threading
import time
from functools import partial

import msgspec
import pytest
from caching import Cached
from served import specification

from colonnade.cost.metering import Meter
from colonnade.cost.prices import PriceBook
from colonnade.errors import SetupError
from colonnade.gateway.call import Reply, Source
from colonnade.gateway.metrics import Metrics
from colonnade.operations.rendering import Render
from colonnade.performance.similar import stage as similar_stage
from colonnade.performance.similar.library import Library
from colonnade.performance.similar.question import LONGEST_QUESTION, fixed_words
from colonnade.performance.similar.stage import SimilarCache, embeddings_of
from colonnade.registry.models import ModelStore
from colonnade.responsibility.disclosure import Disclose
from colonnade.workload.folder import Prompt, PromptVariable

SEMANTIC = {"cache": "semantic", "cache_ttl_s": 60.0, "semantic": {"floor": 0.8, "hold_out": 0.0}}
OPEN = "When does the desk of the tool library open on a working day?"
OPEN_TOO = "When does the desk of our tool library open on a working day?"
CLOSED = "What does it cost to return a ladder late?"
NAME = "bge-small-en-v1.5-int8"


class Words:
    """Vectors that count words: simple, and the same everywhere."""

    digest = "sha256:words"
    dimensions = 256

    def encode(self, texts):
        return [self._vector(text) for text in texts]

    def _vector(self, text):
        counts = [0.0] * self.dimensions
        for word in re.findall(r"\w+", text.lower()):
            counts[sum(map(ord, word)) * 7 % self.dimensions] += 1.0
        length = sum(count * count for count in counts) ** 0.5 or 1.0
        return [count / length for count in counts]


@dataclasses.dataclass(frozen=True)
class Says:
    """Stands for the model: answers a question as `answers` tells, and counts."""

    answers: dict
    heard: list = dataclasses.field(default_factory=list)
    name: str = "says"

    async def __call__(self, call, forward):
        call.attempts += 1
        call.answered_by = "said"
        question = call.request["messages"][-1]["content"]
        self.heard.append(question)
        text = next((said for words, said in self.answers.items() if words in question), "I do not know.")
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        return Reply(body=json.dumps({"model": "said", "choices": [choice], "usage": usage}).encode())


class Alike(Cached):
    """The cached gateway with the stage `similar` behind the cache."""

    def __init__(self, *, encoder=None, library=None, hold_out=0.0, draw=lambda: 0.5, **more):
        self.library = library or Library()
        rules = {**SEMANTIC["semantic"], "hold_out": hold_out}
        route = {**SEMANTIC, "semantic": rules, **more.pop("route", {})}
        made = partial(SimilarCache, library=self.library, encoders={NAME: encoder or Words()}, draw=draw)
        super().__init__(route=route, similar=made, **more)

    async def question(self, text, **fields):
        """Ask, and let the library remember."""
        messages = fields.pop("messages", [{"role": "user", "content": text}])
        heard = await self.ask(messages, **{"temperature": 0, **fields})
        assert heard.status == 200, heard.body
        self.library._worker.submit(lambda: None).result(timeout=5)
        return heard

    async def pair(self, first=OPEN, second=OPEN_TOO, **fields):
        """The verdict on the second question, after the first was answered."""
        await self.question(first)
        return (await self.question(second, **fields)).headers["x-colonnade-cache"]


@pytest.fixture
def alike():
    made = []

    def make(**fields):
        made.append(Alike(**fields))
        return made[-1]

    yield make
    for gateway in made:
        gateway.library.close()


async def test_a_question_that_means_the_same_gets_the_same_answer_without_a_call(alike):
    gateway = alike(before=[Meter(PriceBook.of(specification()))])
    first = await gateway.question(OPEN)
    second = await gateway.question(OPEN_TOO)
    assert second.headers["x-colonnade-cache"] == "similar"
    assert 0.8 < float(second.headers["x-colonnade-similarity"]) < 1.0
    assert first.body == second.body
    assert (gateway.asked, gateway.call.attempts) == (1, 0)
    assert gateway.call.saved.tokens == first.json["usage"]["total_tokens"]
    assert gateway.reply.money.usd == 0.0
    assert second.headers.get_list("x-colonnade-cache") == ["similar"]


async def test_the_very_same_question_is_an_exact_hit_and_is_not_compared(alike):
    gateway = alike()
    assert await gateway.pair(OPEN, OPEN) == "hit"
    assert "x-colonnade-similarity" not in (await gateway.question(OPEN)).headers


async def test_a_stream_is_compared_with_streams(alike):
    gateway = alike()
    await gateway.question(OPEN)
    whole = await gateway.question(OPEN_TOO, stream=True)
    assert whole.headers["x-colonnade-cache"] == "miss"
    again = await gateway.question(
        "When does the desk of that tool library open on a working day?", stream=True
    )
    assert again.headers["x-colonnade-cache"] == "similar"
    assert again.done


async def test_below_the_floor_the_model_is_asked(alike):
    assert await alike().pair(OPEN, CLOSED) == "miss"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "How long may I keep the saw with number 7 at home?",
            "How long may I keep the saw with number 9 at home?",
        ),
        (
            "May I lend the saw of the library to a friend?",
            "May I not lend the saw of the library to a friend?",
        ),
        ("Is the desk of the library closed on โต๊ะ days?", "Is the desk of the library closed on ราคา days?"),
        ("Can I return the ladder at night?", "Can't I return the ladder at night?"),
    ],
)
async def test_numbers_denials_and_other_scripts_must_be_the_same(alike, first, second):
    gateway = alike(route={"semantic": {"floor": 0.5, "hold_out": 0.0}})
    assert await gateway.pair(first, second) == "miss"


def test_fixed_words_are_few():
    assert fixed_words("When does the desk open on Monday?") == ()
    assert fixed_words("Isn't it 7 or b2, and not ночью?") == ("isn't", "7", "b2", "not", "ночью")


@pytest.mark.parametrize(
    "change",
    [
        {"model": "other"},
        {"seed": 5},
        {"max_tokens": 7},
        {"unheard_of": 1},
        {"messages": [{"role": "system", "content": "Be rude."}, {"role": "user", "content": OPEN_TOO}]},
        {
            "messages": [
                {"role": "user", "content": "Hello."},
                {"role": "assistant", "content": "Hello."},
                {"role": "user", "content": OPEN_TOO},
            ]
        },
    ],
)
async def test_everything_but_the_words_of_the_last_question_must_be_the_same(alike, change):
    assert await alike().pair(**change) == "miss"


async def test_another_tenant_never_gets_a_similar_answer(alike):
    gateway = alike()
    gateway.known_as("key-1", team="red")
    await gateway.question(OPEN)
    gateway.known_as("key-2", team="blue")
    assert (await gateway.question(OPEN_TOO)).headers["x-colonnade-cache"] == "miss"
    gateway.known_as("key-3", team="red")
    assert (await gateway.question(OPEN_TOO)).headers["x-colonnade-cache"] == "similar"


@dataclasses.dataclass(frozen=True)
class Found:
    """What stages before the cache found."""

    sources: list
    generation: list
    name: str = "found"

    async def __call__(self, call, forward):
        call.sources = tuple(Source(name, "d", "v", self.generation[0], "p", 1.0) for name in self.sources)
        call.generation = self.generation[0]
        return await forward(call)


@pytest.mark.parametrize("what", ["sources", "generation", "policy", "epoch"])
async def test_a_new_passage_index_policy_or_epoch_is_a_miss(alike, what):
    found = Found(["s1", "s2"], ["g1"])
    gateway = alike(before=[found])
    assert await gateway.pair() == "similar"
    if what == "policy":
        gateway.policy = "p2"
    elif what == "epoch":
        gateway.cache.epochs.end(None)
    else:
        getattr(found, what)[0] = "new"
    again = await gateway.question("When does the desk of that tool library open on a working day?")
    assert again.headers["x-colonnade-cache"] == "miss"


PICTURE = [
    {"type": "text", "text": OPEN_TOO},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
]
CALLED = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f"}}],
}


@pytest.mark.parametrize(
    "change",
    [
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
        {"messages": [{"role": "user", "content": PICTURE}]},
        {
            "messages": [
                CALLED,
                {"role": "tool", "tool_call_id": "1", "content": "x"},
                {"role": "user", "content": OPEN},
            ]
        },
        {"messages": [{"role": "user", "content": OPEN}, {"role": "assistant", "content": "At"}]},
        {"messages": [{"role": "user", "content": "x" * (LONGEST_QUESTION + 1)}]},
    ],
    ids=["tools", "picture", "tool result", "prefill", "long"],
)
async def test_what_is_more_than_a_question_is_neither_compared_nor_remembered(alike, change):
    gateway = alike()
    await gateway.question(OPEN, **change)
    assert len(gateway.library) == 0
    assert gateway.verdicts == ["miss"]


async def test_what_may_be_answered_differently_each_time_goes_past_both_caches(alike):
    gateway = alike()
    assert await gateway.pair(temperature=0.7) == "bypass"


# rendered prompts: the template around a question must not make questions alike, nor hide what differs


def prompt(template, *names):
    variables = tuple(PromptVariable(name) for name in names)
    return Prompt("ask", "sha256:" + "1" * 64, "p", "o", template, variables, 900, None)


TEMPLATE = "[system]\nAnswer in one sentence.\n[user]\nA question about the tool library, in its own words: {{question}}"


async def test_the_callers_words_are_compared_and_not_the_template_around_them(alike):
    gateway = alike(
        before=[Render({"ask": prompt(TEMPLATE, "question")})],
        route={"prompt": "ask", "free_system_prompt": False},
    )
    assert await gateway.pair() == "similar"
    assert (await gateway.question(CLOSED)).headers["x-colonnade-cache"] == "miss"


async def test_a_variable_of_the_prompt_that_differs_is_a_miss_wherever_it_stands(alike):
    render = Render({"ask": prompt(TEMPLATE + "\nTone: {{tone}}", "question", "tone")})
    gateway = alike(before=[render], route={"prompt": "ask", "free_system_prompt": False})
    await gateway.question(OPEN, prompt_variables={"tone": "kind"})
    kind = await gateway.question(OPEN_TOO, prompt_variables={"tone": "kind"})
    rude = await gateway.question(OPEN_TOO, prompt_variables={"tone": "rude"})
    assert [it.headers["x-colonnade-cache"] for it in (kind, rude)] == ["similar", "miss"]


async def test_a_question_that_is_given_by_name_is_no_word_of_the_last_message(alike):
    gateway = alike(
        before=[Render({"ask": prompt(TEMPLATE, "question")})],
        route={"prompt": "ask", "free_system_prompt": False},
    )
    hello = [{"role": "user", "content": "Hello there."}]
    verdicts = [
        (await gateway.question("", messages=hello, prompt_variables={"question": question})).headers[
            "x-colonnade-cache"
        ]
        for question in (OPEN, CLOSED)
    ]
    assert verdicts == ["miss", "miss"]


# held out: how often a similar answer would have been wrong


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ({"desk": "The desk opens at ten."}, "agreed"),
        (
            {
                "of the": "The desk opens at ten.",
                "of our": "Ladders cost two euros a day when they are late.",
            },
            "differed",
        ),
    ],
)
async def test_held_out_hits_ask_the_model_and_are_compared(alike, answers, verdict):
    says = Says(answers)
    gateway = alike(hold_out=1.0, after=[says])
    await gateway.question(OPEN)
    heard = await gateway.question(OPEN_TOO)
    assert heard.headers["x-colonnade-cache"] == "miss"
    assert says.heard == [OPEN, OPEN_TOO]
    assert heard.text == answers.get("of our", "The desk opens at ten.")
    assert (gateway.call.cache, gateway.call.saved) == (verdict, None)
    assert any(f"held out: {verdict}" in line.what for line in gateway.call.decisions)
    assert await gateway.verdict(messages=[{"role": "user", "content": OPEN_TOO}]) == "hit"


async def test_the_notice_of_a_session_does_not_make_answers_differ(alike):
    gateway = alike(
        hold_out=1.0,
        before=[Disclose()],
        after=[Says({"": "The desk opens at ten."})],
        route={
            "disclosure": {
                "text": "What follows was written by a machine, which may be wrong in every respect."
            }
        },
    )
    assert (await gateway.question(OPEN)).text.startswith("What follows")
    await gateway.question(OPEN_TOO)
    assert gateway.call.cache == "agreed"
    assert any("answers the same" in line.what for line in gateway.call.decisions)


async def test_the_share_that_is_held_out_is_the_routes(alike):
    draws = iter([0.3, 0.05, 0.1])
    gateway = alike(hold_out=0.1, draw=lambda: next(draws), after=[Says({"": "Yes."})])
    await gateway.question(OPEN)
    asked = [
        f"When does the desk of {word} tool library open on a working day?"
        for word in ("our", "that", "this")
    ]
    verdicts = [(await gateway.question(text)).headers["x-colonnade-cache"] for text in asked]
    assert verdicts == ["similar", "miss", "similar"]


async def test_the_rate_of_false_hits_is_a_metric(alike):
    gateway = alike(hold_out=1.0, after=[Says({"of the": "At ten.", "of our": "Two euros a day."})])
    await gateway.pair()
    metrics: Metrics = gateway.app.metrics
    [row] = metrics.rows.values()
    assert row.cache == {"miss": 1, "differed": 1}


# what may go wrong with the search itself


class Slow(Words):
    """An encoder that has much to do."""

    def __init__(self):
        self.go = threading.Event()

    def encode(self, texts):
        self.go.wait(5)
        return super().encode(texts)


async def test_an_encoder_that_is_busy_costs_a_moment_and_never_the_answer(alike, monkeypatch):
    monkeypatch.setattr("colonnade.performance.similar.library.LOOK_S", 0.05)
    encoder = Slow()
    gateway = alike(encoder=encoder)
    began = time.monotonic()
    heard = await gateway.ask([{"role": "user", "content": OPEN}], temperature=0)
    assert time.monotonic() - began < 1.0
    encoder.go.set()
    assert heard.headers["x-colonnade-cache"] == "miss"
    assert any("busy" in line.what for line in gateway.call.decisions)


class Refused(Words):
    """An encoder whose files are not what they should be."""

    def encode(self, texts):
        raise SetupError("refused")


async def test_an_encoder_that_cannot_be_used_is_as_if_nothing_were_similar(alike):
    assert await alike(encoder=Refused()).pair() == "miss"


async def test_an_expired_answer_is_forgotten_with_its_question(alike):
    gateway = alike()
    await gateway.question(OPEN)
    gateway.clock.now += 61.0
    assert (await gateway.question(OPEN_TOO)).headers["x-colonnade-cache"] == "miss"
    assert len(gateway.library) == 1


async def test_an_altered_answer_is_refused_to_similar_questions_too(alike):
    gateway = alike()
    await gateway.question(OPEN)
    [(key, entry)] = gateway.answers._entries.items()
    forged = msgspec.structs.replace(entry.answer, body=b'{"choices": []}')
    gateway.answers._entries[key] = msgspec.structs.replace(entry, answer=forged)
    assert (await gateway.question(OPEN_TOO)).headers["x-colonnade-cache"] == "miss"
    assert gateway.answers.counts.altered == 1


def test_without_numpy_a_start_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    plain = specification().routes["answer"].model_dump()
    spec = specification(routes={"answer": {**plain, **SEMANTIC}})
    with pytest.raises(SetupError, match=r"colonnade\[local\]"):
        SimilarCache.of(spec, Cached().cache, Library(), lambda _: Words())


def test_where_no_route_asks_for_it_there_is_no_such_stage():
    assert SimilarCache.of(specification(), Cached().cache, Library(), lambda _: Words()) is None


def test_every_embedding_that_routes_name_is_needed():
    plain = specification().routes["answer"].model_dump()
    other = {**plain, **SEMANTIC, "semantic": {"embedding": "other"}}
    spec = specification(routes={"answer": {**plain, **SEMANTIC}, "two": other, "three": plain})
    assert embeddings_of(spec) == [NAME, "other"]
    assert set(SimilarCache.of(spec, Cached().cache, Library(), lambda _: Words()).encoders) == {
        NAME,
        "other",
    }


async def test_with_the_default_model_paraphrases_meet_and_other_questions_do_not(alike):
    from colonnade.knowledge.encoders import load_encoder

    files = ModelStore().find(NAME)
    if files is None:
        pytest.skip(f"{NAME} is not here: run `python tests/prepare.py`")
    gateway = alike(encoder=load_encoder(files), route={"semantic": {"floor": 0.95, "hold_out": 0.0}})
    assert await gateway.pair("When is the desk open?", "When does the desk open?") == "similar"
    assert (await gateway.question("When is the desk closed?")).headers["x-colonnade-cache"] == "miss"
    assert (await gateway.question("Is the library open on Sunday?")).headers["x-colonnade-cache"] == "miss"
    assert similar_stage.AGREES < 0.875
