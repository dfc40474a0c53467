"""The run in which a workload is reviewed on imported evidence alone: a folder with a `workload.yaml`, and files of tools."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from whole import Whole
from whole_run import Run

from colonnade.assembly.importing import import_evidence

WORKLOAD = Path(__file__).parents[1] / "fixtures" / "workloads" / "imported"
GOLDEN = Path(__file__).parents[1] / "review" / "adapters" / "golden"
EVIDENCE = {
    "kubernetes": ("kubernetes/manifests.yaml", "kubernetes/live.json"),
    "prometheus-rules": ("prometheus/rules.json",),
    "terraform": ("terraform/clean.plan.json", "terraform/inventory.json"),
}
"""Kind -> the files that are imported together, as they were written by the tools."""


def run_imported(place: Path) -> Run:
    """Nothing is served, asked or drilled; no gateway ever ran here."""
    whole = Whole(place / "repository")
    shutil.copytree(WORKLOAD, whole.folder)
    for kind, files in EVIDENCE.items():
        (whole.root / kind).mkdir()
        for file in files:
            shutil.copy(GOLDEN / file, whole.root / kind)
    _score(whole.root / "inspect")
    plan = whole.root / "terraform" / "clean.plan.json"
    plan.write_text(as_of_now(plan.read_text(encoding="utf-8")), encoding="utf-8")
    for kind in (*EVIDENCE, "inspect"):
        bring(whole, kind)
    return Run(whole, whole.review())


def _score(folder: Path) -> None:
    """The same questions, asked of the model that is bound and of another one."""
    folder.mkdir()
    log = (GOLDEN / "evaluations" / "inspect.json").read_text(encoding="utf-8")
    for name in ("small", "another"):
        (folder / f"inspect-{name}.json").write_text(log.replace("mockllm/model", name), encoding="utf-8")


def bring(whole: Whole, kind: str) -> None:
    """Import the files of a kind as they lie there now; all of them are taken."""
    imported = import_evidence(whole.folder, kind, str(whole.root / kind))
    assert imported.taken
    assert imported.rejects == ()


def as_of_now(plan: str) -> str:
    """The same plan, made now: evidence ages from when it was made, and the golden file grows old."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    dated, times = re.subn(r'"timestamp":"[^"]*"', f'"timestamp":"{now}"', plan)
    assert times == 1
    return dated
