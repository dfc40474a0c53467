"""Figures of an evaluation, drawn so that they can be compared: a bar, its interval, and how many stand behind it."""

from __future__ import annotations

from colonnade.evaluation.evidence import Interval
from colonnade.evaluation.run import EvaluationRun

_WIDTH = 30


def metrics_table(title: str, run: EvaluationRun) -> str:
    """One line a metric: name, value with its 90% interval, n, and a bar with the interval's ends."""
    head = f"{title}: {run.n} questions of {run.dataset.name}, seed {run.seed}"
    return "\n".join([head, *(f"  {_line(name, metric)}" for name, metric in run.metrics.items())])


def _line(name: str, metric: Interval) -> str:
    words = name.replace("_", " ")
    return f"{words:<22} {metric.value:5.2f} [{metric.low:4.2f}, {metric.high:4.2f}] n={metric.n:<3} |{bar(metric)}|"


def bar(metric: Interval) -> str:
    """`#` up to the value, `-` through the interval, `.` beyond it."""
    low, value, high = (
        round(_WIDTH * min(1.0, max(0.0, x))) for x in (metric.low, metric.value, metric.high)
    )
    cells = ["#" if place < value else "." for place in range(_WIDTH)]
    for place in range(low, high):
        cells[place] = "=" if place < value else "-"
    return "".join(cells)
