"""Results of three evaluation tools become runs with an interval and a digest; whatever is none is rejected by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.evidence.collection import Scope
from colonnade.evidence.imported.scores import ScoredRun, ScoredRuns
from colonnade.evidence.record import Subject
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.evaluations.harness import HARNESS
from colonnade.review.adapters.evaluations.inspect import INSPECT
from colonnade.review.adapters.evaluations.promptfoo import PROMPTFOO
from colonnade.review.adapters.evaluations.scoring import joined
from colonnade.review.adapters.material import Material

GOLDEN = Path(__file__).parents[1] / "golden" / "evaluations" / "inspect.json"
"""Written by inspect-ai with its mock model, which knows 30 of 40 sums; events and arguments taken out."""
ALL = (INSPECT, HARNESS, PROMPTFOO)
SCOPE = Scope("staging", Subject(models={"small": "sha256:m"}), 0.0, 1_800_000_000.0)


def read(adapter: Adapter, *values: Any, name: str = "results.json") -> Reading:
    given = [value if isinstance(value, bytes) else json.dumps(value).encode() for value in values]
    return adapter.read([Material(name, data, Path(name)) for data in given], SCOPE)


def runs(reading: Reading) -> list[ScoredRun]:
    return [run for record in reading.records for run in msgspec.convert(record.facts, ScoredRuns).runs]


def harness(**changes: Any) -> dict[str, Any]:
    """As `lm_eval --output_path` writes it (0.4), after its documentation."""
    return {
        "results": {
            "gsm8k": {
                "alias": "gsm8k",
                "exact_match,strict-match": 0.5,
                "exact_match_stderr,strict-match": 0.05,
            },
            "hellaswag": {
                "acc,none": 0.6,
                "acc_stderr,none": 0.0,
                "acc_norm,none": 0.7,
                "acc_norm_stderr,none": "N/A",
            },
        },
        "n-samples": {
            "gsm8k": {"original": 200, "effective": 100},
            "hellaswag": {"original": 50, "effective": 50},
        },
        "task_hashes": {"gsm8k": "a" * 64},
        "model_name": "acme/small",
        "date": 1_790_000_000.0,
        **changes,
    }


def promptfoo(*passed: bool, provider: str = "openai:small") -> dict[str, Any]:
    """As `promptfoo eval -o results.json` writes it (version 3), after its documentation."""
    rows = [
        {"provider": {"id": provider}, "success": it, "testCase": {"vars": {"question": f"q{number}"}}}
        for number, it in enumerate(passed)
    ]
    results = {"version": 3, "timestamp": "2026-10-01T12:00:00.000Z", "results": rows}
    return {"evalId": "eval-1", "results": results, "config": {"description": "letters"}}


def test_a_log_that_inspect_wrote() -> None:
    reading = read(INSPECT, GOLDEN.read_bytes())
    (run,) = runs(reading)
    assert (run.task, run.metric, run.model, run.value, run.n) == (
        "arithmetic/match",
        "accuracy",
        "mockllm/model",
        0.75,
        40,
    )
    assert 0.6 < run.low < 0.75 < run.high < 0.9
    assert run.dataset_digest.startswith("sha256:")
    assert not reading.rejects


def test_a_log_of_a_run_that_failed_proves_nothing() -> None:
    reading = read(INSPECT, {**json.loads(GOLDEN.read_bytes()), "status": "error"})
    assert not runs(reading)
    assert "ended as error" in reading.rejects[0].reason


def test_the_harness() -> None:
    reading = read(HARNESS, harness())
    told = {(it.task, it.metric): it for it in runs(reading)}
    assert told["gsm8k", "exact_match"].low == pytest.approx(0.5 - 1.6448536 * 0.05)
    assert told["gsm8k", "exact_match"].dataset_digest == f"sha256:{'a' * 64}"
    assert told["hellaswag", "accuracy"].low < 0.6, "a standard error of 0 is not believed"
    assert told["hellaswag", "accuracy_norm"].dataset_digest == ""


def test_promptfoo_counts_cases_by_provider() -> None:
    value = promptfoo(True, True, False)
    value["results"]["results"] += promptfoo(False, False, True, provider="openai:large")["results"][
        "results"
    ]
    told = {it.model: it for it in runs(read(PROMPTFOO, value))}
    assert told["openai:small"].value == pytest.approx(2 / 3)
    assert told["openai:large"].value == pytest.approx(1 / 3)
    assert told["openai:small"].dataset_digest == told["openai:large"].dataset_digest, "the same questions"


def test_a_run_without_samples_is_rejected() -> None:
    reading = read(HARNESS, harness(**{"n-samples": {}}))
    assert not runs(reading)
    assert {reject.where for reject in reading.rejects} == {"results.json: gsm8k", "results.json: hellaswag"}


def test_later_runs_take_the_place_of_earlier_ones_of_the_same_models() -> None:
    first = read(HARNESS, harness()).records[0]
    better = harness(date=1_790_000_100.0)
    better["results"]["gsm8k"]["exact_match,strict-match"] = 0.9
    del better["results"]["hellaswag"]
    both = {it.task: it.value for it in msgspec.convert(joined(read(HARNESS, better).records[0], first).facts, ScoredRuns).runs if it.metric != "accuracy_norm"}  # fmt: skip
    assert both == {"gsm8k": 0.9, "hellaswag": 0.6}
    other = msgspec.structs.replace(first, subject=Subject(models={"small": "sha256:other"}))
    assert joined(read(HARNESS, better).records[0], other).n == 1, "of other models nothing is kept"


@pytest.mark.parametrize(
    ("model", "name", "same"),
    [
        ("acme/small", "small", True),
        ("openai:small", "small", True),
        ("small", "acme/small", True),
        ("acme/smaller", "small", False),
        ("", "small", False),
    ],
)
def test_whose_run_it_is(model: str, name: str, same: bool) -> None:
    run = msgspec.structs.replace(runs(read(HARNESS, harness()))[0], model=model)
    assert run.is_of([name]) is same


HOSTILE = [b"", b"\0", b"[" * 9999, b"7", {}, [], {"results": 1}, {"results": {"a": 1}, "n-samples": {"a": {"effective": 1}}},
           {"version": 2, "eval": {"task": 7}, "status": "success", "results": {"scores": [1, {"metrics": 3}]}},
           {"results": {"version": 3, "results": [3, {"provider": 4}, {"success": 1}]}},
           harness(results={"gsm8k": {"acc,none": 1e308, "f1": True, "exact_match": -1}})]  # fmt: skip


@pytest.mark.parametrize("adapter", ALL, ids=[it.kind for it in ALL])
@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_files_give_no_run(adapter: Adapter, value: Any) -> None:
    reading = read(adapter, value)
    assert not runs(reading)
    assert all(reject.where and reject.reason for reject in reading.rejects)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=4), lambda inner: st.lists(inner) | st.dictionaries(
    st.sampled_from(["results", "n-samples", "version", "eval", "task", "status", "scores", "metrics", "effective", "acc,none"]), inner
), max_leaves=25))  # fmt: skip
def test_no_shape_raises(value: Any) -> None:
    for adapter in ALL:
        assert isinstance(read(adapter, value), Reading)
