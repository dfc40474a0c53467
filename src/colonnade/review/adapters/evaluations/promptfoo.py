"""Results of promptfoo (`promptfoo eval -o results.json`, version 3): the share of test cases that passed, by provider."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from colonnade.evidence.imported.scores import ScoredRun
from colonnade.review.adapters.adapter import Reading
from colonnade.review.adapters.evaluations.scoring import adapter, digest, share
from colonnade.review.adapters.material import plain
from colonnade.review.adapters.taking import listed, mapped, moment


def _runs(value: Any, where: str, latest: float, reading: Reading) -> list[ScoredRun]:
    told = mapped(mapped(value).get("results"))
    rows = [mapped(each) for each in listed(told.get("results"))]
    if told.get("version") != 3 or not rows:
        reading.reject(where, "is no result file of promptfoo in version 3 of its format, or holds no result")
        return []
    at = min(moment(_text(told.get("timestamp"))) or latest, latest)
    by_provider: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for number, row in enumerate(rows):
        name = plain(mapped(row.get("provider")).get("id"), 120)
        if not name or not isinstance(row.get("success"), bool):
            reading.reject(
                f"{where}: result {number}", "names no provider, or does not say whether it passed"
            )
            continue
        by_provider[name].append(row)
    named = plain(mapped(mapped(value).get("config")).get("description") or where, 80)
    return [_run(provider, found, named, at) for provider, found in sorted(by_provider.items())]


def _run(provider: str, rows: list[dict[str, Any]], named: str, at: float) -> ScoredRun:
    cases = {digest([mapped(row.get("testCase")).get("vars") or row.get("vars")]) for row in rows}
    figure, low, high = share(sum(row["success"] for row in rows), len(rows))
    return ScoredRun(
        tool="promptfoo",
        task=named,
        metric="accuracy",
        model=provider,
        dataset=named,
        dataset_digest=digest(sorted(cases)),
        value=figure,
        low=low,
        high=high,
        n=len(rows),
        at=at,
    )


def _text(value: object) -> str:
    """Its times end with `Z`."""
    return value.replace("Z", "+00:00") if isinstance(value, str) else ""


PROMPTFOO = adapter(
    "promptfoo", 1, "results of promptfoo (JSON)", ("promptfoo*.json", "*.promptfoo.json"), _runs
)
