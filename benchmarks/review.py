"""How long a review takes over 10,000 records: `python benchmarks/review.py`. The promise is under 10 s."""

from __future__ import annotations

import platform
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "review"))

from review_world import SIGNALS, record, reviewed

RECORDS = 10_000
ROUNDS = 5


def main() -> None:
    """Print the median of some reviews, and what one record adds."""
    records = [record(*SIGNALS[i % len(SIGNALS)], age_days=0.1 + i / 1000) for i in range(RECORDS)]
    few = _median([record(*key) for key in SIGNALS])
    many = _median(records)
    print(f"Python {platform.python_version()}, {platform.machine()}, {ROUNDS} rounds, median")
    print(f"  {len(SIGNALS):>6} records  {few * 1000:8.1f} ms")
    print(f"  {RECORDS:>6} records  {many * 1000:8.1f} ms")


def _median(records: list) -> float:
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        reviewed(records)
        took.append(time.perf_counter() - started)
    return statistics.median(took)


if __name__ == "__main__":
    main()
