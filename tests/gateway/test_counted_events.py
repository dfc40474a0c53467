"""What is rare is counted by name and labels, and added up over workers."""

from __future__ import annotations

from pathlib import Path

from colonnade.gateway.exposition import render
from colonnade.gateway.metrics import Metrics
from colonnade.gateway.siblings import Siblings

SHED = 'colonnade_shed_total{upstream="sim",reason="queue_full"} '


def shed(times: int) -> Metrics:
    metrics = Metrics()
    for _ in range(times):
        metrics.count("colonnade_shed_total", upstream="sim", reason="queue_full")
    return metrics


def test_workers_add_up_what_they_counted(tmp_path: Path) -> None:
    Siblings(tmp_path, 2).tell(shed(3))
    counted = Siblings(tmp_path, 1).counted(shed(2))
    assert f"{SHED}5\n" in render({"": counted}).decode()


def test_a_sample_names_its_workload() -> None:
    assert 'colonnade_shed_total{workload="desk",upstream="sim",reason="queue_full"} 1\n' in (
        render({"desk": shed(1)}).decode()
    )
