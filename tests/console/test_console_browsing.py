"""Requests are paged through without gaps, repeats or an endless search; passages are resolved while they are kept."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from populated import unwished, workload_folder

from colonnade.assembly import browsing
from colonnade.assembly.browsing import newest_requests, passages
from colonnade.assembly.opened import opened
from colonnade.console.sources import Sought
from colonnade.evidence.ledger import ClosedRequest, Ledger
from colonnade.evidence.request import SourceLine
from colonnade.knowledge.collection import Collection, Models, open_collection
from colonnade.workload.folder import Workload
from colonnade.workload.sections.serving import Knowledge

AT = 1_790_000_000.0
COUNT = 23


@pytest.fixture
def workload_and_ledger(tmp_path: Path) -> Iterator[tuple[Workload, Ledger]]:
    with opened(workload_folder(tmp_path / "minimal")) as (workload, ledger, _):
        yield workload, ledger


@pytest.fixture
def ledger(workload_and_ledger: tuple[Workload, Ledger], monkeypatch: pytest.MonkeyPatch) -> Ledger:
    monkeypatch.setattr(browsing, "PAGE", 5)
    _, ledger = workload_and_ledger
    # Two requests a second: equal moments are told apart by id.
    made = [
        unwished(
            n, opened_at=AT + n // 2, route=("a", "b")[n % 2], outcome="answered" if n == 3 else "failed"
        )
        for n in range(COUNT)
    ]
    ledger.append_requests([ClosedRequest(each) for each in made])
    return ledger


def all_ids(ledger: Ledger, limit: int, **sought: str) -> list[str]:
    ids: list[str] = []
    place = None
    while True:
        found = newest_requests(ledger.store, Sought(limit=limit, before=place, **sought))
        ids += [each.id for each in found.requests]
        if found.further is None:
            return ids
        place = found.further


@pytest.mark.parametrize("limit", [1, 2, 5, 7, 22, 23, 50])
def test_pages_hold_every_request_once_newest_first(ledger: Ledger, limit: int):
    assert all_ids(ledger, limit) == [f"req-unwished-{n:03d}" for n in reversed(range(COUNT))]


def test_filters_hold_over_pages(ledger: Ledger):
    assert all_ids(ledger, 4, route="b") == [f"req-unwished-{n:03d}" for n in reversed(range(1, COUNT, 2))]
    assert all_ids(ledger, 4, text="00") == [f"req-unwished-{n:03d}" for n in reversed(range(10))]
    assert all_ids(ledger, 4, outcome="answered") == ["req-unwished-003"]


def test_a_rare_outcome_is_not_sought_without_end(ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(browsing, "LOOKED_AT_MOST", 6)
    found = newest_requests(ledger.store, Sought(outcome="answered"))
    assert (list(found.requests), found.looked_at) == ([], 6)
    assert found.further is not None
    assert all_ids(ledger, 4, outcome="answered") == ["req-unwished-003"]


def test_an_empty_journal_has_no_page(workload_and_ledger: tuple[Workload, Ledger]):
    _, ledger = workload_and_ledger
    found = newest_requests(ledger.store, Sought())
    assert (list(found.requests), found.further, found.looked_at) == ([], None, 0)


class LengthEncoder:
    """Vectors of two dimensions: enough to build an index, and no model."""

    dimensions = 2
    digest = "sha256:" + "e" * 64

    def encode(self, texts: Sequence[str]) -> list[list[float]]:
        return [[1.0, float(len(text))] for text in texts]


@pytest.fixture
def collection(workload_and_ledger: tuple[Workload, Ledger]) -> Iterator[Collection]:
    workload, ledger = workload_and_ledger
    opened_one = open_collection(
        "handbook",
        Knowledge(),
        folder=workload.folder,
        state=workload.state,
        connect=ledger.store.connection,
        models=Models(LengthEncoder(), None),
    )
    yield opened_one
    opened_one.close()


@pytest.fixture
def grounded(workload_and_ledger: tuple[Workload, Ledger]) -> Workload:
    """The workload with knowledge on its route."""
    workload, _ = workload_and_ledger
    route = workload.specification.routes["answer"]
    changed = route.model_validate({**route.model_dump(), "knowledge": {"use": "handbook"}})
    routes = {**workload.specification.routes, "answer": changed}
    return replace(workload, specification=workload.specification.model_copy(update={"routes": routes}))


def test_passages_are_resolved_while_their_generation_is_kept(
    collection: Collection, grounded: Workload, workload_and_ledger: tuple[Workload, Ledger]
):
    _, ledger = workload_and_ledger
    generation = collection.refresh().switch.after
    with ledger.store.connection() as connection:
        [chunk, text] = connection.execute("SELECT id, text FROM knowledge_chunk LIMIT 1").fetchone()
    sources = [
        SourceLine(chunk, "opening-hours.txt", "sha256:2", 1.0),
        SourceLine("gone", "x", "sha256:3", 0.5),
    ]
    record = unwished(1, route="answer", generation=generation, sources=sources)
    assert passages(grounded, ledger, record) == {chunk: text}
    older = unwished(2, route="answer", generation="sha256:older", sources=sources)
    assert passages(grounded, ledger, older) == {}


def test_a_route_without_knowledge_has_no_passages(workload_and_ledger: tuple[Workload, Ledger]):
    workload, ledger = workload_and_ledger
    assert passages(workload, ledger, unwished(1, route="answer")) == {}
    assert passages(workload, ledger, unwished(2, route="gone")) == {}
