"""Runs over small datasets with known answers: metrics by hand, failures that do not pay, evidence without content."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from colonnade.evaluation.answering import AnswerEvaluator, AskFailed
from colonnade.evaluation.dataset import Dataset, Item, ReferenceSource
from colonnade.evaluation.evidence import AnswerEvaluation, RetrievalEvaluation
from colonnade.evaluation.retrieving import evaluate_retrieval
from colonnade.evaluation.run import answers_view, record, retrieval_view
from colonnade.evaluation.score import Answer, GivenSource
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Subject


@dataclass(frozen=True)
class Found:
    document: str
    text: str
    score: float


def answerable(name: str, quote: str) -> Item:
    source = ReferenceSource(document="a.md", quote=quote)
    return Item(id=name, question=f"ask {name}", answerable=True, reference=quote, sources=[source])


def unanswerable(name: str) -> Item:
    return Item(id=name, question=f"ask {name}", answerable=False)


DATASET = Dataset(
    "set.jsonl",
    "sha256:d",
    (answerable("a1", "alpha facts"), answerable("a2", "beta facts"), unanswerable("u1"), unanswerable("u2")),
)
SCOPE = Scope("rehearsal", Subject(knowledge={"k": "sha256:g"}), 1.0, 2.0)


async def find(question: str) -> Sequence[Found]:
    return {
        "ask a1": [Found("a.md", "alpha facts", 5.0)],
        "ask a2": [Found("a.md", "gamma", -6.0), Found("a.md", "beta facts", -7.0)],
        "ask u1": [Found("a.md", "gamma", -9.0)],
        "ask u2": [Found("a.md", "gamma", 1.0)],
    }[question]


async def test_retrieval_metrics_by_hand():
    told: list[tuple[int, int]] = []
    run = await evaluate_retrieval(DATASET, find, floor=-4.0, progress=lambda *step: told.append(step))
    values = {name: (metric.value, metric.n) for name, metric in run.metrics.items()}
    assert values == {
        "recall_at_1": (0.5, 2),
        "recall_at_5": (1.0, 2),
        "recall_at_10": (1.0, 2),
        "mrr": (0.75, 2),
        "rejected": (0.5, 2),
        "wrongly_rejected": (0.5, 2),
    }
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


async def test_retrieval_becomes_a_record():
    run = await evaluate_retrieval(DATASET, find, floor=-4.0)
    made = record(run, retrieval_view(run), SCOPE)
    assert (made.topic, made.kind, made.source, made.n) == ("eval.retrieval", "eval", "eval", 4)
    view = msgspec.convert(made.facts, RetrievalEvaluation)
    assert (view.dataset_digest, view.recall_at_5.value, view.mrr) == ("sha256:d", 1.0, 0.75)


ALPHA = GivenSource("a.md", "The alpha facts are long known.")
BETA = GivenSource("a.md", "The beta facts are new.")


async def ask(question: str) -> Answer:
    return {
        "ask a1": Answer("Alpha facts.", (ALPHA, BETA), request_id="r1"),
        "ask a2": Answer("I do not know."),
        "ask u1": Answer("It says nothing.", nothing_found=True),
        "ask u2": Answer("Purple elephants sing loudly.", (ALPHA,)),
    }[question]


async def test_answer_metrics_by_hand():
    run = await AnswerEvaluator(ask).evaluate(DATASET, DATASET.items, seed=1)
    values = {name: (metric.value, metric.n) for name, metric in run.metrics.items()}
    assert values == {
        "overlap": (0.5, 2),  # a1: 1, a2: no shared word
        "rouge_l": (0.5, 2),
        "groundedness": (0.5, 2),  # a1: its sentence is in ALPHA; u2: no
        "citation_precision": (0.25, 2),  # a1: ALPHA of two (BETA shares one of two words); u2: none
        "refusal_recall": (0.5, 2),
        "refusal_precision": (0.5, 2),
        "false_refusals": (0.5, 2),
        "hallucinated": (0.25, 4),
        "failed": (0.0, 4),
    }


async def test_failing_never_pays():
    async def failing(question: str) -> Answer:
        if question in ("ask a1", "ask u1"):
            raise AskFailed("503 knowledge_not_indexed")
        return await ask(question)

    good = await AnswerEvaluator(ask).evaluate(DATASET, DATASET.items)
    bad = await AnswerEvaluator(failing).evaluate(DATASET, DATASET.items)
    assert bad.metrics["failed"].value == 0.5
    assert bad.metrics["overlap"].value < good.metrics["overlap"].value
    assert bad.metrics["refusal_recall"].value < good.metrics["refusal_recall"].value
    assert [result.error for result in bad.results] == [
        "503 knowledge_not_indexed",
        "",
        "503 knowledge_not_indexed",
        "",
    ]


async def test_the_baseline_is_held_against_the_same_sources():
    async def baseline(question: str) -> Answer:
        if question == "ask u2":
            raise AskFailed("504")
        return Answer("Invented words without ground.")

    run = await AnswerEvaluator(ask, baseline).evaluate(DATASET, DATASET.items)
    assert run.metrics["baseline_groundedness"].n == run.metrics["groundedness"].n == 2
    assert run.metrics["baseline_groundedness"].value == 0.0


async def test_questions_run_as_parallel_as_allowed_and_keep_their_order():
    running = most = 0

    async def slow(question: str) -> Answer:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02 if question == "ask a1" else 0.01)
        running -= 1
        return await ask(question)

    run = await AnswerEvaluator(slow, parallel=2).evaluate(DATASET, DATASET.items)
    assert most == 2
    assert [result.id for result in run.results] == ["a1", "a2", "u1", "u2"]


async def test_an_unexpected_error_is_not_hidden():
    async def broken(question: str) -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await AnswerEvaluator(broken).evaluate(DATASET, DATASET.items)


async def test_answers_become_a_record_without_a_word_of_them(tmp_path: Path):
    run = await AnswerEvaluator(ask).evaluate(DATASET, DATASET.items, seed=9)
    made = record(run, answers_view(run), SCOPE)
    view = msgspec.convert(made.facts, AnswerEvaluation)
    assert (view.seed, view.answerable, view.unanswerable, view.baseline_groundedness) == (9, 2, 2, None)
    assert made.raw_digest.startswith("sha256:")
    raw = run.raw().decode()
    assert [result["id"] for result in json.loads(raw)["results"]] == ["a1", "a2", "u1", "u2"]
    for words in ("alpha", "elephants", "ask a1"):
        assert words not in raw.lower()
        assert words not in made.canonical().decode().lower()


async def test_the_same_run_gives_the_same_bytes():
    one = await AnswerEvaluator(ask).evaluate(DATASET, DATASET.items, seed=9)
    two = await AnswerEvaluator(ask).evaluate(DATASET, DATASET.items, seed=9)
    assert one.raw() == two.raw()
