"""Forks processes that open a fresh store and are killed at a random moment of it, then opens each store once more."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

import alembic.command  # noqa: F401 - imported before the fork, so that kills fall into the work itself

from colonnade.store import open_store


def main(folder: Path, stores: int) -> None:
    chance = random.Random(7)
    for number in range(stores):
        state = folder / str(number)
        opener = os.fork()
        if opener == 0:
            open_store(state).close()
            os._exit(0)
        time.sleep(chance.uniform(0.0, 0.15))
        os.kill(opener, signal.SIGKILL)
        os.waitpid(opener, 0)
        open_store(state).close()
        sys.stdout.write(f"{number}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
