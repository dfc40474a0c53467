"""A signal gets its verdict from live evidence alone; without it, the signal says what is missing and why.

Evidence lives on two clocks. By time it ends `freshness_days` after its window, and a snapshot that was taken elsewhere
as long after the window's beginning; by change it ends as soon as a part of the subject that its view is bound to
differs from what runs now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from colonnade.evidence.record import Environment, Record, Subject
from colonnade.evidence.view import Topic, topic_of
from colonnade.review.admission import Admission, changed
from colonnade.review.catalogue import Practice, Signal
from colonnade.review.signal import SignalJudge
from colonnade.review.verdict import Verdict
from colonnade.workload.sections.promises import Sampling
from colonnade.workload.specification import Specification

SignalState = Literal["pass", "fail", "insufficient", "stale", "unknown", "not_judged", "error"]
DAY_S = 86_400.0
VALID_UNTIL = "valid_until"
"""The field by which a view says itself until when it holds, in seconds since the epoch: a signature has a term."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A record that a verdict rests on."""

    id: str
    topic: str
    kind: str
    collector: str
    window_start: float
    window_end: float
    n: int
    expires_at: float


class SignalResult(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one signal: a state, the number it rests on, and the reason in words.

    `remedy` is what to do while the signal does not pass, empty where nothing can be done by the owner yet.
    `places` names what fails (`resource:NAME`, `tenant:NAME`) where the judge could tell; `waived` is whether a
    standing waiver excuses it.
    """

    number: int
    kind: str
    grade: int
    text: str
    state: SignalState
    reason: str
    value: float | None = None
    threshold: float | None = None
    n: int | None = None
    evidence: tuple[Evidence, ...] = ()
    expires_at: float | None = None
    remedy: str = ""
    places: tuple[str, ...] = ()
    waived: bool = False


Resolved = Record | Specification | Sampling
"""What a need of a judge is met with."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Why no live evidence of a topic can be handed to a judge."""

    state: Literal["stale", "unknown"]
    reason: str


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything a verdict may rest on: declarations, samples asked for, the current subject and the evidence.

    `evidence` holds what of the reviewed environment is admitted; `now` is seconds since the epoch.
    """

    specification: Specification
    sampling: Sampling
    subject: Subject
    evidence: Admission
    environment: Environment
    now: float


def judged(practice: Practice, signal: Signal, judge: SignalJudge | None, ground: Ground) -> SignalResult:
    """The result of one signal. A judge that raises gives the state `error`; nothing is raised."""
    if judge is None:
        reason = f"not yet judged; what would prove it: {practice.mechanism}"
        return _result(signal, state="not_judged", reason=reason)
    found = [(name, _resolve(need, practice, ground)) for name, need in judge.needs]
    missing = [each for _, each in found if isinstance(each, Missing)]
    if missing:
        worst = min(missing, key=lambda each: each.state != "unknown")
        return _result(signal, state=worst.state, reason=worst.reason, remedy=renewal(signal.kind, judge))
    evidence = tuple(
        _evidence(each, need, practice)
        for (_, need), (_, each) in zip(judge.needs, found, strict=True)
        if isinstance(each, Record)
    )
    if unfit := _unfit(found, judge):
        return _result(signal, state="error", reason=unfit, evidence=evidence)
    try:
        arguments = {
            name: _argument(each, need) for (name, each), (_, need) in zip(found, judge.needs, strict=True)
        }
        return _concluded(signal, judge.function(**arguments), evidence, judge)
    except Exception as error:  # noqa: BLE001 - a fault in one judge must not end the review of the others
        reason = f"could not be judged: {type(error).__name__} in {judge.function.__name__}"
        return _result(signal, state="error", reason=reason, evidence=evidence)


def renewal(kind: str, judge: SignalJudge) -> str:
    """How evidence of a kind comes about where there is none, too little, or it has expired.

    What can be seen of a running workload is collected by the review itself; snapshots are imported; everything
    else needs what the judge names in `improve`.
    """
    if any(topic.snapshot for _, need in judge.needs if (topic := topic_of(need))):
        return _IMPORT
    if kind in _TRAFFIC:
        return "send requests through the gateway (`colonnade up`), then run `colonnade review`"
    if kind in _OBSERVED:
        return "start the workload (`colonnade up`), then run `colonnade review`"
    return judge.improve


def day(at: float) -> str:
    """A moment as a day in UTC, `2026-11-23`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


_IMPORT = (
    "import a snapshot: `colonnade evidence import KIND FILE`; `colonnade evidence kinds` lists what is read"
)
_TRAFFIC = frozenset({"telemetry", "cost"})
_OBSERVED = frozenset({"iac", "config", "registry", "signature"})


def _resolve(need: type[Any], practice: Practice, ground: Ground) -> Resolved | Missing:
    if need is Specification:
        return ground.specification
    if need is Sampling:
        return ground.sampling
    topic = topic_of(need)
    if topic is None:
        return Missing("unknown", f"{need.__name__} is no view of evidence")
    return _live(topic, practice, ground)


def _live(topic: Topic, practice: Practice, ground: Ground) -> Record | Missing:
    found = ground.evidence.found(topic)
    if found.newest is None:
        return Missing("unknown", f"no evidence of `{topic.name}` in {ground.environment}")
    if found.unchanged is None:
        parts = ", ".join(changed(found.newest, topic, ground.subject))
        return Missing(
            "stale",
            f"`{topic.name}` was observed on {day(found.newest.window_end)}; since then changed: {parts}",
        )
    expires_at = _expires_at(found.unchanged, topic, practice)
    if expires_at >= ground.now:
        return found.unchanged
    said = VALID_UNTIL in found.unchanged.facts and expires_at == found.unchanged.facts[VALID_UNTIL]
    term = "the end of its own term" if said else f"{practice.freshness_days} days after its window"
    return Missing("stale", f"`{topic.name}` expired on {day(expires_at)}, {term}")


def _expires_at(record: Record, topic: Topic, practice: Practice) -> float:
    """The end of a record by time, or the end of its own term where that is sooner."""
    aged_from = record.window_start if topic.snapshot else record.window_end
    end = aged_from + practice.freshness_days * DAY_S
    own = record.facts.get(VALID_UNTIL)
    return min(end, float(own)) if isinstance(own, int | float) else end


def _unfit(found: Sequence[tuple[str, Resolved | Missing]], judge: SignalJudge) -> str:
    """Why a record has not the shape of its topic; empty where all have it."""
    for (_, each), (_, need) in zip(found, judge.needs, strict=True):
        if isinstance(each, Record):
            try:
                msgspec.convert(each.facts, need)
            except msgspec.ValidationError as error:
                return f"record {each.id[:19]} does not fit `{each.topic}`: {error}"
    return ""


def _argument(found: Resolved | Missing, need: type[Any]) -> Any:
    return msgspec.convert(found.facts, need) if isinstance(found, Record) else found


def _evidence(record: Record, need: type[Any], practice: Practice) -> Evidence:
    topic = topic_of(need)
    assert topic is not None, "only views are resolved to records"
    return Evidence(
        id=record.id,
        topic=record.topic,
        kind=record.kind,
        collector=record.collector,
        window_start=record.window_start,
        window_end=record.window_end,
        n=record.n,
        expires_at=_expires_at(record, topic, practice),
    )


def _concluded(
    signal: Signal, verdict: Verdict, evidence: tuple[Evidence, ...], judge: SignalJudge
) -> SignalResult:
    renewed = renewal(signal.kind, judge)
    remedies = {"pass": "", "fail": judge.improve, "insufficient": renewed, "stale": renewed}
    return _result(
        signal,
        state=verdict.outcome,
        reason=verdict.reason,
        value=verdict.value,
        threshold=verdict.threshold,
        n=verdict.n,
        places=verdict.places,
        evidence=evidence,
        expires_at=min((each.expires_at for each in evidence), default=None),
        remedy=remedies[verdict.outcome],
    )


def _result(signal: Signal, **known: Any) -> SignalResult:
    return SignalResult(number=signal.number, kind=signal.kind, grade=signal.grade, text=signal.text, **known)
