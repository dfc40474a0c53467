"""Answers of MLflow and Langfuse, and cards, become views that name their files; what is cut off is not taken."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from exported import GOLDEN, NOW, golden, material, read, reasons, view_of

from colonnade.evidence.imported import registries as views
from colonnade.review.adapters.material import Material
from colonnade.review.adapters.registries.cards import CARDS
from colonnade.review.adapters.registries.export import number, truth
from colonnade.review.adapters.registries.langfuse import LANGFUSE
from colonnade.review.adapters.registries.mlflow import MLFLOW

MLFLOW_FILES = tuple(f"mlflow/{path.name}" for path in sorted((GOLDEN / "mlflow").glob("*.json")))
LANGFUSE_FILES = tuple(f"langfuse/{path.name}" for path in sorted((GOLDEN / "langfuse").glob("*.json")))


def test_a_tuning_run_of_mlflow():
    [run] = view_of(read(MLFLOW, *golden(*MLFLOW_FILES)), views.TuningRuns).runs
    assert (run.method, run.precision, run.early_stop) == ("lora", "bf16", "true")
    assert (run.device_hours, run.energy_wh) == (1.5, 420.0)
    assert (run.sites, run.updates_only, run.secure_aggregation) == (3, True, True)
    assert (run.epsilon, run.epsilon_budget) == (3.0, 8.0)


def test_a_model_version_of_mlflow_is_a_card_once_and_a_prompt_is_none():
    [card] = view_of(read(MLFLOW, *golden(*MLFLOW_FILES)), views.ModelCards).cards
    assert (card.name, card.version, card.owner) == ("answers", "1", "Noor Haddad")
    assert (card.precision, card.recipe) == ("int4", "GPTQ, group size 128")
    assert card.digest == "sha256:" + "ab" * 32


def test_a_dataset_of_mlflow_names_its_run():
    [version] = view_of(read(MLFLOW, *golden(*MLFLOW_FILES)), views.DatasetVersions).versions
    assert (version.name, version.digest) == ("handbook-pairs", "4e026fcd")
    assert len(version.run) == 32


def test_a_prompt_of_mlflow_with_its_score():
    [prompt] = view_of(read(MLFLOW, *golden(*MLFLOW_FILES)), views.PromptCatalogue).prompts
    assert (prompt.owner, prompt.purpose, prompt.models) == ("Noor Haddad", "Answers a question", ["answers"])
    assert prompt.score == 0.71


def test_an_export_names_its_files_and_may_be_rewritten():
    export = view_of(read(MLFLOW, *golden("mlflow/runs.json")), views.TuningRuns).export
    assert export.mutable
    assert set(export.files) == {"runs.json"}
    assert read(MLFLOW, *golden("mlflow/runs.json")).records[0].window_start == NOW


def runs(**fields: Any) -> dict[str, Any]:
    return {**json.loads((GOLDEN / "mlflow" / "runs.json").read_bytes()), **fields}


def test_an_answer_that_leads_to_more_is_not_taken():
    reading = read(MLFLOW, runs(next_page_token="x"))
    assert reading.records == []
    assert "leads to more" in reasons(reading)
    assert read(MLFLOW, [runs(next_page_token="x"), runs()]).records != [], "both pages in one list"


def test_a_run_that_did_not_finish_tells_nothing():
    unfinished = runs()
    unfinished["runs"][0]["info"]["status"] = "FAILED"
    assert read(MLFLOW, unfinished).records == []


def test_only_the_newest_version_of_a_prompt_counts():
    first = json.loads((GOLDEN / "mlflow" / "prompt-versions.json").read_bytes())
    later = json.loads(json.dumps(first).replace('"version": "1"', '"version": "10"').replace("0.71", "0.2"))
    [prompt] = view_of(read(MLFLOW, later, first), views.PromptCatalogue).prompts
    assert (prompt.version, prompt.score) == ("10", 0.2)


def langfuse(*files: str) -> list[Material]:
    return golden(*(f"langfuse/{file}.json" for file in files))


def changed(file: str, old: str, new: str) -> Material:
    text = (GOLDEN / "langfuse" / f"{file}.json").read_text(encoding="utf-8")
    assert old in text
    return material(text.replace(old, new).encode(), f"{file}.json")


def test_ratings_of_langfuse_by_two_people_with_their_plan():
    found = view_of(read(LANGFUSE, *golden(*LANGFUSE_FILES)), views.Ratings)
    assert (found.rated, found.rated_twice, found.raters) == (4, 3, 2)
    assert found.plan == "Forty answers a week, drawn by route with seed 7."


def test_ratings_of_long_ago_do_not_count():
    found = view_of(read(LANGFUSE, changed("scores", "2026-11-22T", "2026-10-22T")), views.Ratings)
    assert (found.rated, found.plan) == (0, "")


def test_feedback_of_langfuse_that_was_confirmed_and_became_a_case():
    found = view_of(read(LANGFUSE, *golden(*LANGFUSE_FILES)), views.FeedbackCases)
    assert (found.negative, found.confirmed, found.became_cases) == (2, 1, 1)


def test_an_archived_case_is_none():
    items = changed("dataset-items", '"ACTIVE"', '"ARCHIVED"')
    found = view_of(read(LANGFUSE, items, *langfuse("scores")), views.FeedbackCases)
    assert (found.confirmed, found.became_cases) == (1, 0)


@pytest.mark.parametrize(
    ("fields", "negative"),
    [
        ({"value": 0}, 1),
        ({"value": 1}, 0),
        ({"value": -1.0}, 1),
        ({"value": False}, 1),
        ({"value": True}, 0),
        ({"value": "thumbs_down"}, 1),
        ({"value": None, "stringValue": "Bad"}, 1),
        ({"value": "lovely"}, 0),
    ],
)
def test_scores_of_both_versions_of_the_api(fields, negative):
    score = {
        "id": "s", "name": "user-feedback", "source": "API", "timestamp": "2026-11-22T09:00:00Z",
        "subject": {"kind": "observation", "id": "o", "traceId": "t"}, **fields,
    }  # fmt: skip
    reading = read(LANGFUSE, {"data": [score], "meta": {"limit": 100}}, *langfuse("dataset-items"))
    assert reading.rejects == []
    assert view_of(reading, views.FeedbackCases).negative == negative


def test_evaluation_sets_of_langfuse_and_what_overlaps():
    [found] = view_of(read(LANGFUSE, *golden(*LANGFUSE_FILES)), views.EvaluationSets).sets
    assert (found.name, found.owner, found.cases) == ("desk-questions", "Noor Haddad", 2)
    assert (found.in_prompts, found.in_tuning) == (0, 0)
    assert found.version.startswith("sha256:")


def test_a_case_that_stands_in_a_prompt_or_in_tuning_data_is_found_however_it_is_written():
    prompt = changed("prompt-answer", "Answer", "HOW  LONG may I keep\\nthe long saw? Answer")
    items = changed(
        "dataset-items", "When does the library open on Mondays?", "why was my deposit kept LAST week? Well"
    )
    [found] = view_of(read(LANGFUSE, prompt, items, *langfuse("datasets")), views.EvaluationSets).sets
    assert (found.in_prompts, found.in_tuning) == (1, 1)


def test_without_prompts_or_tuning_data_nothing_is_said_of_them():
    datasets = changed("datasets", '"tuning"', '"other"')
    found = view_of(read(LANGFUSE, datasets, *langfuse("dataset-items")), views.EvaluationSets).sets
    assert {(it.in_prompts, it.in_tuning) for it in found} == {(None, None)}


def test_the_catalogue_of_langfuse():
    [prompt] = view_of(read(LANGFUSE, *golden(*LANGFUSE_FILES)), views.PromptCatalogue).prompts
    assert (prompt.version, prompt.owner, prompt.models, prompt.score) == (
        "2",
        "Noor Haddad",
        ["answers"],
        0.71,
    )


@pytest.mark.parametrize("meta", [{"totalItems": 99}, {"cursor": "abc"}])
def test_a_page_of_several_is_not_taken(meta):
    scores = {**json.loads((GOLDEN / "langfuse" / "scores.json").read_bytes()), "meta": meta}
    reading = read(LANGFUSE, scores)
    assert reading.records == []
    assert "one page of several" in reasons(reading)


def test_what_is_no_answer_is_rejected():
    assert "is no answer" in reasons(read(LANGFUSE, {"a": 1}))
    assert "none of scores" in reasons(read(LANGFUSE, {"data": [{"a": 1}]}))
    assert "is no answer" in reasons(read(MLFLOW, {"a": 1}))


CARD = """---
name: answers
version: 2
license: apache-2.0
base_model: [org/small]
datasets: [pairs]
owner: Ada
precision: int8
recipe: bitsandbytes
uncompressed: {reason: small, date: 2026-01-02}
---
# Answers
"""
SHEET = """---
pretty_name: Pairs
use: tuning
source_datasets: [desk]
composition: {language: {sv: 0.5, xx: 7, yy: many}, region: {se: 1}}
intended_population: {language: {sv: 1}}
---
"""


def card(text: str, path: Path = Path("cards/pairs.md")) -> Material:
    return Material(path.name, text.encode(), path)


def test_cards_of_models_and_datasets_are_told_apart():
    reading = read(CARDS, card(CARD), card(SHEET), card("# Only text\n"))
    [model] = view_of(reading, views.ModelCards).cards
    [sheet] = view_of(reading, views.Datasheets).sheets
    assert (model.version, model.licence, model.base, model.datasets) == (
        "2",
        "apache-2.0",
        "org/small",
        ["pairs"],
    )
    assert (model.uncompressed_because, model.uncompressed_on) == ("small", "2026-01-02")
    assert (sheet.name, sheet.source) == ("Pairs", "desk")
    assert sheet.composition == {"language": {"sv": 0.5}, "region": {"se": 1.0}}, (
        "what is no share is left out"
    )


@pytest.mark.parametrize(
    "text", ["---\n- a\n---\n", "---\n[\n---\n", "---\na: !!python/object:os.system x\n---\n"]
)
def test_front_matter_that_is_none_is_rejected(text):
    reading = read(CARDS, card(text))
    assert reading.records == []
    assert reading.rejects != []


def test_a_card_counts_as_it_is_committed(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    path = tmp_path / "card.md"
    path.write_text(CARD, encoding="utf-8")

    def git(*arguments: str) -> None:
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        subprocess.run(["git", "-C", str(tmp_path), *who, *arguments], check=True)

    def mutable() -> bool:
        return view_of(read(CARDS, card(CARD, path)), views.ModelCards).export.mutable

    git("init", "-q")
    assert mutable(), "not committed"
    git("add", "-A")
    git("commit", "-q", "-m", "A card")
    assert not mutable()
    path.write_text(CARD + "more", encoding="utf-8")
    assert mutable(), "altered since"


def test_numbers_and_truths():
    assert [number(each) for each in ("1.5", 2, 0, -1, "nan", "inf", True, "x", None, "1e999")] == [
        1.5, 2.0, 0.0, None, None, None, None, None, None, None
    ]  # fmt: skip
    assert [truth(each) for each in ("True", True, " false ", "yes", None)] == [True, True, False, None, None]
