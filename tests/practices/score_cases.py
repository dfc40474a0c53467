"""The judges of scored runs on views built by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from colonnade.evidence.imported.scores import ScoredRun, ScoredRuns
from colonnade.operations.practices import scores
from colonnade.usecase.practices import comparison
from colonnade.workload import load
from colonnade.workload.sections.promises import Sampling

SPECIFICATION = load(Path(__file__).parents[1] / "fixtures" / "workloads" / "minimal").specification
SAMPLING = Sampling(minimum_n=30)
FLOOR = SPECIFICATION.quality.floor
BOUND = SPECIFICATION.models[min(SPECIFICATION.bound)].model


def run(**fields: Any) -> ScoredRun:
    given = {
        "tool": "inspect", "task": "t", "metric": "accuracy", "model": BOUND, "dataset": "d", "dataset_digest": "sha256:d",
        "value": FLOOR, "low": FLOOR, "high": FLOOR, "n": 30, "at": 1.0, **fields,
    }  # fmt: skip
    return ScoredRun(**given)


def runs(*found: ScoredRun) -> ScoredRuns:
    return ScoredRuns(runs=list(found))


OTHER = run(model="another")
_CORRECT, _COMPARED = scores.correctness_meets_its_floor, comparison.options_were_compared_on_one_dataset
SCORE_CASES = [
    (_CORRECT, (runs(run()), SPECIFICATION, SAMPLING), "pass"),
    (_CORRECT, (runs(run(low=FLOOR - 0.01)), SPECIFICATION, SAMPLING), "insufficient"),
    (_CORRECT, (runs(run(low=0.0, high=FLOOR - 0.01)), SPECIFICATION, SAMPLING), "fail"),
    (_CORRECT, (runs(run(n=29)), SPECIFICATION, SAMPLING), "insufficient"),
    (_CORRECT, (runs(run(dataset_digest="")), SPECIFICATION, SAMPLING), "insufficient"),
    (_CORRECT, (runs(run(metric="mean")), SPECIFICATION, SAMPLING), "insufficient"),
    (_CORRECT, (runs(OTHER), SPECIFICATION, SAMPLING), "insufficient"),
    (_COMPARED, (runs(run(), OTHER), SPECIFICATION), "pass"),
    (_COMPARED, (runs(run(value=FLOOR - 0.01), OTHER), SPECIFICATION), "fail"),
    (_COMPARED, (runs(run()), SPECIFICATION), "insufficient"),
    (_COMPARED, (runs(OTHER, run(model="a third")), SPECIFICATION), "insufficient"),
    (
        _COMPARED,
        (runs(run(), run(model="another", dataset_digest="sha256:e")), SPECIFICATION),
        "insufficient",
    ),
]
