"""Results of the lm-evaluation-harness: each metric with its standard error, and the hash of the task's samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from colonnade.evidence.imported.scores import ScoredRun
from colonnade.review.adapters.adapter import Reading
from colonnade.review.adapters.evaluations.scoring import adapter, around, share_like
from colonnade.review.adapters.material import plain
from colonnade.review.adapters.taking import mapped

_METRICS = {"acc": "accuracy", "acc_norm": "accuracy_norm", "exact_match": "exact_match", "f1": "f1"}


def _runs(value: Any, where: str, latest: float, reading: Reading) -> list[ScoredRun]:
    told = mapped(value)
    if not isinstance(told.get("results"), dict) or not isinstance(told.get("n-samples"), dict):
        reading.reject(where, "is no result file of the lm-evaluation-harness (`results`, `n-samples`)")
        return []
    model, date = plain(told.get("model_name") or _model(told), 120), told.get("date")
    at = min(float(date), latest) if isinstance(date, int | float) and date > 0 else latest
    hashes, found = mapped(told.get("task_hashes")), []
    for task, results in told["results"].items():
        n = mapped(told["n-samples"].get(task)).get("effective")
        if not isinstance(n, int) or n < 1:
            reading.reject(f"{where}: {plain(task)}", "tells of no sample")
            continue
        hashed = hashes.get(task)
        for metric, figure, error in _figures(mapped(results)):
            low, high = around(figure, error, n)[1:]
            found.append(
                ScoredRun(
                    tool="lm-eval",
                    task=plain(task, 80),
                    metric=metric,
                    model=model,
                    dataset=plain(task, 80),
                    dataset_digest=f"sha256:{plain(hashed, 64)}"
                    if isinstance(hashed, str) and hashed
                    else "",
                    value=figure,
                    low=low,
                    high=high,
                    n=n,
                    at=at,
                )
            )
    return found


def _figures(results: dict[str, Any]) -> Iterator[tuple[str, float, float]]:
    for name, value in results.items():
        metric, _, kind = name.partition(",")
        figure = share_like(value)
        if metric in _METRICS and figure is not None:
            error = share_like(results.get(f"{metric}_stderr,{kind}" if kind else f"{metric}_stderr")) or 0.0
            yield _METRICS[metric], figure, error


def _model(told: dict[str, Any]) -> str:
    """Older files name the model among its arguments, `pretrained=NAME,...`."""
    arguments = mapped(told.get("config")).get("model_args")
    pairs = (
        dict(each.partition("=")[::2] for each in arguments.split(",")) if isinstance(arguments, str) else {}
    )
    return pairs.get("pretrained") or pairs.get("model") or plain(mapped(told.get("config")).get("model"))


HARNESS = adapter("lm-eval", 1, "results of the lm-evaluation-harness (JSON)", ("results*.json",), _runs)
