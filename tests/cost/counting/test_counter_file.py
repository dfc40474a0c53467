"""The file of counts: rows are found again, given away only when nothing in them counts, and survive any end."""

from __future__ import annotations

import pytest
from host_workers import BEGIN, Granted, Host

from colonnade.cost.counting import counter_file
from colonnade.cost.counting.counter import Hold, Refused
from colonnade.cost.counting.counter_file import CounterFile
from colonnade.cost.counting.counters import Counters
from colonnade.cost.counting.host import OneHost
from colonnade.cost.counting.span import FOREVER, Calendar, Sliding, Standing
from colonnade.errors import SetupError, Unavailable

HOUR_NS = 3_600_000_000_000


@pytest.fixture
def path(tmp_path):
    return tmp_path / "counters" / "host.counters"


def test_a_count_has_the_same_row_in_every_opening(path):
    one, other = CounterFile(path), CounterFile(path)
    assert one.row("a", 61, 0).number == 0
    assert other.row("b", 61, 0).number == 1
    assert one.row("b", 61, 0).number == 1
    assert [row.number for row in other.rows()] == [0, 1]


def test_only_the_first_opening_after_a_boot_is_fresh(path):
    assert CounterFile(path).fresh
    assert not CounterFile(path).fresh
    words = CounterFile(path).words
    words[2] = 7  # as another boot left it
    assert CounterFile(path).fresh


def test_a_file_of_another_form_is_begun_anew(path):
    file = CounterFile(path)
    file.row("a", 61, 0)
    file.words[0] = 99
    again = CounterFile(path)
    assert list(again.rows()) == []
    assert again.fresh


def test_a_row_is_given_to_another_count_when_all_of_it_is_long_past(path):
    file = CounterFile(path, rows=2)
    file.row("a", 61, 0).matters_until(1000)
    file.row("b", 61, 0).matters_until(FOREVER)
    with pytest.raises(Unavailable, match="More callers are counted"):
        file.row("c", 61, 1000 + HOUR_NS)
    taken = file.row("c", 61, 1001 + HOUR_NS)
    assert taken.number == 0
    assert file.row("c", 61, 0).current
    assert not any(taken.sheet)


def test_a_row_of_what_is_under_way_is_given_away_when_nothing_is(path):
    file = CounterFile(path, rows=1)
    row = file.row("a", 0, 0)
    row.sheet[5] = 1
    with pytest.raises(Unavailable):
        file.row("b", 0, FOREVER)
    row.sheet[5] = 0
    assert file.row("b", 0, 0).number == 0
    assert not row.current


