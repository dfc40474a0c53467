"""Where the minimal workload stands."""

from __future__ import annotations

from pathlib import Path

MINIMAL = Path(__file__).parents[1] / "fixtures" / "workloads" / "minimal"
