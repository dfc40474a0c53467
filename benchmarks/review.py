"""How long a review takes over many records: `python benchmarks/review.py`. The promise is under 10 s for 10,000."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "review"))

from review_world import SIGNALS, record, reviewed

RECORDS = 10_000
ROUNDS = 5


def main() -> None:
    """Print the median of some reviews, and what one record adds."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--records", type=int, default=RECORDS)
    Console().print(table(figures(options.parse_args().records)))


def figures(records: int) -> list[dict[str, float]]:
    """Milliseconds for one record of every signal, and for many."""
    many = [record(*SIGNALS[i % len(SIGNALS)], age_days=0.1 + i / 1000) for i in range(records)]
    few = [record(*key) for key in SIGNALS]
    return [{"records": len(those), "ms": _median_s(those) * 1000.0} for those in (few, many)]


def table(found: list[dict[str, float]]) -> Table:
    """The figures, drawn."""
    drawn = Table("records", "a review, ms", title=f"Review, median of {ROUNDS}")
    for row in found:
        drawn.add_row(f"{row['records']:.0f}", f"{row['ms']:.1f}")
    return drawn


def _median_s(records: list[Any]) -> float:
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        reviewed(records)
        took.append(time.perf_counter() - started)
    return statistics.median(took)


if __name__ == "__main__":
    main()
