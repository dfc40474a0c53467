"""A second gateway of a restored workload runs on a port of its own, for as long as a drill needs it."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from colonnade.assembly.starting import Addresses, prepare, readiness
from colonnade.drills.telephone import LoopbackTelephone
from colonnade.errors import SetupError
from colonnade.reliability.supervision import Component, Supervisor
from colonnade.workload.folder import Workload, state_of

LOOPBACK = "127.0.0.1"
PATIENCE_S = 300.0


class Unheard:
    """Nobody listens to how far the preparation is."""

    def step(self, label: str, done: int, total: int) -> None:
        """Nothing is said."""

    def note(self, text: str) -> None:
        """Nothing is said."""

    def index(self, knowledge: str, step: str, done: int, total: int) -> None:
        """Nothing is said."""

    def line(self, text: str) -> None:
        """Nothing is said."""


def quickstart(workload: Workload) -> str:
    """The key that `colonnade up` printed.

    Raises:
        SetupError: the workload was never started.
    """
    path = workload.state / "keys" / "quickstart.key"
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SetupError("the workload was never started: run `colonnade up`") from error


@contextmanager
def elsewhere(folder: Path) -> Iterator[LoopbackTelephone]:
    """Prepare and start a workload as `colonnade up` does, without console and backups; how to call it.

    Raises:
        SetupError: it does not come up.
    """
    prepare(folder, Unheard())
    addresses = Addresses(LOOPBACK, _free_port(), None)
    log = state_of(folder) / "logs" / "gateway.log"
    supervisor = Supervisor([Component("gateway", _command(folder, addresses), log)])
    supervisor.start()
    try:
        _wait(addresses, supervisor)
        yield LoopbackTelephone(addresses.host, addresses.port)
    finally:
        supervisor.stop()


def _command(folder: Path, addresses: Addresses) -> list[str]:
    run = [sys.executable, "-m", "colonnade.assembly.process", "gateway", "--workload", str(folder.resolve())]
    return [*run, "--host", addresses.host, "--port", str(addresses.port)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(addresses: Addresses, supervisor: Supervisor) -> None:
    """Until requests are taken; the models may still load, and calls wait for them or are refused."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if readiness(addresses).get("status") == "ready":
            return
        if not supervisor.components[0].alive:
            raise SetupError("what came back does not start: see its log in the drill's diary")
        time.sleep(0.05)
    raise SetupError(f"what came back does not answer after {PATIENCE_S:.0f} s")
