"""Guide sections 3.1 and 3.3: models and data have signed provenance, and federated tuning moves no records."""

from __future__ import annotations

from colonnade.evidence.imported.registries import TuningRun, TuningRuns
from colonnade.evidence.imported.statements import SignedStatements
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet
from colonnade.review.vouched import unvouched


@signal(
    "SEC-04",
    3,
    improve="sign SLSA provenance over the digests of models and data with an enrolled key (`colonnade key person`), and run"
    " `colonnade evidence import provenance DIR`",
)
def provenance_of_what_serves_verifies(signed: SignedStatements) -> Verdict:
    """For every model and dataset that serves, a provenance statement about its digest carries a signature that counts."""
    if not signed.wanted:
        return insufficient("no model, index or dataset serves yet")
    unaddressed = [name for name, digest in signed.wanted.items() if not digest.startswith("sha256:")]
    if unaddressed:
        return insufficient(f"pinned to a name, and not to a digest: {', '.join(unaddressed)}")
    told = [each for each in signed.statements if each.is_provenance]
    if not told:
        return insufficient("no provenance statement is imported")
    vouched = {digest for each in told if each.signers for digest in each.subjects}
    missing = [name for name, digest in signed.wanted.items() if digest not in vouched]
    if missing:
        return unmet(f"no provenance with a signature that counts: {', '.join(missing)}", n=len(told))
    signers = sorted({name for each in told for name in each.signers})
    return met(f"{len(signed.wanted)} digests, provenance signed by {', '.join(signers)}", n=len(told))


@signal(
    "SEC-13",
    2,
    improve="log `federated.sites`, `federated.updates_only`, `federated.secure_aggregation`, `privacy.epsilon` and"
    " `privacy.epsilon_budget` with every tuning run, and keep within the budget",
)
def federated_runs_shared_updates_alone(register: TuningRuns, signed: SignedStatements) -> Verdict:
    """Each run of several sites shared updates alone, aggregated them securely, and stayed within its privacy budget."""
    if doubt := unvouched(register.export, signed):
        return doubt
    runs = [run for run in register.runs if run.sites is not None]
    if not runs:
        return insufficient("no run tells of several sites")
    problems = [problem for run in runs for problem in _faults(run)]
    if problems:
        return unmet("; ".join(problems), n=len(runs))
    return met(f"{len(runs)} runs shared updates alone, within their privacy budget", n=len(runs))


def _faults(run: TuningRun) -> list[str]:
    faults = [] if (run.sites or 0) >= 2 else [f"{run.id} had one site"]
    faults += [] if run.updates_only else [f"{run.id} does not say that updates alone were shared"]
    faults += [] if run.secure_aggregation else [f"{run.id} does not say that they were aggregated securely"]
    if run.epsilon is None or run.epsilon_budget is None:
        return [*faults, f"{run.id} does not tell the privacy budget that it spent"]
    return faults + (
        [f"{run.id} spent more than its privacy budget"] if run.epsilon > run.epsilon_budget else []
    )
