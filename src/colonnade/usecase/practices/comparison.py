"""Guide section 1.3: options were compared on one dataset before one was chosen."""

from __future__ import annotations

from collections import defaultdict

from colonnade.evidence.imported.scores import ScoredRun, ScoredRuns
from colonnade.review.proportions import percent
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet
from colonnade.workload.specification import Specification


@signal(
    "UC-06",
    2,
    improve="score the chosen model and an alternative on the same dataset, and import both runs",
)
def options_were_compared_on_one_dataset(scores: ScoredRuns, specification: Specification) -> Verdict:
    """Two or more options ran on one dataset digest, and the chosen one meets the floor there."""
    bound = [specification.models[name].model for name in sorted(specification.bound)]
    compared = [group for group in _by_dataset(scores.runs) if len({run.model for run in group}) > 1]
    chosen = [run for group in compared for run in group if run.is_of(bound)]
    if not compared:
        return insufficient("no two options were scored by one metric on one dataset with a digest")
    if not chosen:
        return insufficient("what was compared does not include a model that is bound")
    floor = specification.quality.floor
    least = min(chosen, key=lambda run: run.value)
    others = sorted({run.model for group in compared for run in group} - {run.model for run in chosen})
    told = f"{least.model} has {least.metric} {percent(least.value)} on {least.dataset}, beside {', '.join(others)}"
    if least.value >= floor:
        return met(told, value=least.value, threshold=floor, n=least.n)
    return unmet(f"{told}; asked: at least {percent(floor)}", value=least.value, threshold=floor, n=least.n)


def _by_dataset(runs: list[ScoredRun]) -> list[list[ScoredRun]]:
    groups: defaultdict[tuple[str, str], list[ScoredRun]] = defaultdict(list)
    for run in runs:
        if run.dataset_digest:
            groups[run.dataset_digest, run.metric].append(run)
    return list(groups.values())
