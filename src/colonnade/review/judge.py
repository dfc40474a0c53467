"""A signal gets its verdict from live evidence alone; without it, the signal says what is missing and why.

Evidence lives on two clocks. By time it ends `freshness_days` after its window; by change it ends as soon as a part
of the subject that its view is bound to differs from what runs now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from colonnade.evidence.record import Environment, Record, Subject
from colonnade.evidence.view import Part, Topic, topic_of
from colonnade.review.catalogue import Practice, Signal
from colonnade.review.signal import SignalJudge
from colonnade.review.verdict import Verdict
from colonnade.workload.sections.promises import Sampling
from colonnade.workload.specification import Specification

SignalState = Literal["pass", "fail", "insufficient", "stale", "unknown", "not_judged", "error"]
DAY_S = 86_400.0


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


@dataclass(frozen=True, slots=True)
class Missing:
    """Why no live evidence of a topic can be handed to a judge."""

    state: Literal["stale", "unknown"]
    reason: str


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything a verdict may rest on: declarations, samples asked for, the current subject and the records.

    `records` holds those of the reviewed environment by topic, newest first; `now` is seconds since the epoch.
    """

    specification: Specification
    sampling: Sampling
    subject: Subject
    records: Mapping[str, Sequence[Record]]
    environment: Environment
    now: float


def by_topic(
    records: Iterable[Record], environment: Environment, now: float
) -> Mapping[str, Sequence[Record]]:
    """Records of one environment by topic, newest first; what is dated after `now` is left out.

    Newest is what was observed last (`window_end`), then what was written last; a tie is settled by digest, so
    that the order in which records arrive never matters.
    """
    topics: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.environment == environment and max(record.window_end, record.collected_at) <= now:
            topics[record.topic].append(record)
    return {topic: _newest_first(group) for topic, group in topics.items()}


def judged(practice: Practice, signal: Signal, judge: SignalJudge | None, ground: Ground) -> SignalResult:
    """The result of one signal. A judge that raises gives the state `error`; nothing is raised."""
    if judge is None:
        reason = f"not yet judged; what would prove it: {practice.mechanism}"
        return _result(signal, state="not_judged", reason=reason)
    found = [(name, _resolve(need, practice, ground)) for name, need in judge.needs]
    missing = [each for _, each in found if isinstance(each, Missing)]
    if missing:
        worst = min(missing, key=lambda each: each.state != "unknown")
        return _result(
            signal, state=worst.state, reason=worst.reason, remedy=renewal(signal.kind, judge.improve)
        )
    records = [each for _, each in found if isinstance(each, Record)]
    evidence = tuple(_evidence(record, practice) for record in records)
    try:
        arguments = {
            name: _argument(each, need) for (name, each), (_, need) in zip(found, judge.needs, strict=True)
        }
        return _concluded(signal, judge.function(**arguments), evidence, judge)
    except Exception as error:  # noqa: BLE001 - a fault in one judge must not end the review of the others
        reason = f"could not be judged: {type(error).__name__} in {judge.function.__name__}"
        return _result(signal, state="error", reason=reason, evidence=evidence)


def renewal(kind: str, improve: str) -> str:
    """How evidence of a kind comes about where there is none, too little, or it has expired.

    What can be seen of a running workload is collected by the review itself; everything else needs what the
    judge names in `improve`.
    """
    if kind in _TRAFFIC:
        return "send requests through the gateway (`colonnade up`), then run `colonnade review`"
    if kind in _OBSERVED:
        return "start the workload (`colonnade up`), then run `colonnade review`"
    return improve


def day(at: float) -> str:
    """A moment as a day in UTC, `2026-11-23`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


_TRAFFIC = frozenset({"telemetry", "cost"})
_OBSERVED = frozenset({"workload", "repo", "iac", "config", "registry", "signature"})


def _newest_first(records: list[Record]) -> Sequence[Record]:
    moments = [(record.window_end, record.collected_at) for record in records]
    if len(set(moments)) == len(moments):
        return sorted(records, key=lambda each: (each.window_end, each.collected_at), reverse=True)
    return sorted(records, key=lambda each: (each.window_end, each.collected_at, each.id), reverse=True)


def _resolve(
    need: type[Any], practice: Practice, ground: Ground
) -> Record | Specification | Sampling | Missing:
    if need is Specification:
        return ground.specification
    if need is Sampling:
        return ground.sampling
    topic = topic_of(need)
    if topic is None:
        return Missing("unknown", f"{need.__name__} is no view of evidence")
    return _live(topic, practice, ground)


def _live(topic: Topic, practice: Practice, ground: Ground) -> Record | Missing:
    records = ground.records.get(topic.name, ())
    if not records:
        return Missing("unknown", f"no evidence of `{topic.name}` in {ground.environment}")
    unchanged = next((each for each in records if not _changed(each, topic, ground.subject)), None)
    if unchanged is None:
        parts = ", ".join(_changed(records[0], topic, ground.subject))
        return Missing(
            "stale",
            f"`{topic.name}` was observed on {day(records[0].window_end)}; since then changed: {parts}",
        )
    expires_at = _expires_at(unchanged, practice)
    if expires_at < ground.now:
        return Missing(
            "stale",
            f"`{topic.name}` expired on {day(expires_at)}, {practice.freshness_days} days after its window",
        )
    return unchanged


def _changed(record: Record, topic: Topic, subject: Subject) -> tuple[str, ...]:
    """The bound parts in which the record's subject differs from the current one, named as a reader would."""
    return tuple(
        change
        for part in topic.binds
        for change in _changes(part, getattr(record.subject, part), getattr(subject, part))
    )


def _changes(part: Part, before: str | dict[str, str], after: str | dict[str, str]) -> tuple[str, ...]:
    if before == after:
        return ()
    if isinstance(before, str) or isinstance(after, str):
        return (part,)
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return tuple(f"{part}.{name}" for name in names)


def _expires_at(record: Record, practice: Practice) -> float:
    return record.window_end + practice.freshness_days * DAY_S


def _argument(found: Record | Specification | Sampling | Missing, need: type[Any]) -> Any:
    return msgspec.convert(found.facts, need) if isinstance(found, Record) else found


def _evidence(record: Record, practice: Practice) -> Evidence:
    return Evidence(
        id=record.id,
        topic=record.topic,
        kind=record.kind,
        collector=record.collector,
        window_start=record.window_start,
        window_end=record.window_end,
        n=record.n,
        expires_at=_expires_at(record, practice),
    )


def _concluded(
    signal: Signal, verdict: Verdict, evidence: tuple[Evidence, ...], judge: SignalJudge
) -> SignalResult:
    remedies = {"pass": "", "fail": judge.improve, "insufficient": renewal(signal.kind, judge.improve)}
    return _result(
        signal,
        state=verdict.outcome,
        reason=verdict.reason,
        value=verdict.value,
        threshold=verdict.threshold,
        n=verdict.n,
        evidence=evidence,
        expires_at=min((each.expires_at for each in evidence), default=None),
        remedy=remedies[verdict.outcome],
    )


def _result(signal: Signal, **known: Any) -> SignalResult:
    return SignalResult(number=signal.number, kind=signal.kind, grade=signal.grade, text=signal.text, **known)
