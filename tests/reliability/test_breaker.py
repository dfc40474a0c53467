"""A breaker opens, lets one probe through at a time over all workers, and closes again as soon as its target is well."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from colonnade.reliability.breaker import Breaker, Transition
from colonnade.reliability.sharing import PrivateBoard, SharedBoard
from colonnade.workload.sections.serving import Breaker as Limits

LIMITS = Limits(failures=3, open_s=1.0, longest_open_s=8.0, minimum_calls=10, share=0.5, window_s=30.0)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told() -> list[Transition]:
    return []


@pytest.fixture
def breaker(clock: Clock, told: list[Transition]) -> Breaker:
    return Breaker("small", LIMITS, PrivateBoard(1), 0, clock, told.append)


def break_(breaker: Breaker, clock: Clock, failure: str = "server") -> None:
    for _ in range(LIMITS.failures):
        breaker.failed(failure, clock.now)


def test_failures_in_a_row_open_it(breaker: Breaker, clock: Clock, told: list[Transition]) -> None:
    breaker.failed("server", clock.now)
    breaker.failed("server", clock.now)
    assert breaker.closed
    breaker.failed("server", clock.now)
    assert not breaker.closed
    assert [(t.target, t.before, t.after, t.cause) for t in told] == [("small", "closed", "open", "server")]


def test_each_class_has_a_row_of_its_own(breaker: Breaker, clock: Clock) -> None:
    for failure in ("server", "connect", "timeout", "malformed", "server", "connect"):
        breaker.failed(failure, clock.now)
    assert breaker.closed


def test_an_answer_ends_the_row(breaker: Breaker, clock: Clock) -> None:
    for _ in range(4):
        breaker.failed("server", clock.now)
        breaker.failed("server", clock.now)
        for _ in range(5):
            breaker.answered(clock.now)
    assert breaker.closed


def test_streams_that_always_break_off_open_it_although_they_begin(breaker: Breaker, clock: Clock) -> None:
    for _ in range(2):
        breaker.answered(clock.now)
        breaker.failed("broken", clock.now)
    breaker.answered(clock.now)
    breaker.completed()
    for _ in range(3):
        assert breaker.closed
        breaker.answered(clock.now)
        breaker.failed("broken", clock.now)
    assert (breaker.closed, breaker.cause) == (False, "broken")


def test_a_share_of_failures_opens_it(breaker: Breaker, clock: Clock) -> None:
    for number in range(40):
        if number % 2:
            breaker.failed("server", clock.now)
        else:
            breaker.answered(clock.now)
        clock.now += 0.1
        if not breaker.closed:
            break
    assert number == 9  # from the tenth call on, the share counts


def test_failures_long_ago_do_not_count(breaker: Breaker, clock: Clock) -> None:
    for _ in range(30):
        breaker.failed("server", clock.now)
        breaker.answered(clock.now)
        breaker.answered(clock.now)
        clock.now += 40.0
    assert breaker.closed


def test_a_quota_opens_it_at_once_and_for_long(breaker: Breaker, clock: Clock) -> None:
    breaker.failed("quota", clock.now)
    assert not breaker.closed
    assert breaker.opens_in_s(clock.now) == pytest.approx(LIMITS.longest_open_s, abs=0.01)


def test_it_stays_open_twice_as_long_each_time_up_to_the_longest(breaker: Breaker, clock: Clock) -> None:
    break_(breaker, clock)
    waits = []
    for _ in range(6):
        waits.append(breaker.opens_in_s(clock.now))
        clock.now += waits[-1]
        assert breaker.try_probe(clock.now)
        breaker.failed("server", clock.now, probe=True)
    assert waits == pytest.approx([1.0, 2.0, 4.0, 8.0, 8.0, 8.0], abs=0.01)


def test_one_probe_at_a_time_and_it_closes(breaker: Breaker, clock: Clock, told: list[Transition]) -> None:
    break_(breaker, clock)
    assert not breaker.try_probe(clock.now)
    clock.now += 1.001
    assert [breaker.try_probe(clock.now) for _ in range(50)] == [True] + 49 * [False]
    breaker.answered(clock.now, probe=True)
    assert breaker.closed
    assert [t.after for t in told] == ["open", "half_open", "closed"]
    break_(breaker, clock)
    assert breaker.opens_in_s(clock.now) == pytest.approx(1.0, abs=0.01)


def test_a_probe_that_says_neither_frees_its_place(
    breaker: Breaker, clock: Clock, told: list[Transition]
) -> None:
    break_(breaker, clock)
    clock.now += 1.001
    for _ in range(3):
        assert breaker.try_probe(clock.now)
        breaker.undecided()
    assert not breaker.closed
    assert [t.after for t in told] == ["open", "half_open"]


def test_what_began_before_it_closed_does_not_open_it_again(breaker: Breaker, clock: Clock) -> None:
    began = clock.now
    break_(breaker, clock)
    clock.now += 2.0
    assert breaker.try_probe(clock.now)
    breaker.answered(clock.now, probe=True)
    clock.now += 1.0
    for _ in range(20):
        breaker.failed("timeout", began)
    assert breaker.closed
    break_(breaker, clock)
    assert not breaker.closed


def test_a_time_from_before_the_machine_started_anew_is_due(breaker: Breaker, clock: Clock) -> None:
    break_(breaker, clock)
    clock.now = 3.0
    assert breaker.try_probe(clock.now)


BRITTLE = LIMITS.model_copy(update={"failures": 1})


class Worker:
    """One worker: its own view of the shared board, and the probe that it may hold."""

    def __init__(self, path: Path, clock: Clock, told: list[Transition]) -> None:
        self.board = SharedBoard(path, 2)
        self.breaker = Breaker("small", BRITTLE, self.board, 1, clock, told.append)
        self.probing = False


class Host(RuleBasedStateMachine):
    """Three workers and one upstream that is well or not; workers may die at any time."""

    @initialize()
    def begin(self) -> None:
        self.clock = Clock()
        self.told: list[Transition] = []
        self.well = False
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "board"
        self.workers = [Worker(self.path, self.clock, self.told) for _ in range(3)]

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            for worker in self.workers:
                worker.board.close()
            self.folder.cleanup()

    @rule(well=st.booleans())
    def upstream_changes(self, well: bool) -> None:
        self.well = well

    @rule(seconds=st.floats(0.1, 9.0))
    def time_passes(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule(number=st.integers(0, 2))
    def a_call(self, number: int) -> None:
        worker = self.workers[number]
        if worker.breaker.closed:
            self._told(worker, probe=False)
        elif not worker.probing and worker.breaker.try_probe(self.clock.now):
            assert not any(other.probing for other in self.workers), "two probes"
            worker.probing = True

    @rule(number=st.integers(0, 2), neutral=st.booleans())
    def a_probe_ends(self, number: int, neutral: bool) -> None:
        worker = self.workers[number]
        if not worker.probing:
            return
        worker.probing = False
        if neutral:
            worker.breaker.undecided()
        else:
            self._told(worker, probe=True)

    @rule(number=st.integers(0, 2))
    def a_worker_dies(self, number: int) -> None:
        self.workers[number].board.close()
        self.workers[number] = Worker(self.path, self.clock, self.told)

    @precondition(lambda self: self.well)
    @rule(number=st.integers(0, 2))
    def a_healthy_upstream_gets_traffic_again(self, number: int) -> None:
        """Whatever happened before: when running probes are over, the next call after the longest wait goes through."""
        for worker in self.workers:
            if worker.probing:
                worker.probing = False
                self._told(worker, probe=True)
        self.clock.now += LIMITS.longest_open_s + 0.01
        breaker = self.workers[number].breaker
        probe = not breaker.closed
        assert not probe or breaker.try_probe(self.clock.now)
        breaker.answered(self.clock.now, probe=probe)
        assert all(worker.breaker.closed for worker in self.workers)

    @invariant()
    def transitions_follow_each_other(self) -> None:
        """Every worker's story fits: nobody leaves a state in which the breaker was not."""
        states = [(t.before, t.after) for t in getattr(self, "told", [])]
        for (_, state), (left, _) in itertools.pairwise(states):
            assert left == state or (state, left) == ("half_open", "open"), states

    def _told(self, worker: Worker, *, probe: bool) -> None:
        if self.well:
            worker.breaker.answered(self.clock.now, probe=probe)
        else:
            worker.breaker.failed("server", self.clock.now, probe=probe)


TestHost = Host.TestCase
TestHost.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