async def test_a_worker_finds_its_count_again_after_its_row_was_given_away(path, monkeypatch):
    monkeypatch.setattr(counter_file, "ROWS", 1)
    monkeypatch.setattr(CounterFile.__init__, "__defaults__", (1,))
    host = Host(path, Sliding(6.0), 10)
    worker = host.join()
    assert isinstance(await host.reserve(worker, 4), Granted)
    await worker.tend()
    host.clock.pass_us(2 * HOUR_NS // 1000)
    other = worker.counters.counter("another", Sliding(6.0), 10)
    assert isinstance(await other.reserve(4, host.clock.monotonic()), Hold)
    await worker.tend()
    host.clock.pass_us(2 * HOUR_NS // 1000)
    assert isinstance(await host.reserve(worker, 10), Granted)
    assert isinstance(await host.reserve(worker, 1), Refused)
    host.close()


def test_no_more_workers_than_there_are_places(path, monkeypatch):
    crowd = [OneHost(path) for _ in range(64)]
    assert [it.worker for it in crowd] == list(range(64))
    with pytest.raises(SetupError, match="64 workers count"):
        OneHost(path)
    crowd[7]._file.close()  # killed
    assert OneHost(path).worker == 7
    for number, each in enumerate(crowd):
        if number != 7:
            each._file.close()


def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(tmp_path):
    (tmp_path / "counters").write_text("a file")
    with pytest.raises(SetupError, match="cannot be kept"):
        OneHost(tmp_path / "counters" / "host.counters")


async def test_a_clock_that_is_set_back_forgets_nothing(path):
    host = Host(path, Sliding(60.0), 100)
    worker = host.join()
    assert isinstance(await host.reserve(worker, 100), Granted)
    host.clock.ns -= 24 * HOUR_NS
    await worker.tend()
    assert isinstance(await host.reserve(worker, 1), Refused)
    host.clock.pass_us(62_000_000)
    assert isinstance(await host.reserve(worker, 100), Granted)
    host.close()


async def test_a_clock_that_jumps_ahead_begins_a_new_window(path):
    host = Host(path, Sliding(60.0), 100)
    worker = host.join()
    await host.reserve(worker, 100)
    host.clock.ns += 24 * HOUR_NS
    assert isinstance(await host.reserve(worker, 100), Granted)
    host.close()


async def test_more_than_was_reserved_counts_and_keeps_others_out(path):
    host = Host(path, Calendar("day"), 100)
    worker = host.join()
    (await host.reserve(worker, 10)).settle(95)
    assert isinstance(await host.reserve(worker, 10), Refused)
    assert isinstance(await host.reserve(worker, 5), Granted)
    host.close()


async def test_a_refusal_says_when_there_is_room_again(path):
    host = Host(path, Sliding(60.0), 100)
    worker = host.join()
    await host.reserve(worker, 60)
    host.clock.pass_us(20_000_000)
    await host.reserve(worker, 40)
    soon, later = await host.reserve(worker, 30), await host.reserve(worker, 70)
    never = await host.reserve(worker, 101)
    assert soon.retry_after_s == pytest.approx(41, abs=1)
    assert later.retry_after_s == pytest.approx(61, abs=1)
    assert never.retry_after_s is None
    host.clock.pass_us(int(soon.retry_after_s * 1e6) + 1)
    assert isinstance(await host.reserve(worker, 30), Granted)
    host.close()


async def test_an_amount_counts_for_a_sixtieth_longer_than_the_window_at_most(path):
    host = Host(path, Sliding(60.0), 10)
    worker = host.join()
    await host.reserve(worker, 10)
    host.clock.pass_us(60_000_000)
    await worker.tend()
    held = isinstance(await host.reserve(worker, 10), Granted)
    host.clock.pass_us(1_000_000)
    assert held or isinstance(await host.reserve(worker, 10), Granted)
    host.close()


async def test_counts_of_days_begin_anew_at_midnight_and_are_told_when(path):
    host = Host(path, Calendar("day"), 10)
    worker = host.join()
    held = await host.reserve(worker, 10)
    refused = await host.reserve(worker, 1)
    midnight = (host.clock.ns // (24 * HOUR_NS) + 1) * 24 * HOUR_NS
    assert refused.retry_after_s == pytest.approx((midnight - host.clock.ns) / 1e9)
    host.clock.ns = midnight
    assert isinstance(await host.reserve(worker, 10), Granted)
    held.settle(3)  # of yesterday: nothing of today is freed by it
    await worker.tend()
    assert isinstance(await host.reserve(worker, 1), Refused)
    host.close()


@pytest.mark.parametrize(
    ("name", "slot", "period"), [("day", 19_675, "2023-11-14"), ("month", 24_286, "2023-11")]
)
def test_days_and_months_have_numbers_and_names(name, slot, period):
    span = Calendar(name)
    assert span.slot(BEGIN) == slot
    assert span.period(slot) == period
    assert span.begin(slot) <= BEGIN < span.end(slot)
    assert span.slot(span.end(slot)) == slot + 1


async def test_leases_shrink_with_what_is_left_and_with_every_worker(path):
    async def first_lease(workers):
        counters = [Counters(OneHost(path.with_name(f"{workers}"))) for _ in range(workers)]
        for each in counters:
            await each.tend()
        counter = counters[0].counter("c", Sliding(60.0), 16_001)
        await counter.reserve(1, 0.0)
        return counter._idle

    assert await first_lease(1) == 1000
    assert await first_lease(4) == 250


async def test_two_openings_in_one_process_exclude_each_other(path):
    host = Host(path, Standing(), 3)
    one, other = host.join(), host.join()
    assert one.source.worker != other.source.worker
    for worker in (one, other, one):
        assert isinstance(await host.reserve(worker, 1), Granted)
    assert isinstance(await host.reserve(other, 1), Refused)
    one.kill()
    await other.tend()
    assert isinstance(await host.reserve(other, 2), Granted)
    host.close()
