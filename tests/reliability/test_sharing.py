"""Workers on one host see one board: real processes, real locks, and one of them dies while it holds a probe."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from colonnade.reliability.breaker import Breaker
from colonnade.reliability.budget import FLOOR_A_MINUTE, RetryBudget
from colonnade.reliability.sharing import PrivateBoard, SharedBoard
from colonnade.workload.sections.serving import Breaker as Limits

LIMITS = Limits(failures=3, open_s=0.2, longest_open_s=0.4)
WORKER = textwrap.dedent("""
    import sys, time
    from pathlib import Path
    from colonnade.reliability.breaker import Breaker
    from colonnade.reliability.budget import RetryBudget
    from colonnade.reliability.sharing import SharedBoard
    from colonnade.workload.sections.serving import Breaker as Limits

    board = SharedBoard(Path(sys.argv[1]), 2)
    breaker = Breaker("small", Limits(failures=3, open_s=0.2, longest_open_s=0.4), board, 0)
    budget = RetryBudget(0.2, board, 1)
    for line in sys.stdin:
        word = line.strip()
        if word == "closed": said = breaker.closed
        elif word == "fail": said = breaker.failed("server", time.monotonic())
        elif word == "probe": said = breaker.try_probe(time.monotonic())
        elif word == "answered": said = breaker.answered(time.monotonic(), probe=True)
        elif word == "spend": said = sum(budget.spend(time.monotonic()) for _ in range(20))
        elif word == "race":
            at = time.monotonic() + 0.2
            while time.monotonic() < at: pass
            said = breaker.try_probe(time.monotonic())
        print(said, flush=True)
""")


class Worker:
    """A worker in a process of its own."""

    def __init__(self, path: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def ask(self, word: str) -> str:
        self.tell(word)
        return self.hear()


@contextmanager
def workers(path: Path, count: int) -> Iterator[list[Worker]]:
    with ExitStack() as stack:
        running = [Worker(path) for _ in range(count)]
        for worker in running:
            stack.callback(worker.process.wait)
            stack.callback(worker.process.kill)
        yield running
        for worker in running:
            for pipe in (worker.process.stdin, worker.process.stdout):
                assert pipe is not None
                pipe.close()


@pytest.mark.slow
def test_processes_share_a_breaker_and_a_probe_dies_with_its_worker(tmp_path: Path) -> None:
    with workers(tmp_path / "run" / "board", 3) as (one, two, three):
        for _ in range(3):
            one.ask("fail")
        assert [each.ask("closed") for each in (one, two, three)] == 3 * ["False"]
        time.sleep(0.21)
        for each in (one, two, three):
            each.tell("race")
        winners = [each.hear() for each in (one, two, three)]
        assert sorted(winners) == ["False", "False", "True"]
        holder = (one, two, three)[winners.index("True")]
        other, last = (each for each in (one, two, three) if each is not holder)
        assert other.ask("probe") == "False"
        holder.process.kill()
        holder.process.wait()
        assert other.ask("probe") == "True"
        assert last.ask("probe") == "False"
        other.ask("answered")
        assert [each.ask("closed") for each in (other, last)] == 2 * ["True"]


@pytest.mark.slow
def test_processes_share_the_floor_of_retries(tmp_path: Path) -> None:
    while time.monotonic() % 60.0 > 50.0:  # the floor is counted by minutes of the clock
        time.sleep(0.5)
    with workers(tmp_path / "board", 3) as running:
        assert sum(int(each.ask("spend")) for each in running) == FLOOR_A_MINUTE


def test_two_boards_on_one_file_exclude_each_other(tmp_path: Path) -> None:
    one, two = SharedBoard(tmp_path / "board", 4), SharedBoard(tmp_path / "board", 4)
    assert one.acquire(2)
    assert not one.acquire(2)
    assert not two.acquire(2)
    assert two.acquire(3)
    one.release(2)
    assert two.acquire(2)
    one.words[1] = -5
    assert list(two.words) == [0, -5, 0, 0]
    two.close()
    assert one.acquire(2)
    one.close()


def test_a_breaker_left_open_is_found_open_by_the_next_worker(tmp_path: Path) -> None:
    first = SharedBoard(tmp_path / "board", 1)
    breaker = Breaker("small", LIMITS, first, 0)
    for _ in range(3):
        breaker.failed("server", time.monotonic())
    first.close()
    second = SharedBoard(tmp_path / "board", 1)
    assert not Breaker("small", LIMITS, second, 0).closed
    second.close()


def test_a_share_and_a_floor_of_retries() -> None:
    budget = RetryBudget(0.2, PrivateBoard(1), 0)
    for _ in range(100):
        budget.called(1000.0)
    assert sum(budget.spend(1000.0) for _ in range(100)) == 20 + FLOOR_A_MINUTE
    assert sum(budget.spend(1030.0) for _ in range(100)) == FLOOR_A_MINUTE  # another minute: 1020 to 1080
    assert sum(budget.spend(1200.0) for _ in range(100)) == FLOOR_A_MINUTE
    assert not any(RetryBudget(0.0, PrivateBoard(1), 0).spend(1000.0) for _ in range(5))
