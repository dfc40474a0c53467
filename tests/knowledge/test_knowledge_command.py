"""`colonnade knowledge` on a copy of the example: lists, goes back, and with models indexes and searches."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hashing_models import HashingEncoder

from colonnade.cli.knowledge import command
from colonnade.errors import SetupError
from colonnade.evidence.ledger import Ledger
from colonnade.knowledge.collection import Models, open_collection
from colonnade.registry.folder import load_workload
from colonnade.registry.models import ModelStore
from colonnade.store import open_store

EXAMPLE = Path(__file__).parents[2] / "examples" / "handbook-assistant"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "workload"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns(".colonnade"))
    return copy


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, [*arguments[:1], "--workload", str(folder), *arguments[1:]])


def parsed(folder: Path, *arguments: str) -> Any:
    result = run(folder, *arguments, "--json")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return json.loads(result.stdout)


def indexed(folder: Path) -> str:
    """An index by the tests' own encoder; returns its digest."""
    workload = load_workload(folder)
    store = open_store(workload.state)
    collection = open_collection(
        "handbook",
        workload.specification.knowledge["handbook"],
        folder=folder,
        state=workload.state,
        connect=store.connection,
        models=Models(HashingEncoder()),
    )
    try:
        return collection.refresh().switch.after
    finally:
        collection.close()
        store.close()


def test_generations_are_listed_and_gone_back_to_with_a_change_in_the_ledger(folder: Path):
    first = indexed(folder)
    (folder / "knowledge" / "more.txt").write_text("One more page.")
    second = indexed(folder)
    assert [(one["digest"], one["state"]) for one in parsed(folder, "generations")] == [
        (second, "live"),
        (first, "retired"),
    ]
    result = run(folder, "activate", first[7:19], "--reason", "the new page was wrong")
    assert result.output == f"handbook: {first[:19]} is live, before it was {second[:19]}\n"
    store = open_store(folder / ".colonnade")
    (change,) = Ledger(store).changes(kind="knowledge", name="handbook")
    store.close()
    assert (change.before, change.after, change.reason) == (second, first, "the new page was wrong")
    assert "was live already" in run(folder, "activate", first, "--reason", "again").output
    assert first[:19] in run(folder, "generations").output


def test_an_unknown_generation_is_one_sentence(folder: Path):
    indexed(folder)
    result = run(folder, "activate", "0000", "--reason", "x")
    assert isinstance(result.exception, SetupError)
    assert str(result.exception) == "no kept generation of the knowledge 'handbook' begins with '0000'"


def test_a_name_that_is_no_entry_is_a_usage_error(folder: Path):
    result = run(folder, "activate", "0000", "--reason", "x", "--name", "absent")
    assert (result.exit_code, "--name must be one of: handbook" in result.output) == (2, True)


@pytest.mark.models
def test_index_status_and_search(folder: Path):
    if any(
        ModelStore().find(name) is None for name in ("bge-small-en-v1.5-int8", "ms-marco-minilm-l-12-v2-int8")
    ):
        pytest.skip("the embedding and reranking models are not here: `colonnade model fetch`")
    assert run(folder, "status").exit_code == 1
    (folder / "knowledge" / "bad.bin").write_bytes(b"x")
    result = run(folder, "index")
    assert result.exit_code == 0
    assert "passages of 26 documents are live" in result.stdout
    assert "not taken: bad.bin: unsupported_format" in result.stderr
    assert run(folder, "status").exit_code == 0
    (state,) = parsed(folder, "status")
    assert state["current"]
    found = parsed(folder, "search", "How long may a waiver last?", "--passages", "2")
    assert [passage["document"] for passage in found["passages"]] == ["waivers-and-milestones.md"] * 2
    shown = run(folder, "search", "How long may a waiver last?", "--passages", "1")
    assert found["passages"][0]["id"] in shown.output
