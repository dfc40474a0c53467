"""Many processes count together while some of them are killed: a cap is never exceeded, and nothing leaks."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import pytest

from colonnade.cost.counting.counter import Hold
from colonnade.cost.counting.counters import Counters
from colonnade.cost.counting.host import OneHost
from colonnade.cost.counting.span import Sliding, Standing

pytestmark = pytest.mark.slow

WORKERS, SECONDS, KILLS = 5, 4.0, 6
WINDOW_S = 1.0
SCRIPT = Path(__file__).with_name("busy_worker.py")


@dataclass
class Grant:
    """When it was surely granted (ns), and until when it surely counted."""

    before: int
    after: int
    amount: int
    until: int


class Crowd:
    """Processes that come and are killed; what they wrote down tells what they were granted."""

    def __init__(self, folder: Path, kind: str, cap: int) -> None:
        self.folder, self.kind, self.cap = folder, kind, cap
        self.file = folder / "host.counters"
        self.count = 0

    def join(self) -> subprocess.Popen[bytes]:
        self.count += 1
        log = self.folder / f"{self.count}.log"
        arguments = [self.file, self.kind, WINDOW_S, self.cap, log, self.count]
        process = subprocess.Popen([sys.executable, SCRIPT, *map(str, arguments)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process

    def run(self) -> None:
        chance = random.Random(self.cap)
        crowd = [self.join() for _ in range(WORKERS)]
        for _ in range(KILLS):
            time.sleep(SECONDS / KILLS * chance.random())
            victim = crowd.pop(chance.randrange(len(crowd)))
            victim.send_signal(signal.SIGKILL)
            victim.wait()
            crowd.append(self.join())
        self.file.with_suffix(".stop").touch()
        for process in crowd:
            assert process.wait(timeout=20) == 0

    def grants(self) -> Iterator[Grant]:
        for log in self.folder.glob("*.log"):
            found: dict[str, Grant] = {}
            last = 0
            for line in log.read_text().splitlines():
                what, number, *rest = line.split()
                last = int(rest[0])
                if what == "g":
                    before, after, amount = map(int, rest)
                    found[number] = Grant(before, after, amount, 0)
                elif self.kind == "window":
                    found[number].amount = int(rest[1])
                else:
                    found[number].until = last
            for grant in found.values():
                grant.until = grant.until or last
                yield grant


async def all_is_free(crowd: Crowd) -> bool:
    """Whether a worker that comes later is given the whole cap at once."""
    counters = Counters(OneHost(crowd.file))
    span = Sliding(WINDOW_S) if crowd.kind == "window" else Standing()
    found = await counters.counter("busy", span, crowd.cap).reserve(crowd.cap, time.monotonic())
    await counters.close()
    return isinstance(found, Hold)


@pytest.mark.parametrize("cap", [150, 4000])
async def test_no_window_holds_more_than_its_cap_among_processes_that_are_killed(tmp_path, cap):
    crowd = Crowd(tmp_path, "window", cap)
    crowd.run()
    grants = list(crowd.grants())
    by_begin, by_end = sorted(grants, key=lambda it: it.before), sorted(grants, key=lambda it: it.after)
    begins, ends = [it.before for it in by_begin], [it.after for it in by_end]
    begun = [0, *accumulate(it.amount for it in by_begin)]
    ended = [0, *accumulate(it.amount for it in by_end)]
    window = int(WINDOW_S * 1e9)
    most = max(
        ended[bisect_left(ends, start + window)] - begun[bisect_left(begins, start)] for start in begins
    )
    assert len(grants) > 200
    assert 0.5 * cap < most <= cap
    await asyncio.sleep(WINDOW_S * 62 / 60)
    assert await all_is_free(crowd), "something leaked"


async def test_never_more_at_once_than_the_cap_among_processes_that_are_killed(tmp_path):
    crowd = Crowd(tmp_path, "standing", 90)
    crowd.run()
    changes = [
        change
        for grant in crowd.grants()
        if grant.until > grant.after
        for change in ((grant.after, grant.amount), (grant.until, -grant.amount))
    ]
    most = max(accumulate(amount for _, amount in sorted(changes)))
    assert len(changes) > 400
    assert 45 < most <= 90
    assert await all_is_free(crowd), "something leaked"
