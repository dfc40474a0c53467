"""Geometry, words and sums behind the pages."""

import threading
from collections.abc import Callable

import pytest
from populated import unwished

from colonnade.console import wording
from colonnade.console.bullet import WIDTH, bullet
from colonnade.console.kept import SHARE, Kept
from colonnade.console.pages.cost import DRAWN, drawn
from colonnade.console.picture import SHAFT_BOTTOM, SHAFT_TOP, colonnade
from colonnade.console.series import Span, beginning, series
from colonnade.console.timeline import WIDTH as TRACK
from colonnade.console.timeline import timeline
from colonnade.evidence.request import DecisionLine
from colonnade.review.report import PillarResult
from colonnade.usecase.evidence import Reading

NOW = 1_790_000_000.0


def pillar(**fields: object) -> PillarResult:
    values = {
        "pillar": "security", "score": 0.5, "exercised": 0.2, "letter": "C", "open_high": 0, "applicable": 4,
        "proven": 1, "states": {"proven": 1, "unknown": 3},
    }  # fmt: skip
    return PillarResult(**{**values, **fields})


def reading(**fields: object) -> Reading:
    values = {
        "id": "it",
        "unit": "ms",
        "value": 50.0,
        "n": 3,
        "baseline": 100.0,
        "target": 80.0,
        "direction": "at_most",
    }
    return Reading(**{**values, **fields})


def spent_request(number: int, at: float, **fields: object):
    return unwished(number, opened_at=at, **{"price_known": True, "usd": 0.5, "route": "answer", **fields})


# ---- the picture


def test_a_column_is_filled_to_its_score():
    [column] = colonnade([pillar()])
    assert column.hatched_top == pytest.approx((SHAFT_TOP + SHAFT_BOTTOM) / 2)
    assert column.solid_top == pytest.approx(SHAFT_BOTTOM - 0.2 * (SHAFT_BOTTOM - SHAFT_TOP))
    assert column.crack == ""
    assert column.points == "50%"


def test_an_open_high_cracks_a_column():
    [column] = colonnade([pillar(open_high=2)])
    assert column.crack
    assert column.sentence.endswith("2 HIGH open")


@pytest.mark.parametrize(("score", "exercised"), [(0.0, 0.0), (1.0, 1.0), (0.3, 0.9)])
def test_fills_stay_inside_the_shaft(score: float, exercised: float):
    [column] = colonnade([pillar(score=score, exercised=exercised)])
    assert SHAFT_TOP <= column.hatched_top <= column.solid_top <= SHAFT_BOTTOM


def test_a_pillar_to_which_nothing_applies_is_no_zero():
    [column] = colonnade([pillar(score=None, letter="-")])
    assert (column.applies, column.points) == (False, "n/a")
    assert "no practice applies" in column.sentence


# ---- indicators


def test_a_bullet_reaches_from_zero_to_the_reading():
    bar = bullet(reading())
    assert bar.zero == 0.0
    assert bar.bar == (0.0, bar.value)
    assert bar.value < bar.target < bar.baseline < WIDTH
    assert bar.good == (0.0, bar.target)


def test_a_share_ends_at_one():
    bar = bullet(reading(unit="share", value=1.0, baseline=0.4, target=0.8, direction="at_least"))
    assert bar.value == WIDTH
    assert bar.good == (bar.target, WIDTH)


def test_a_negative_reading_goes_the_other_way():
    bar = bullet(reading(value=-50.0))
    assert bar.bar[0] == bar.value < bar.zero
    assert bar.bar[1] > 0


def test_no_reading_has_no_bar():
    bar = bullet(reading(value=None, baseline=0.0, target=0.0))
    assert bar.value is None
    assert bar.bar[1] == 0


# ---- cost and carbon over time


def test_steps_end_with_the_present_one():
    span = Span(24, 3600)
    start = beginning(span, NOW)
    assert start % 3600 == 0
    assert start + 24 * 3600 > NOW >= start + 23 * 3600


def test_sums_by_step_and_cause_are_the_same_sum():
    requests = [
        spent_request(n, NOW - n * 3600, route=("a", "b")[n % 2], carbon_max_g=1.0) for n in range(30)
    ]
    made = series(requests, Span(24, 3600), NOW)
    assert made.total.requests == 24
    assert sum(step.usd for step in made.steps) == made.total.usd == 12.0
    assert sum(it.usd for it in made.totals.values()) == 12.0
    assert sum(step.usd for steps in made.causes.values() for step in steps) == 12.0


