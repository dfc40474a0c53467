"""A whole world for reviews: the real catalogue, one generated judge a signal, and records for them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import yaml

from colonnade.evidence.record import Record, Subject
from colonnade.evidence.view import view
from colonnade.review.catalogue import catalogue
from colonnade.review.review import review
from colonnade.review.signal import SignalJudge
from colonnade.review.verdict import insufficient, met, unmet
from colonnade.workload.specification import Specification

DAY = 86_400.0
NOW = 1_790_000_000.0
FIXTURE = Path(__file__).parents[1] / "fixtures" / "workloads" / "minimal" / "workload.yaml"
SUBJECT = Subject(
    workload="sha256:w",
    intent="sha256:i",
    policy="sha256:p",
    release="r1",
    models={"small": "pin-1"},
    prompts={"answer": "v1"},
)
BINDS = ((), ("policy",), ("models", "prompts"), ("workload",))


class Observation(msgspec.Struct, frozen=True):
    """The facts of every generated view: a count of good ones."""

    good: int
    n: int


def specification(**facts):
    """The minimal workload with other facts."""
    value = yaml.safe_load(FIXTURE.read_text("utf-8"))
    value["facts"].update(facts)
    return Specification.model_validate(value)


def topic(practice, number):
    return f"test.{practice}.{number}".lower()


def _judge(practice, number, binds):
    shape = msgspec.defstruct(f"View{number}", [("good", int), ("n", int)], frozen=True)
    shape = view(topic(practice, number), binds=binds)(shape)

    def judgement(seen):
        if seen.n < 10:
            return insufficient("too few", n=seen.n)
        figures = {"value": seen.good / seen.n, "threshold": 1.0, "n": seen.n}
        return met("all good", **figures) if seen.good == seen.n else unmet("some bad", **figures)

    return SignalJudge(practice, number, judgement, (("seen", shape),), f"mend {practice}.{number}")


SIGNALS = [(practice.id, signal.number) for practice in catalogue().practices for signal in practice.signals]
JUDGES = [_judge(practice, number, BINDS[i % len(BINDS)]) for i, (practice, number) in enumerate(SIGNALS)]
BINDS_OF = {key: BINDS[i % len(BINDS)] for i, key in enumerate(SIGNALS)}


def record(practice, number, *, good=100, n=100, age_days=0.5, subject=SUBJECT, **other):
    """What was seen of one signal, `age_days` ago."""
    end = NOW - age_days * DAY
    values = {
        "topic": topic(practice, number),
        "kind": "telemetry",
        "source": "gateway",
        "collector": "tests@1",
        "environment": "rehearsal",
        "subject": subject,
        "window_start": end - 3600,
        "window_end": end,
        "collected_at": end,
        "n": n,
        "facts": {"good": good, "n": n},
    }
    return Record(**(values | other))


def observed(facts, n=None, age_days=0.1):
    """A record of observed facts."""
    counts = n or dict.fromkeys(facts, 1000)
    return record("x", 1, age_days=age_days, topic="facts.observed", facts={"facts": facts, "n": counts})


def all_pass():
    return [record(practice, number) for practice, number in SIGNALS]


def reviewed(records, **changes):
    """A review of the world with some things changed."""
    arguments = {
        "specification": specification(),
        "subject": SUBJECT,
        "records": records,
        "waivers": (),
        "now": NOW,
        "environment": "rehearsal",
    } | changes
    return review(catalogue(), arguments.pop("judges", JUDGES), **arguments)
