"""Scores of whole evaluation runs, whichever tool ran them: our own, Inspect, promptfoo, or the lm-evaluation-harness."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from colonnade.evidence.view import view


class ScoredRun(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one run: its value with a 90% two-sided interval, so that each end is a one-sided 95% bound.

    `dataset_digest` is empty where the tool names none; `at` in seconds since the epoch.
    """

    tool: str
    task: str
    metric: str
    model: str
    dataset: str
    dataset_digest: str
    value: float
    low: float
    high: float
    n: int
    at: float

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """A later run with the same key takes the place of an earlier one."""
        return self.tool, self.task, self.metric, self.model, self.dataset_digest

    def is_of(self, names: Iterable[str]) -> bool:
        """Whether it scored a model of one of these names; the provider's name may stand before it."""
        own = self.model.lower().rpartition("/")[2].rpartition(":")
        spoken = {self.model.lower(), own[2], own[0]} - {""}
        return any(name.lower() in spoken or name.lower().rpartition("/")[2] in spoken for name in names)


@view("eval.scores", binds=("models",))
class ScoredRuns(msgspec.Struct, frozen=True, kw_only=True):
    """Every run that is known, the newest of each kind."""

    runs: list[ScoredRun]


def together(earlier: Iterable[ScoredRun], later: Iterable[ScoredRun]) -> list[ScoredRun]:
    """Both, where a later run takes the place of an earlier one of its kind; sorted, so that order never matters."""
    newest: dict[tuple[str, str, str, str, str], ScoredRun] = {}
    for run in sorted([*earlier, *later], key=lambda it: it.at):
        newest[run.key] = run
    return [newest[key] for key in sorted(newest)]
