"""A gateway as `colonnade up` starts it serves a copy of `benchmarks/workload`, and its own use of the machine is known."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WORKLOAD = Path(__file__).parent / "workload"
UPSTREAM = "http://127.0.0.1:9100/v1"
"""The address that stands in the workload file."""
READY_S = 60.0
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Served:
    """A process that answers on a port; `key` opens it."""

    process: subprocess.Popen[str]
    port: int
    key: str = "none"

    @property
    def pid(self) -> int:
        return self.process.pid

    def cpu_s(self) -> float:
        """User and system time of the process and its threads; the scheduler's own count, in nanoseconds."""
        tasks = Path(f"/proc/{self.pid}/task").iterdir()
        alive = sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return max(alive, (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND)

    def rss_mb(self) -> float:
        """Resident memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def settled_cpu_s(self, most_s: float = 60.0) -> float:
        """CPU seconds once nothing is left to do: work put off to a thread belongs to the requests that caused it."""
        end, before = time.monotonic() + most_s, self.cpu_s()
        while time.monotonic() < end:
            time.sleep(0.5)
            now = self.cpu_s()
            if now - before < 0.01:
                return now
            before = now
        raise TimeoutError(f"the process is still working {most_s:.0f} s after the last request")


@contextmanager
def stopped_after(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A process with a session of its own, which ends with the block."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=40)


@contextmanager
def bare() -> Iterator[Served]:
    """The server of `bare.py`."""
    with stopped_after([sys.executable, str(Path(__file__).with_name("bare.py"))]) as process:
        yield Served(process, int(first_line(process)))


@contextmanager
def simulator(tokens_per_s: float) -> Iterator[str]:
    """The provider simulator; its base URL."""
    command = [str(colonnade()), "simulate", "--tokens-per-s", str(tokens_per_s)]
    with stopped_after(command) as process:
        yield first_line(process).split()[4]


@contextmanager
def gateway(scratch: Path, upstream: str, changes: Mapping[str, str] | None = None) -> Iterator[Served]:
    """The whole gateway before an upstream; `scratch` is an empty folder for its store, `changes` as for `plant`."""
    folder, port = scratch / "workload", free_port()
    key = plant(folder, upstream, changes)
    module = [sys.executable, "-m", "colonnade.assembly.process", "gateway"]
    with stopped_after([*module, "--workload", str(folder), "--port", str(port)]) as process:
        await_port(process, port)
        yield Served(process, port, key)


def plant(folder: Path, upstream: str, changes: Mapping[str, str] | None = None) -> str:
    """Copy the workload, point it at the upstream, replace words of it as `changes` say, and make a key."""
    shutil.copytree(WORKLOAD, folder, ignore=shutil.ignore_patterns(".colonnade"))
    text = (folder / "workload.yaml").read_text(encoding="utf-8")
    for old, new in {UPSTREAM: upstream, **(changes or {})}.items():
        text = text.replace(old, new)
    (folder / "workload.yaml").write_text(text, encoding="utf-8")
    make = [colonnade(), "key", "create", "--workload", folder]
    return subprocess.run(
        make, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ).stdout.strip()


def colonnade() -> Path:
    """The command line of this environment."""
    return Path(sys.executable).with_name("colonnade")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_port(process: subprocess.Popen[str], port: int) -> None:
    """Return as soon as something listens there."""
    end = time.monotonic() + READY_S
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("the gateway did not start; its reason stands above")


def first_line(process: subprocess.Popen[str]) -> str:
    """What a process says when it is ready."""
    assert process.stdout is not None
    return process.stdout.readline()
