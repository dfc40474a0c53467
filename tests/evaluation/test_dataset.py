"""Datasets are read strictly: every faulty line is named by its number."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from colonnade.errors import FaultyWorkload
from colonnade.evaluation.dataset import read_dataset
from colonnade.evaluation.suite import read_suite


def line(name: str = "a1", **changes: Any) -> str:
    row = {
        "id": name,
        "question": "How long?",
        "answerable": True,
        "reference": "Ten days.",
        "sources": [{"document": "terms.md", "quote": "ten days"}],
        **changes,
    }
    return json.dumps(row)


def unanswerable(name: str) -> str:
    return line(name, answerable=False, reference="", sources=[])


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def faults(path: Path) -> list[tuple[int, str, str]]:
    with pytest.raises(FaultyWorkload) as caught:
        read_dataset(path)
    return [(fault.line, fault.where, fault.problem) for fault in caught.value.faults]


def test_a_dataset_is_known_by_the_digest_of_its_bytes(tmp_path: Path):
    path = written(tmp_path, line("a1"), "", unanswerable("u1"))
    dataset = read_dataset(path)
    assert dataset.digest == "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    assert [item.id for item in dataset.answerable] == ["a1"]
    assert [item.id for item in dataset.unanswerable] == ["u1"]


def test_every_fault_is_named_with_its_line(tmp_path: Path):
    path = written(
        tmp_path,
        "{not json",
        line(question=""),
        line(answerable="yes"),
        line(surprise=1),
        line(reference=" "),
        line(sources=[]),
        line(answerable=False),
        "[]",
        "[" * 100_000,
    )
    assert [(number, where) for number, where, _ in faults(path)] == [
        (1, ""), (2, "question"), (3, "answerable"), (4, "surprise"), (5, "reference"), (6, "sources"),
        (7, "answerable"), (8, ""), (9, ""),
    ]  # fmt: skip


def test_an_id_used_twice_is_a_fault(tmp_path: Path):
    assert faults(written(tmp_path, line("a1"), line("a1"))) == [(0, "id", "is used twice")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "holds no question"), (b"\xff", "is not UTF-8 text"), (b"\n \n", "holds no question")],
)
def test_a_file_that_is_no_dataset(tmp_path: Path, content: bytes, problem: str):
    path = tmp_path / "set.jsonl"
    path.write_bytes(content)
    assert [found for _, _, found in faults(path)] == [problem]


def test_a_missing_file_is_said(tmp_path: Path):
    assert faults(tmp_path / "absent.jsonl") == [(0, "", "does not exist")]


def test_samples_are_drawn_by_the_seed(tmp_path: Path):
    lines = [line(f"a{n}") for n in range(20)] + [unanswerable(f"u{n}") for n in range(9)]
    dataset = read_dataset(written(tmp_path, *lines))
    drawn = [item.id for item in dataset.sample(5, 3, seed=7)]
    assert drawn == [item.id for item in dataset.sample(5, 3, seed=7)]
    assert drawn != [item.id for item in dataset.sample(5, 3, seed=8)]
    assert [one[0] for one in drawn] == ["a"] * 5 + ["u"] * 3
    assert len(dataset.sample(100, 100, seed=7)) == 29


def test_a_suite_is_read_with_its_dataset(tmp_path: Path):
    written(tmp_path, line("a1", tags=["split:tune"]))
    (tmp_path / "suite.yaml").write_text(
        "dataset: set.jsonl\nseed: 3\nroute: answer\nsample: {answerable: 4, unanswerable: 2}\nfloors: {overlap: 0.3}\n"
    )
    loaded = read_suite(tmp_path / "suite.yaml")
    assert (loaded.suite.seed, loaded.suite.sample.answerable, loaded.suite.floors) == (
        3,
        4,
        {"overlap": 0.3},
    )
    assert [item.id for item in loaded.dataset.tagged("split:tune")] == ["a1"]


@pytest.mark.parametrize(
    ("text", "where"),
    [("dataset: set.jsonl\n", "route"), ("dataset: s\nroute: a\nflors: {}\n", "flors"), ("dataset: [\n", "")],
)
def test_a_faulty_suite_is_said(tmp_path: Path, text: str, where: str):
    (tmp_path / "suite.yaml").write_text(text)
    with pytest.raises(FaultyWorkload) as caught:
        read_suite(tmp_path / "suite.yaml")
    assert [fault.where for fault in caught.value.faults] == [where]


def test_the_example_has_a_suite_that_can_be_read():
    loaded = read_suite(
        Path(__file__).parents[2] / "examples" / "handbook-assistant" / "evals" / "suite.yaml"
    )
    assert len(loaded.dataset.items) >= 60
    assert len(loaded.dataset.unanswerable) >= 15
