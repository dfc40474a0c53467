"""Guide section 7.1: each tuning run tells how it saved computing, and what it used."""

from __future__ import annotations

from colonnade.evidence.imported.registries import TuningRun, TuningRuns
from colonnade.evidence.imported.statements import SignedStatements
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient
from colonnade.review.vouched import unvouched


@signal(
    "SUS-02",
    1,
    improve="log `tuning.method`, `tuning.precision`, `tuning.early_stop`, `device_hours` and `energy_wh` with every tuning run",
)
def every_tuning_run_tells_method_and_energy(register: TuningRuns, signed: SignedStatements) -> Verdict:
    """Each run records its method, device hours and an estimate of energy."""
    if doubt := unvouched(register.export, signed):
        return doubt
    if not register.runs:
        return insufficient("no tuning run is registered")
    bare = [run.id for run in register.runs if not _is_told(run)]
    hours = sum(run.device_hours or 0.0 for run in register.runs)
    energy = sum(run.energy_wh or 0.0 for run in register.runs)
    told = f"{len(register.runs)} runs, {hours:g} device hours, {energy:g} Wh"
    return holds(not bare, told, f"without method, device hours or energy: {', '.join(bare)}")


def _is_told(run: TuningRun) -> bool:
    method = bool(run.method and run.precision and run.early_stop)
    return method and run.device_hours is not None and run.energy_wh is not None
