"""Where what is brought comes from."""

from __future__ import annotations

from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "review" / "adapters" / "golden"
PLANTED = Path(__file__).parents[1] / "fixtures" / "workloads" / "brought"
