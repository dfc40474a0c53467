"""One step of a load in figures, and what gave first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from colonnade.drills.quantiles import Quantile, quantile
from colonnade.reliability.drills.cases import usage_of
from colonnade.reliability.drills.meter import Use
from colonnade.reliability.drills.site import Sent
from colonnade.reliability.evidence import Step
from colonnade.workload.sections.promises import ServiceObjectives

SHARES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
CARRIED: Final = 0.85
"""Of the offered load, what must be carried while it comes in; the last answers of a step end after it."""
LATE_MS: Final = 100.0
BUSY_CORES, BUSY_MACHINE, FULL_MEMORY, SLOWER = 0.85, 0.9, 0.92, 2.0
_OWN_LIMITS: Final = frozenset({"rate_limit_exceeded", "budget_exceeded"})


@dataclass(frozen=True, slots=True)
class Offered:
    """What was offered, and when (loop time) the first call was due and the last answer ended."""

    per_s: float
    seconds: float
    began: float
    ended: float


def step_of(offered: Offered, sent: Sequence[Sent], use: Use, slo: ServiceObjectives) -> Step:
    """The figures of a step."""
    answered = [it for it in sent if it.answered]
    lasted = max(offered.seconds, offered.ended - offered.began)
    records = [it.record for it in answered if it.record is not None]
    whole_ms = _quantiles([it.answer.latency_s * 1000.0 for it in answered])
    refused = Counter(_code(it) for it in sent if it.answer.status in {429, 503})
    carried = len(answered) / lasted
    failed = len(sent) - len(answered)
    within = (
        len(sent) > 0
        and failed <= slo.error_ratio_max * len(sent)
        and whole_ms["p95"].value <= slo.latency_p95_ms
        and carried >= CARRIED * len(sent) / lasted_as_offered(offered, sent)
    )
    return Step(
        offered_per_s=offered.per_s,
        seconds=lasted,
        sent=len(sent),
        answered=len(answered),
        refused=dict(refused),
        failed=failed,
        carried_per_s=carried,
        good_per_s=sum(_good(it, slo) for it in answered) / lasted,
        first_byte_ms=_quantiles([it.answer.first_piece_s * 1000.0 for it in answered if it.streamed]),
        between_tokens_ms=_quantiles([gap for it in answered if it.streamed for gap in _gaps_ms(it)]),
        whole_ms=whole_ms,
        tokens_out_per_s=sum(_tokens(it)[1] for it in answered) / lasted,
        tokens_in_per_s=sum(_tokens(it)[0] for it in answered) / lasted,
        usd_per_answer=sum(it.usd for it in records) / len(records) if records else 0.0,
        whole=sum(_tokens(it)[1] > 0 for it in answered),
        upstream_p95_ms=_p95([tried.ms for it in records for tried in it.tried]),
        gateway_cores=use.gateway_cores,
        generator_cores=use.generator_cores,
        machine_share=use.machine_share,
        memory_share=use.memory_share,
        generator_late_ms=_p95(
            [(it.answer.sent - it.answer.intended) * 1000.0 for it in sent if it.answer.sent]
        ),
        within=within,
    )


def lasted_as_offered(offered: Offered, sent: Sequence[Sent]) -> float:
    """How long the step would have lasted had every call been answered as fast as the median one."""
    middle = quantile([it.answer.latency_s for it in sent if it.answered], 0.5)
    return offered.seconds + (middle.value if middle is not None else 0.0)


def limit_of(steps: Sequence[Step]) -> str:
    """What gave first, in the step that did not stay within."""
    gave = next((step for step in steps if not step.within), None)
    if gave is None:
        return "none was reached"
    unknown = "not found: no processor, memory, limit or upstream was at its end"
    return next(_symptoms(gave, steps[0]), unknown)


def _symptoms(gave: Step, calm: Step) -> Iterator[str]:
    """What was at its end, the surest sign first."""
    if gave.generator_late_ms > LATE_MS and gave.generator_cores > BUSY_CORES:
        yield f"the load generator: {gave.generator_cores:.2f} cores, {gave.generator_late_ms:.0f} ms late"
    for code, count in sorted(gave.refused.items(), key=lambda it: it[1], reverse=True):
        what = "limits of the workload" if code in _OWN_LIMITS else "room at the upstream"
        yield f"{what}: {count} calls were refused with {code}"
    if gave.gateway_cores > BUSY_CORES:
        yield f"the gateway's processor: {gave.gateway_cores:.2f} cores"
    if gave.machine_share > BUSY_MACHINE:
        yield f"the machine's processors: {gave.machine_share:.0%}"
    if gave.memory_share > FULL_MEMORY:
        yield f"memory: {gave.memory_share:.0%}"
    if gave.upstream_p95_ms > SLOWER * calm.upstream_p95_ms:
        yield f"the upstream: 95% of its answers within {gave.upstream_p95_ms:.0f} ms"


def _tokens(sent: Sent) -> tuple[int, int]:
    """In and out: as the journal counted, or where there is none, as the caller was told."""
    record = sent.record
    if record is not None:
        return record.fresh_input + record.cache_read, record.output + record.reasoning
    usage = usage_of(sent)
    return usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0)


def _good(sent: Sent, slo: ServiceObjectives) -> bool:
    in_time = sent.answer.latency_s * 1000.0 <= slo.latency_p95_ms
    if not sent.streamed or slo.first_byte_p95_ms is None:
        return in_time
    return in_time and sent.answer.first_piece_s * 1000.0 <= slo.first_byte_p95_ms


def _gaps_ms(sent: Sent) -> list[float]:
    return [(later - earlier) * 1000.0 for (earlier, _), (later, _) in pairwise(sent.answer.pieces)]


def _code(sent: Sent) -> str:
    return (
        sent.record.error_code
        if sent.record is not None and sent.record.error_code
        else str(sent.answer.status)
    )


def _quantiles(values: Sequence[float]) -> dict[str, Quantile]:
    found = {name: quantile(values, share) for name, share in SHARES.items()}
    return {name: it for name, it in found.items() if it is not None}


def _p95(values: Sequence[float]) -> float:
    found = quantile(values, 0.95)
    return found.value if found is not None else 0.0
