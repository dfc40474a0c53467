"""Answers are evaluated through any way of asking: overlap, grounding, citations, and refusal of what cannot be known."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from colonnade.evaluation.dataset import Dataset, Item
from colonnade.evaluation.evidence import Interval
from colonnade.evaluation.grounding import LEXICAL, CitationPrecision, Groundedness, Support
from colonnade.evaluation.intervals import mean, proportion
from colonnade.evaluation.overlap import RougeL, TokenF1
from colonnade.evaluation.refusal import Refusal
from colonnade.evaluation.run import EvaluationRun, ItemResult
from colonnade.evaluation.score import Answer, Score

Ask = Callable[[str], Awaitable[Answer]]
"""Asks one question; raises `AskFailed` where no answer came."""

Progress = Callable[[int, int], None]

_HALLUCINATED_BELOW = 0.5


class AskFailed(Exception):
    """No answer came; the message is a status or an error code, without content."""


@dataclass(frozen=True, slots=True)
class AnswerEvaluator:
    """Asks questions and scores what comes back.

    `baseline`, where given, is the same model without retrieval: its answers are held against the sources that the
    answers under test were given. `parallel` is how many questions are under way at once.
    """

    ask: Ask
    baseline: Ask | None = None
    support: Support = LEXICAL
    parallel: int = 1

    async def evaluate(
        self, dataset: Dataset, items: Sequence[Item], *, seed: int = 0, progress: Progress = lambda *_: None
    ) -> EvaluationRun:
        """Ask `items`, a sample of `dataset` drawn by `seed` or all of it.

        Returns:
            A run with the metrics of `answer_metrics`. A question that got no answer overlaps by 0 and
            counts as not refused, so that failing never pays.
        """
        turns = asyncio.Semaphore(self.parallel)
        done = 0

        async def one(item: Item) -> ItemResult:
            nonlocal done
            async with turns:
                result = await self._result(item)
            done += 1
            progress(done, len(items))
            return result

        results = tuple(await asyncio.gather(*(one(item) for item in items)))
        return EvaluationRun(dataset, seed, answer_metrics(results, seed), results)

    async def _result(self, item: Item) -> ItemResult:
        try:
            answer = await self.ask(item.question)
        except AskFailed as error:
            return ItemResult(item.id, item.answerable, _failed(item), error=str(error))
        scores = await asyncio.to_thread(self._scores, item, answer)  # the reranker computes
        if self.baseline is not None and answer.sources and "groundedness" in scores:
            scores["baseline_groundedness"] = await self._without_retrieval(item, answer)
        return ItemResult(item.id, item.answerable, scores, answer.request_id, answer.latency_ms)

    def _scores(self, item: Item, answer: Answer) -> dict[str, Score]:
        refused = Refusal()(answer)
        scores = {"refused": refused}
        if item.answerable:
            scores["overlap"] = TokenF1()(item.reference, answer.text)
            scores["rouge_l"] = RougeL()(item.reference, answer.text)
        if not refused.value:
            scores["groundedness"] = Groundedness(self.support)(answer.text, answer.sources)
            scores["citation_precision"] = CitationPrecision(self.support)(item, answer)
        return scores

    async def _without_retrieval(self, item: Item, answer: Answer) -> Score:
        assert self.baseline is not None
        try:
            plain = await self.baseline(item.question)
        except AskFailed as error:
            return Score(0.0, f"no answer: {error}")
        return await asyncio.to_thread(Groundedness(self.support), plain.text, answer.sources)


def answer_metrics(results: Sequence[ItemResult], seed: int) -> dict[str, Interval]:
    """The metrics of a run.

    `overlap`, `rouge_l`: means over answerable questions. `groundedness`, `citation_precision`,
    `baseline_groundedness`: means over answers that were no refusals. `refusal_recall`: share of unanswerable
    questions that were refused; `refusal_precision`: share of refusals that were due; `false_refusals`: share of
    answerable questions that were refused. `hallucinated`: share of questions answered although they cannot be, or
    with less than half of the sentences supported. `failed`: share of questions without an answer.
    """
    metrics = {name: mean(_values(results, name), seed) for name in ("overlap", "rouge_l", "groundedness")}
    metrics["citation_precision"] = mean(_values(results, "citation_precision"), seed)
    if baseline := _values(results, "baseline_groundedness"):
        metrics["baseline_groundedness"] = mean(baseline, seed)
    refused = [result for result in results if result.scores["refused"].value]
    due = sum(not result.answerable for result in refused)
    unanswerable = sum(not result.answerable for result in results)
    metrics["refusal_recall"] = proportion(due, unanswerable)
    metrics["refusal_precision"] = proportion(due, len(refused))
    metrics["false_refusals"] = proportion(len(refused) - due, len(results) - unanswerable)
    metrics["hallucinated"] = proportion(sum(map(_hallucinated, results)), len(results))
    metrics["failed"] = proportion(sum(bool(result.error) for result in results), len(results))
    return metrics


def _hallucinated(result: ItemResult) -> bool:
    if result.error or result.scores["refused"].value:
        return False
    return not result.answerable or result.scores["groundedness"].value < _HALLUCINATED_BELOW


def _failed(item: Item) -> dict[str, Score]:
    names = ("refused", "overlap", "rouge_l") if item.answerable else ("refused",)
    return {name: Score(0.0, "no answer came") for name in names}


def _values(results: Sequence[ItemResult], name: str) -> list[float]:
    return [result.scores[name].value for result in results if name in result.scores]
