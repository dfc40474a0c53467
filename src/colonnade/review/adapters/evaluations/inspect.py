"""Logs of Inspect AI (version 2 of its format, JSON): each score's accuracy or mean over the samples that were scored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from colonnade.evidence.imported.scores import ScoredRun
from colonnade.review.adapters.adapter import Reading
from colonnade.review.adapters.evaluations.scoring import adapter, around, digest, share_like
from colonnade.review.adapters.material import plain
from colonnade.review.adapters.taking import listed, mapped, moment

_METRICS = {"accuracy": "accuracy", "mean": "mean", "f1": "f1"}


def _runs(value: Any, where: str, latest: float, reading: Reading) -> list[ScoredRun]:
    log, told = mapped(value), mapped(mapped(value).get("eval"))
    if log.get("version") != 2 or not told.get("task"):
        reading.reject(where, "is no log of Inspect AI in version 2 of its format")
        return []
    if log.get("status") != "success":
        reading.reject(where, plain(f"is a run that ended as {plain(log.get('status'))}"))
        return []
    cases = [
        {"input": each.get("input"), "target": each.get("target")}
        for each in map(mapped, listed(log.get("samples")))
        if each.get("epoch", 1) == 1
    ]
    at = min(moment(told.get("created")) or latest, latest)
    dataset = plain(mapped(told.get("dataset")).get("name") or told["task"], 120)
    found = []
    for score in map(mapped, listed(mapped(log.get("results")).get("scores"))):
        n = score.get("scored_samples")
        for metric, figure, error in _figures(score):
            if not isinstance(n, int) or n < 1:
                reading.reject(f"{where}: {plain(score.get('name'))}", "tells of no scored sample")
                continue
            low, high = around(figure, error, n)[1:]
            found.append(
                ScoredRun(
                    tool="inspect",
                    task=f"{plain(told['task'], 80)}/{plain(score.get('name'), 40)}",
                    metric=metric,
                    model=plain(told.get("model"), 120),
                    dataset=dataset,
                    dataset_digest=digest(cases),
                    value=figure,
                    low=low,
                    high=high,
                    n=n,
                    at=at,
                )
            )
    return found


def _figures(score: dict[str, Any]) -> Iterator[tuple[str, float, float]]:
    metrics = mapped(score.get("metrics"))
    error = share_like(mapped(metrics.get("stderr")).get("value")) or 0.0
    for name, metric in _METRICS.items():
        figure = share_like(mapped(metrics.get(name)).get("value"))
        if figure is not None:
            yield metric, figure, error


INSPECT = adapter(
    "inspect", 1, "logs of Inspect AI (JSON)", ("*_*.json", "*.inspect.json", "inspect*.json"), _runs
)
