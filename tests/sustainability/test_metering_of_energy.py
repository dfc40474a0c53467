"""Counters of the machine count for an answer only if they can be read and nobody else was answered meanwhile."""

import os
import time

import pytest

from colonnade.sustainability.exclusive import Exclusive, cpu_seconds
from colonnade.sustainability.rapl import Rapl


def powercap(folder, *counters, wraps_at=1_000_000):
    for number, value in enumerate(counters):
        package = folder / f"intel-rapl:{number}"
        package.mkdir(exist_ok=True)
        (package / "energy_uj").write_text(f"{value}\n")
        (package / "max_energy_range_uj").write_text(f"{wraps_at}\n")
    return folder


def test_energy_of_all_packages_is_read_and_a_counter_may_start_again_at_zero(tmp_path):
    rapl = Rapl.found(powercap(tmp_path, 100, 999_000))
    assert rapl() == 0.0
    powercap(tmp_path, 300, 500)
    assert rapl() == pytest.approx((200 + 1500) / 3.6e9)
    assert rapl() == pytest.approx(1700 / 3.6e9)


def test_without_readable_counters_there_is_no_meter(tmp_path):
    assert Rapl.found(tmp_path) is None
    (tmp_path / "intel-rapl:0").mkdir()
    assert Rapl.found(tmp_path) is None
    powercap(tmp_path, "no number")
    assert Rapl.found(tmp_path) is None


def yes() -> bool:
    return True


def no() -> bool:
    return False


def counting() -> Exclusive:
    values = iter(range(100))
    return Exclusive(lambda: float(next(values)))


def test_one_answer_at_a_time_is_counted():
    values = iter([1.0, 3.5])
    meter = Exclusive(lambda: next(values))
    assert meter.end(meter.begin(yes)) == 2.5


def test_answers_made_at_the_same_time_are_not_counted_and_the_next_one_is():
    meter = counting()
    first, second = meter.begin(yes), meter.begin(yes)
    assert meter.end(first) is None
    assert meter.end(second) is None
    assert meter.end(meter.begin(yes)) == 1.0


def test_an_answer_begun_and_ended_within_another_spoils_the_outer_one():
    meter = counting()
    outer = meter.begin(yes)
    assert meter.end(meter.begin(yes)) is None
    assert meter.end(outer) is None


def test_answers_without_a_model_disturb_nobody():
    meter = counting()
    hit, made = meter.begin(no), meter.begin(yes)
    assert meter.end(meter.begin(no)) is None, "a model was at work meanwhile"
    assert meter.end(made) == 3.0
    assert meter.end(hit) is None


def test_a_call_whose_model_is_asked_after_another_ended_was_not_at_work_meanwhile():
    meter, asked = counting(), []
    waiting = meter.begin(lambda: bool(asked))
    assert meter.end(meter.begin(yes)) == 1.0
    asked.append(1)
    assert meter.end(waiting) is None


def test_a_counter_that_cannot_be_read_counts_nothing():
    def broken() -> float:
        raise FileNotFoundError

    meter = Exclusive(broken)
    assert meter.end(meter.begin(yes)) is None
    assert meter.open == []


def test_cpu_seconds_of_a_process_grow_with_its_work():
    before = cpu_seconds(os.getpid())
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    assert 0.02 <= cpu_seconds(os.getpid()) - before < 5.0


def test_a_process_name_with_spaces_and_brackets_is_read(tmp_path):
    (tmp_path / "7").mkdir()
    ticks = os.sysconf("SC_CLK_TCK")
    (tmp_path / "7" / "stat").write_text(f"7 (a ) b) S 1 1 1 0 -1 0 0 0 0 0 {3 * ticks} {2 * ticks} 0 0")
    assert cpu_seconds(7, tmp_path) == 5.0


def test_no_such_process_is_an_error_that_meters_understand(tmp_path):
    with pytest.raises(OSError, match="stat"):
        cpu_seconds(7, tmp_path)
