"""Guide section 2.2: answers are scored against references, with an interval, on a dataset that has a digest."""

from __future__ import annotations

from colonnade.evidence.imported.scores import ScoredRun, ScoredRuns
from colonnade.review.proportions import percent
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet
from colonnade.workload.sections.promises import Sampling
from colonnade.workload.specification import Specification

CORRECTNESS = frozenset({"accuracy", "f1", "exact_match"})


@signal(
    "OPS-06",
    1,
    improve="run `colonnade eval answers`, or import the results of your evaluation tool (`colonnade evidence kinds`)",
)
def correctness_meets_its_floor(
    scores: ScoredRuns, specification: Specification, sampling: Sampling
) -> Verdict:
    """Accuracy or F1 of a bound model, with its interval, on enough cases of a dataset with a digest, meets the floor."""
    bound = [specification.models[name].model for name in sorted(specification.bound)]
    runs = [run for run in scores.runs if run.metric in CORRECTNESS and run.is_of(bound)]
    fit = [run for run in runs if run.dataset_digest and run.n >= sampling.minimum_n]
    if not fit:
        return insufficient(_unfit(runs, sampling), n=max((run.n for run in runs), default=0))
    floor, told = specification.quality.floor, "; ".join(_told(run) for run in fit)
    least, n = min(fit, key=lambda run: run.low), sum(run.n for run in fit)
    if least.low >= floor:
        return met(told, value=least.value, threshold=floor, n=n)
    if any(run.high < floor for run in fit):
        return unmet(f"{told}; asked: at least {percent(floor)}", value=least.value, threshold=floor, n=n)
    return insufficient(f"{told}: not sure to be {percent(floor)}, nor to be less; score more cases", n=n)


def _told(run: ScoredRun) -> str:
    return (
        f"{run.task}: {run.metric} {percent(run.value)} [{percent(run.low)}, {percent(run.high)}], n={run.n}"
    )


def _unfit(runs: list[ScoredRun], sampling: Sampling) -> str:
    if not runs:
        return "no run scored accuracy or F1 of a model that is bound"
    if not any(run.dataset_digest for run in runs):
        return "no run names the digest of what was asked"
    return f"no run on a dataset with a digest has {sampling.minimum_n} cases"
