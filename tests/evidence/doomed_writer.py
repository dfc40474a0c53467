"""Forks processes that open and close requests until they are killed, and that tell each id once `open` returned."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from pathlib import Path

from samples import opening, request

from colonnade.evidence.journal import Journal
from colonnade.evidence.ledger import Ledger
from colonnade.store import open_store


async def write_for_ever(state: Path, number: int) -> None:
    journal = Journal(Ledger(open_store(state)), redact=str, segment_bytes=20_000)
    journal.start()
    while True:
        journal.open(opening(number))
        os.write(1, b"%d\n" % number)
        if number % 10:  # every tenth stays open
            await journal.close(request(number), b"what is it", b"an answer of some length " * 8)
            os.write(1, b"closed %d\n" % number)
        number += 1
        await asyncio.sleep(0.0005)


def kill_many(state: Path, kills: int) -> None:
    chance = random.Random(20_26)
    for kill in range(kills):
        writer = os.fork()
        if writer == 0:
            asyncio.run(write_for_ever(state, kill * 100_000))
        time.sleep(chance.uniform(0.02, 0.4))
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)


if __name__ == "__main__":
    kill_many(Path(sys.argv[1]), int(sys.argv[2]))
