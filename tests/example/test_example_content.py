"""The example is complete: its questions rest on its documents, and its workload file is free of faults."""

from __future__ import annotations

import json
import re
import runpy
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from colonnade.knowledge.chunks import Chunk, Chunker
from colonnade.knowledge.folder import Corpus, read_folder
from colonnade.registry.folder import load_workload
from colonnade.workload import Workload

FOLDER = Path(__file__).parents[2] / "examples" / "handbook-assistant"
QUESTIONS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (FOLDER / "evals" / "handbook.jsonl").read_text(encoding="utf-8").splitlines()
]
ANSWERABLE = [row for row in QUESTIONS if row["answerable"]]
UNANSWERABLE = [row for row in QUESTIONS if not row["answerable"]]


def flat(text: str) -> str:
    return " ".join(text.split())


def front_matter(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    return yaml.safe_load(text[4 : text.index("\n---\n", 4)])


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return read_folder(FOLDER / "knowledge")


@pytest.fixture(scope="module")
def chunks(corpus: Corpus) -> list[Chunk]:
    return list(Chunker().chunks(corpus.documents))


@pytest.fixture(scope="module")
def workload() -> Workload:
    return load_workload(FOLDER)


def test_every_document_is_taken(corpus: Corpus):
    assert corpus.rejects == ()
    formats = Counter(Path(document.id).suffix for document in corpus.documents)
    assert set(formats) == {".md", ".html", ".txt", ".pdf"}
    assert len(corpus.documents) >= 16


def test_documents_are_chapters(corpus: Corpus):
    lengths = {each.id: sum(len(block.text.split()) for block in each.blocks) for each in corpus.documents}
    assert {name: words for name, words in lengths.items() if not 300 <= words <= 900} == {}


def test_the_pdf_is_made_from_its_text():
    script = runpy.run_path(str(FOLDER / "sources" / "typeset.py"))
    text = script["SOURCE"].read_text(encoding="ascii")
    assert script["typeset"](text) == script["TARGET"].read_bytes()


def test_there_are_enough_questions_of_both_kinds():
    assert len(ANSWERABLE) >= 55
    assert len(UNANSWERABLE) >= 17
    kinds = Counter(tag for row in UNANSWERABLE for tag in row["tags"])
    assert kinds["kind:near_miss"] >= 10
    assert kinds["kind:off_topic"] >= 3


def test_questions_have_one_shape_and_their_own_ids():
    fields = {"id", "question", "answerable", "reference", "sources", "tags"}
    assert {frozenset(row) for row in QUESTIONS} == {frozenset(fields)}
    assert Counter(row["id"] for row in QUESTIONS).most_common(1)[0][1] == 1
    assert Counter(row["question"].lower() for row in QUESTIONS).most_common(1)[0][1] == 1


def test_answerable_questions_have_reference_and_source_and_others_neither():
    assert all(row["reference"] and row["sources"] for row in ANSWERABLE)
    assert all(not row["reference"] and not row["sources"] for row in UNANSWERABLE)


@pytest.mark.parametrize("row", ANSWERABLE, ids=lambda row: row["id"])
def test_every_quote_stands_in_a_passage_of_its_document(row: dict[str, Any], chunks: list[Chunk]):
    for source in row["sources"]:
        of_document = [flat(chunk.text) for chunk in chunks if chunk.document == source["document"]]
        assert any(flat(source["quote"]) in text for text in of_document), source


def test_questions_are_not_copied_from_the_documents(corpus: Corpus):
    documents = flat(" ".join(block.text for each in corpus.documents for block in each.blocks)).lower()
    assert [row["id"] for row in QUESTIONS if row["question"].lower().rstrip("?") in documents] == []


def test_numbers_of_references_stand_in_their_documents(corpus: Corpus):
    texts = {each.id: " ".join(block.text for block in each.blocks) for each in corpus.documents}
    strangers = {
        row["id"]: number
        for row in ANSWERABLE
        for number in re.findall(r"\d[\d,.]*\d|\d", row["reference"])
        if number not in texts[row["sources"][0]["document"]]
    }
    assert strangers == {}


def test_every_document_is_asked_about(corpus: Corpus):
    asked = {source["document"] for row in ANSWERABLE for source in row["sources"]}
    assert asked == {document.id for document in corpus.documents}


def test_every_question_belongs_to_one_split():
    splits = [[tag for tag in row["tags"] if tag.startswith("split:")] for row in QUESTIONS]
    assert all(len(split) == 1 for split in splits)
    assert {split[0] for split in splits} == {"split:tune", "split:test"}


def test_the_workload_is_free_of_faults(workload: Workload):
    assert set(workload.specification.routes) == {"answer", "free", "simulated", "embed"}
    assert workload.specification.review.environment == "rehearsal"


def test_routes_name_prompt_versions(workload: Workload):
    chats = [each for each in workload.specification.routes.values() if each.endpoint == "chat"]
    addresses = {prompt.address for prompt in workload.prompts.values()}
    assert {route.prompt for route in chats} <= addresses


def test_the_suite_repeats_the_floors_of_the_workload(workload: Workload):
    suite = yaml.safe_load((FOLDER / "evals" / "suite.yaml").read_text(encoding="utf-8"))
    quality = workload.specification.quality
    assert (FOLDER / "evals" / suite["dataset"]).is_file()
    assert {suite["route"], suite["baseline_route"]} <= set(workload.specification.routes)
    assert suite["floors"] == {
        "answer_overlap": quality.floor,
        "groundedness": quality.groundedness,
        "citation_precision": quality.citation_precision,
        "refusal_recall": quality.refusal_recall,
        "retrieval_recall_at_5": quality.retrieval_recall_at_5,
    }


def test_the_baseline_of_retrieval_is_what_word_search_finds(workload: Workload, capsys):
    runpy.run_path(str(FOLDER / "evals" / "baseline.py"), run_name="__main__")
    stated = next(kpi.baseline for kpi in workload.specification.kpis if kpi.query == "retrieval_recall_at_5")
    assert f"{stated:.3f}" in capsys.readouterr().out


def test_runbooks_cover_the_three_common_failures():
    matters = [front_matter(path) for path in (FOLDER / "runbooks").glob("*.md")]
    assert {matter["covers"] for matter in matters} == {
        "model-degradation",
        "endpoint-failure",
        "data-feed-failure",
    }
    assert all(matter["trigger"] and matter["owner"] and matter["steps"] for matter in matters)


def test_decisions_named_in_the_workload_exist(workload: Workload):
    assert (FOLDER / (workload.specification.approach.decision or "")).is_file()
    assert len(list((FOLDER / "decisions").glob("*.md"))) >= 4


def test_explanations_state_method_and_limits():
    page = (FOLDER / "explanations.md").read_text(encoding="utf-8")
    assert "## Method" in page
    assert "## Limits" in page
