"""The workload's own evaluation set is run against what serves, and the results become evidence."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from colonnade.assembly.opened import opened
from colonnade.assembly.preparation import SearchModels, obtain_models, open_collections
from colonnade.assembly.reviewing import current_subject
from colonnade.assembly.stored import KnowledgeShelf
from colonnade.drills.target import Heard, Telephone
from colonnade.errors import SetupError
from colonnade.evaluation.answering import AnswerEvaluator, AskFailed
from colonnade.evaluation.grounding import Support
from colonnade.evaluation.retrieving import evaluate_retrieval
from colonnade.evaluation.run import EvaluationRun, answers_view, record, retrieval_view
from colonnade.evaluation.score import Answer, FoundPassage, GivenSource
from colonnade.evaluation.suite import LoadedSuite, read_suite
from colonnade.evidence.collection import Scope
from colonnade.evidence.ledger import Ledger
from colonnade.knowledge.collection import Collection
from colonnade.registry.models import ModelStore
from colonnade.workload.folder import Workload
from colonnade.workload.sections.serving import Route

Progress = Callable[[int, int], None]
CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class Replied:
    """What a client got for a question: the text, the ids of the sources, the request's id, milliseconds."""

    text: str
    source_ids: tuple[str, ...]
    request_id: str
    latency_ms: float


AskRoute = Callable[[str, str], Awaitable[Replied]]
"""Asks a route a question; raises `AskFailed` where no answer came."""


async def evaluate_knowledge(folder: Path, progress: Progress) -> EvaluationRun:
    """Retrieval scored on every question of the suite, and recorded.

    Raises:
        SetupError: the suite's route has no knowledge, or its models are not here.
    """
    with _prepared(folder) as bench, bench.collection() as collection:
        floor = bench.route.knowledge.floor if bench.route.knowledge else 0.0

        async def find(question: str) -> tuple[FoundPassage, ...]:
            return (await collection.retriever.retrieve(question, passages=CANDIDATES)).passages

        suite = bench.loaded.suite
        run = await evaluate_retrieval(
            bench.loaded.dataset, find, floor=floor, seed=suite.seed, progress=progress
        )
        bench.ledger.append_record(record(run, retrieval_view(run), bench.scope()))
        return run


async def evaluate_answers(folder: Path, ask: AskRoute, *, whole: bool, progress: Progress) -> EvaluationRun:
    """Answers scored on a seeded sample of the suite, or on all of it, and recorded.

    Raises:
        SetupError: the models that scoring needs are not here.
    """
    with _prepared(folder) as bench:
        suite, dataset = bench.loaded.suite, bench.loaded.dataset
        sample = suite.sample
        items = dataset.items if whole else dataset.sample(sample.answerable, sample.unanswerable, suite.seed)
        evaluator = AnswerEvaluator(
            ask=partial(bench.ask, ask, suite.route),
            baseline=partial(bench.ask, ask, suite.baseline_route) if suite.baseline_route else None,
            support=Support(bench.rerank()),
        )
        run = await evaluator.evaluate(dataset, items, seed=suite.seed, progress=progress)
        bench.ledger.append_record(record(run, answers_view(run), bench.scope()))
        return run


def asking(call: Telephone, key: str) -> AskRoute:
    """Ask over plain HTTP."""

    async def ask(route: str, question: str) -> Replied:
        began = time.monotonic()
        body = {"model": route, "messages": [{"role": "user", "content": question}]}
        heard = await call("POST", "/v1/chat/completions", key=key, body=body)
        if heard.status != 200:
            raise AskFailed(f"status {heard.status}")
        return Replied(_text(heard), source_ids(heard.headers), heard.headers["x-request-id"], _since(began))

    return ask


def source_ids(headers: dict[str, str]) -> tuple[str, ...]:
    """The ids that the header `x-colonnade-sources` names."""
    named = headers.get("x-colonnade-sources", "none")
    return () if named == "none" else tuple(named.split(","))


@dataclass(frozen=True, slots=True)
class _Bench:
    """A workload with its suite, opened for an evaluation."""

    workload: Workload
    ledger: Ledger
    shelf: KnowledgeShelf
    loaded: LoadedSuite
    route: Route

    def scope(self) -> Scope:
        """What is evaluated: what runs now."""
        now = time.time()
        environment = self.workload.specification.review.environment
        return Scope(
            environment, current_subject(self.workload, self.ledger, self.shelf.live(), environment), now, now
        )

    async def ask(self, ask: AskRoute, route: str, question: str) -> Answer:
        """One question; the sentence that discloses the AI is no part of the answer."""
        replied = await ask(route, question)
        declared = self.workload.specification.routes[route]
        text = replied.text.removeprefix(declared.disclosure.text or "").strip()
        nothing = declared.knowledge is not None and text == declared.knowledge.nothing_found_text
        sources = tuple(self._sources(declared, replied.source_ids))
        return Answer(text, sources, nothing, replied.latency_ms, replied.request_id)

    @contextmanager
    def collection(self) -> Iterator[Collection]:
        """What the suite's route searches."""
        use = self.route.knowledge.use if self.route.knowledge else None
        if use is None:
            raise SetupError(f"the suite's route {self.loaded.suite.route} uses no knowledge")
        files = obtain_models(self.workload.specification, ModelStore())
        search = SearchModels(files, workers=os.cpu_count() or 1)
        collections = open_collections(self.workload, self.ledger.store, search)
        try:
            yield collections[use]
        finally:
            for collection in collections.values():
                collection.close()

    def rerank(self) -> Callable[..., list[float]] | None:
        """The reranker of the route's knowledge, which judges support where words differ."""
        entry = (
            self.workload.specification.knowledge[self.route.knowledge.use] if self.route.knowledge else None
        )
        if entry is None or entry.reranker is None:
            return None
        return SearchModels(ModelStore().ensure_all([entry.reranker])).reranker(entry.reranker).score

    def _sources(self, route: Route, ids: tuple[str, ...]) -> Iterator[GivenSource]:
        for source_id in ids if route.knowledge else ():
            assert route.knowledge is not None
            chunk = self.shelf.passage(route.knowledge.use, source_id)
            if chunk is not None:
                yield GivenSource(chunk.document, chunk.text)


@contextmanager
def _prepared(folder: Path) -> Iterator[_Bench]:
    with opened(folder) as (workload, ledger, shelf):
        loaded = read_suite(workload.folder / "evals" / "suite.yaml")
        route = workload.specification.routes.get(loaded.suite.route)
        if route is None:
            raise SetupError(
                f"evals/suite.yaml names the route `{loaded.suite.route}`, which workload.yaml has not"
            )
        yield _Bench(workload, ledger, shelf, loaded, route)


def _text(heard: Heard) -> str:
    parsed = heard.json()
    return str(parsed["choices"][0]["message"]["content"]) if isinstance(parsed, dict) else ""


def _since(began: float) -> float:
    return (time.monotonic() - began) * 1000.0
