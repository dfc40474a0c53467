"""Guide section 4.2: faults are injected regularly, and behaviour under load is known."""

from __future__ import annotations

from typing import Final

from colonnade.reliability.evidence import FaultClasses, LoadDrill, Step
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet
from colonnade.workload.sections.promises import Sampling

REQUIRED: Final = ("instance_loss", "upstream_outage", "latency", "throttling", "bad_output", "store_loss")
"""Classes of faults that the catalogue's signal names."""
BEYOND: Final = 1.5
"""Of the expected peak, as the catalogue's signal says."""
UNFOUND: Final = ("the load generator", "not found")


@signal(
    "REL-05", 1, improve="run `colonnade drill run upstream-fault kill store-fault` inside `drills.windows`"
)
def every_class_of_fault_was_injected(faults: FaultClasses) -> Verdict:
    """Each required class ran in the window, with a steady state, a hypothesis and a verdict."""
    missing = [name.replace("_", " ") for name in REQUIRED if not faults.classes.get(name)]
    if missing:
        return insufficient(
            f"not witnessed in {faults.days:g} days: {', '.join(missing)}", n=faults.experiments
        )
    if faults.unfounded:
        return unmet(f"without a steady state: {', '.join(faults.unfounded)}", n=faults.experiments)
    told = ", ".join(f"{name.replace('_', ' ')}: {faults.classes[name]}" for name in REQUIRED)
    return met(f"{told}; {faults.failed} of {faults.experiments} failed", n=faults.experiments)


@signal(
    "REL-06",
    1,
    improve="set `drills.load.peak_per_s` to the peak that you expect, then run `colonnade drill run load`",
)
def behaviour_at_peak_is_known(drill: LoadDrill, sampling: Sampling) -> Verdict:
    """A run at 1.5 times the expected peak or more says latency, errors, tokens, where it gives, and what gives first."""
    peak = drill.steps[drill.peak]
    asked = BEYOND * drill.expected_per_s
    if drill.beyond < BEYOND or peak.offered_per_s < asked * 0.999:
        return unmet(f"{peak.offered_per_s:g} calls a second were offered, asked: {asked:g}", n=peak.sent)
    if peak.sent < sampling.minimum_n:
        return insufficient(
            f"{peak.sent} calls at the peak; at least {sampling.minimum_n} are needed", n=peak.sent
        )
    if not peak.within:
        return unmet(f"at {peak.offered_per_s:g} calls a second: {_figures(peak)}", n=peak.sent)
    if drill.saturated_per_s is None or drill.limit.startswith(UNFOUND):
        return insufficient(
            f"up to {drill.steps[-1].offered_per_s:g} a second, what gives first: {drill.limit}", n=peak.sent
        )
    told = f"{_figures(peak)}; {drill.held_per_s:g}/s held, {drill.saturated_per_s:g}/s not: {drill.limit}"
    return met(told, value=drill.held_per_s, threshold=asked, n=peak.sent)


@signal(
    "REL-06",
    2,
    improve="find what made it slower since the last run, or raise `drills.load.tolerance` with a reason",
)
def it_is_no_worse_than_before(drill: LoadDrill) -> Verdict:
    """At the same profile, throughput and 95% latency are within tolerance of the run before."""
    if drill.before is None:
        return insufficient(
            "there is no earlier run with the same profile: run `colonnade drill run load` once more"
        )
    peak, before, slack = drill.steps[drill.peak], drill.before, drill.tolerance
    p95 = peak.whole_ms.get("p95")
    if p95 is None:
        return insufficient("no call was answered")
    surely_ms = p95.value if p95.lower is None else p95.lower
    problems = []
    if peak.carried_per_s < before["carried_per_s"] * (1.0 - slack):
        problems.append(f"{peak.carried_per_s:.1f}/s carried, {before['carried_per_s']:.1f}/s before")
    if surely_ms > before["p95_ms"] * (1.0 + slack):
        problems.append(f"95% within {p95.value:.0f} ms, {before['p95_ms']:.0f} ms before")
    if problems:
        return unmet("; ".join(problems), threshold=slack, n=peak.sent)
    told = f"{peak.carried_per_s:.1f}/s and {p95.value:.0f} ms, {before['carried_per_s']:.1f}/s and {before['p95_ms']:.0f} ms before"
    return met(told, threshold=slack, n=peak.sent)


def _figures(step: Step) -> str:
    p95 = step.whole_ms["p95"].value if "p95" in step.whole_ms else 0.0
    share = step.failed / step.sent if step.sent else 0.0
    return f"95% within {p95:.0f} ms, {share:.1%} failed, {step.tokens_out_per_s:.0f} tokens a second"
