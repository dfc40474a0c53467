"""The faults that upstreams really show, each with where it is seen and what must be seen of it; a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal

import msgspec

from colonnade.drills.experiment import FaultClass
from colonnade.drills.quantiles import quantile
from colonnade.reliability.drills.site import Sent
from colonnade.workload.sections.serving import Fault

Containment = Literal["left_alone", "rested", "told", "borne"]
"""What the gateway must do. `left_alone`: the breaker opens, others answer, it closes again. `rested`: others answer for a
while, no breaker opens. `told`: the answer had begun, so callers are told plainly; and left alone. `borne`: callers are
answered all the same, and the books are right."""

Kind = Literal["429", "5xx", "hang", "malformed", ""]
"""The four kinds that the catalogue names (REL-04)."""

Usual = Sequence[Sent]


@dataclass(frozen=True, slots=True)
class Case:
    """One fault: of the simulator, or (`place`) an address where nobody, or the wrong one, answers.

    `codes` are the errors of which one must stand in the journal of a struck call. Where the fault is no error, `shows`
    compares struck calls with usual ones and says what was measured, or nothing.
    """

    name: str
    contained: Containment
    fault_class: FaultClass
    fault: Fault | None = None
    place: Literal["closed", "nowhere", "expired", ""] = ""
    codes: frozenset[str] = frozenset()
    streamed: bool = False
    kind: Kind = ""
    most_tokens: int = 32
    shows: Callable[[Usual, Usual], str] | None = None


def witnessed(case: Case, struck: Sequence[Sent], usual: Sequence[Sent]) -> str:
    """What was seen of the fault, where it bites; empty if nothing was."""
    if case.shows is not None:
        return case.shows(struck, usual)
    for sent in struck:
        code = _error_of(sent, case.codes)
        if code:
            return f"{code} after {sent.answer.latency_s * 1000.0:.0f} ms, in the journal of {sent.answer.request_id}"
    return ""


def _error_of(sent: Sent, codes: frozenset[str]) -> str:
    if sent.record is None:
        return ""
    errors = [each.error for each in sent.record.tried] + [sent.record.error_code]
    return next((error for error in errors if error in codes), "")


def _slower(factor: float) -> Callable[[Usual, Usual], str]:
    def shows(struck: Usual, usual: Usual) -> str:
        before, now = _median(usual), _median(struck)
        return f"{now * 1000.0:.0f} ms instead of {before * 1000.0:.0f} ms" if now >= factor * before else ""

    return shows


def _late(struck: Usual, usual: Usual) -> str:
    """The first word is seconds late; or the gateway waited in vain for it and asked elsewhere."""
    error = next(
        (code for sent in struck if (code := _error_of(sent, frozenset({"first_byte_timeout"})))), ""
    )
    if error:
        return f"{error} in the journal"
    before, now = _first(usual), _first(struck)
    return f"first word after {now:.1f} s instead of {before:.1f} s" if now > before + 2.0 else ""


def _dripping(struck: Usual, _usual: Usual) -> str:
    gaps = [later - earlier for sent in struck for (earlier, _), (later, _) in pairwise(sent.answer.pieces)]
    middle = quantile(gaps, 0.5)
    return f"{middle.value:.2f} s between two pieces" if middle is not None and middle.value > 0.5 else ""


def _said_twice(struck: Usual, _usual: Usual) -> str:
    for sent in struck:
        said = [piece for piece in deltas(sent) if piece.strip()]
        twice = next((one for one, other in pairwise(said) if one == other), "")
        if twice:
            return f"a piece of {len(twice)} characters came twice"
    return ""


def _contradictory(struck: Usual, _usual: Usual) -> str:
    for sent in struck:
        usage = usage_of(sent)
        if usage and usage.get("total_tokens") != usage.get("prompt_tokens", 0) + usage.get(
            "completion_tokens", 0
        ):
            return f"a total of {usage.get('total_tokens')} tokens that is not the sum of its parts"
    return ""


def deltas(sent: Sent) -> list[str]:
    """The pieces of text of a streamed answer."""
    events = [event for event in _events(sent) if event.get("choices")]
    return [event["choices"][0].get("delta", {}).get("content") or "" for event in events]


def usage_of(sent: Sent) -> dict[str, int]:
    """The usage that the caller was told; empty where it was told none."""
    try:
        documents = _events(sent) if sent.streamed else [msgspec.json.decode(sent.answer.body)]
    except msgspec.MsgspecError:
        return {}
    return next((it["usage"] for it in reversed(documents) if isinstance(it, dict) and it.get("usage")), {})


def _events(sent: Sent) -> list[dict[str, Any]]:
    lines = sent.answer.body.split(b"\n\n")
    return [msgspec.json.decode(line[6:]) for line in lines if line.startswith(b"data: {")]


def _median(sent: Usual) -> float:
    found = quantile([it.answer.latency_s for it in sent], 0.5)
    return found.value if found is not None else 0.0


def _first(sent: Usual) -> float:
    found = quantile([it.answer.first_piece_s for it in sent], 0.5)
    return found.value if found is not None else 0.0


def _codes(*codes: str) -> frozenset[str]:
    return frozenset(codes)


_THROTTLED: Final = _codes("rate_limit_exceeded")
CASES: Final = (
    Case("connect-refused", "left_alone", "upstream_outage", place="closed", codes=_codes("upstream_unreachable")),
    Case("dns", "left_alone", "upstream_outage", place="nowhere", codes=_codes("upstream_unknown_host")),
    Case("tls-expired", "left_alone", "upstream_outage", place="expired", codes=_codes("upstream_tls")),
    Case("429", "rested", "throttling", "http_429", codes=_THROTTLED, kind="429"),
    Case("429-bare", "rested", "throttling", "http_429_bare", codes=_THROTTLED, kind="429"),
    Case("quota", "left_alone", "throttling", "quota", codes=_codes("insufficient_quota")),
    Case("500", "left_alone", "upstream_outage", "http_500", codes=_codes("upstream_500"), kind="5xx"),
    Case("502", "left_alone", "upstream_outage", "http_502", codes=_codes("upstream_502"), kind="5xx"),
    Case("503", "left_alone", "upstream_outage", "http_503", codes=_codes("upstream_503"), kind="5xx"),
    Case("529", "left_alone", "upstream_outage", "http_529", codes=_codes("upstream_529"), kind="5xx"),
    Case("slow-first-byte", "borne", "latency", "slow_first_byte", streamed=True, shows=_late),
    Case("stall", "told", "latency", "stall", codes=_codes("upstream_stalled"), streamed=True, kind="hang"),
    Case("drip", "borne", "latency", "drip", streamed=True, most_tokens=5, shows=_dripping),
    Case("cut", "told", "upstream_outage", "cut", codes=_codes("upstream_cut"), streamed=True),
    Case(
        "malformed", "told", "bad_output", "malformed_chunk",
        codes=_codes("upstream_malformed"), streamed=True, kind="malformed",
    ),
    Case("duplicate", "borne", "bad_output", "duplicate_chunk", streamed=True, shows=_said_twice),
    Case("missing-end", "told", "bad_output", "missing_done", codes=_codes("upstream_malformed"), streamed=True),
    Case("empty", "left_alone", "bad_output", "empty", codes=_codes("upstream_empty"), most_tokens=512),
    Case("wrong-usage", "borne", "bad_output", "usage_wrong", shows=_contradictory),
    Case("wrong-model", "left_alone", "bad_output", "wrong_model", codes=_codes("upstream_wrong_model")),
    Case("grey", "borne", "latency", "grey", shows=_slower(1.5)),
)  # fmt: skip
"""Every class of the guide's step 4 that an upstream can show."""

NAMED: Final = ("429", "503", "stall", "malformed")
"""One of each kind that the catalogue names: for upstreams after the first."""
