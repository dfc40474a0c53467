"""Retrieval is evaluated on every question of a dataset: are the sources found, and is nothing found where nothing is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from colonnade.evaluation.dataset import Dataset, Item
from colonnade.evaluation.finding import RecallAt, ReciprocalRank
from colonnade.evaluation.intervals import mean, proportion
from colonnade.evaluation.run import EvaluationRun, ItemResult
from colonnade.evaluation.score import FoundPassage, Score

Find = Callable[[str], Awaitable[Sequence[FoundPassage]]]
"""Ranked passages for a question, best first, without a floor; ten of them are enough."""

Progress = Callable[[int, int], None]
"""Called with how many questions are done, and how many there are."""

Scorer = Callable[[Item, Sequence[FoundPassage]], Score]

SCORERS: dict[str, Scorer] = {
    "recall_at_1": RecallAt(1),
    "recall_at_5": RecallAt(5),
    "recall_at_10": RecallAt(10),
    "mrr": ReciprocalRank(),
}


async def evaluate_retrieval(
    dataset: Dataset, find: Find, *, floor: float, seed: int = 0, progress: Progress = lambda *_: None
) -> EvaluationRun:
    """Ask every question of `dataset`.

    Args:
        dataset: the questions.
        find: the retrieval under test.
        floor: the route's; a question whose best passage scores below it counts as `nothing_found`.
        seed: for the intervals.
        progress: called after each question.

    Returns:
        A run with `recall_at_1`, `recall_at_5`, `recall_at_10`, `mrr` (answerable questions), `rejected` (share of
        unanswerable questions for which nothing was found) and `wrongly_rejected` (of answerable ones).
    """
    results = []
    for done, item in enumerate(dataset.items, start=1):
        results.append(_result(item, await find(item.question), floor))
        progress(done, len(dataset.items))
    metrics = {name: mean(_values(results, name), seed) for name in SCORERS}
    for name, answerable in (("rejected", False), ("wrongly_rejected", True)):
        rejected = [one.scores["nothing_found"].value for one in results if one.answerable is answerable]
        metrics[name] = proportion(sum(rejected), len(rejected))
    return EvaluationRun(dataset, seed, metrics, tuple(results))


def _result(item: Item, found: Sequence[FoundPassage], floor: float) -> ItemResult:
    best = max((passage.score for passage in found), default=float("-inf"))
    scores = {"nothing_found": Score(float(best < floor), f"best score {best:.2f}, floor {floor:g}")}
    if item.answerable:
        scores |= {name: scorer(item, found) for name, scorer in SCORERS.items()}
    return ItemResult(item.id, item.answerable, scores)


def _values(results: Sequence[ItemResult], name: str) -> list[float]:
    return [result.scores[name].value for result in results if name in result.scores]