def test_what_is_unknown_is_counted_and_not_added():
    unknown = spent_request(1, NOW, price_known=False, usd=9.0)
    made = series([unknown, spent_request(2, NOW, outcome="answered")], Span(), NOW)
    assert made.total.usd == 0.5
    assert (made.total.unpriced, made.total.unestimated) == (1, 2)
    assert made.total.usd_per_answer is None


def test_causes_stand_dearest_first_and_may_have_no_name():
    requests = [
        spent_request(1, NOW, labels={}),
        *(spent_request(n, NOW, labels={"team": "x"}) for n in (2, 3)),
    ]
    assert list(series(requests, Span(by="team"), NOW).totals) == ["x", "(none)"]


def test_many_causes_are_drawn_as_a_few_and_the_rest():
    requests = [spent_request(n, NOW, route=f"r{n}") for n in range(DRAWN + 3)]
    lines = drawn(series(requests, Span(), NOW))["cost"]
    assert [line["name"] for line in lines][-1] == "3 others"
    assert sum(sum(line["usd"]) for line in lines) == pytest.approx(0.5 * (DRAWN + 3))


# ---- the time line


def test_decisions_stand_at_their_time():
    record = unwished(
        1,
        latency_ms=200.0,
        first_byte_ms=100.0,
        decisions=[DecisionLine("meter", "b", 150.0), DecisionLine("read", "a", 50.0)],
    )
    events = timeline(record)
    assert [it.stage for it in events] == ["read", "answer", "meter", "answer"]
    assert [it.place for it in events] == [TRACK / 4, TRACK / 2, TRACK * 3 / 4, TRACK]


def test_an_interrupted_request_has_a_time_line():
    assert timeline(unwished(1, latency_ms=0.0, decisions=[DecisionLine("read", "a", 0.0)]))[0].place == 0.0


# ---- what is kept


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def kept(make: Callable[[], object], clock: Clock, patience_s: float = 2.0) -> Kept:
    return Kept(make, lasts_s=5.0, patience_s=patience_s, clock=clock)


def test_a_thing_is_made_once_while_it_lasts():
    clock, made = Clock(), iter(range(9))
    thing = kept(lambda: next(made), clock)
    assert [thing.get(), thing.get()] == [0, 0]
    clock.now = 5.0
    assert thing.get() == 1


def test_what_takes_long_is_kept_longer():
    clock, made = Clock(), iter(range(9))

    def slowly() -> int:
        clock.now += 3.0
        return next(made)

    thing = kept(slowly, clock)
    assert thing.get() == 0
    clock.now += 3.0 * SHARE - 1
    assert thing.get() == 0
    clock.now += 2
    assert thing.get() == 1


def test_the_old_one_is_given_while_a_newer_takes_long():
    clock, gate, made = Clock(), threading.Event(), iter(range(9))

    def gated() -> int:
        number = next(made)
        if number:
            assert gate.wait(10)
        return number

    thing = kept(gated, clock, patience_s=0.01)
    assert thing.get() == 0
    clock.now = 6.0
    assert [thing.get(), thing.get()] == [0, 0]
    gate.set()
    thing._patience_s = 10.0
    assert thing.get() == 1
    assert next(made) == 2


def test_a_fault_is_raised_until_it_is_mended():
    clock, faults = Clock(), [ValueError("first")]

    def make() -> str:
        if faults:
            raise faults.pop()
        return "whole"

    thing = kept(make, clock)
    for _ in range(2):
        with pytest.raises(ValueError, match="first"):
            thing.get()
    clock.now = 6.0
    assert thing.get() == "whole"


# ---- words


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (wording.usd(0.0), "$0.00"),
        (wording.usd(1234.5), "$1,234.50"),
        (wording.usd(0.00001234), "$0.0000123"),
        (wording.figure(1234567.0), "1,234,567"),
        (wording.figure(0.1 + 0.2), "0.3"),
        (wording.between(0.001, 0.001, "Wh"), "0.001 Wh"),
        (wording.between(0.0, 1.5, "Wh"), "0 to 1.5 Wh"),
        (wording.percent(0.999), "99%"),
        (wording.duration(7.25), "7.2 ms"),
        (wording.duration(61_000), "1 min 1 s"),
        (wording.in_unit(0.727272, "share"), "72.7%"),
        (wording.count(1, "minute"), "1 minute"),
        (wording.count(1440, "minute"), "1,440 minutes"),
        (wording.told([0.1, True, {"a": 1}]), "0.1 to yes to a = 1"),
        (wording.coded("run `a <b>` now"), "run <code>a &lt;b&gt;</code> now"),
        (wording.coded("one ` <i> alone"), "one ` &lt;i&gt; alone"),
    ],
)
def test_words(written: str, words: str):
    assert str(written) == words
