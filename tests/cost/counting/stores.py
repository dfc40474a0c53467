"""Real servers for tests: Valkey (or Redis, which speaks the same) and PostgreSQL, each on a free port of the loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server process; `stop` and `start` are what an outage is made of."""

    def __init__(self, command: list[str], port: int, **options: object) -> None:
        self.command, self.port, self.options = command, port, options
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(self.command, **quiet, **self.options)
        deadline = time.monotonic() + 20.0
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"{self.command[0]} ended: {self.process.returncode}"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(f"{self.command[0]} does not answer")

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)  # PostgreSQL would wait for its clients on SIGTERM
            self.process.wait(timeout=20)
            self.process = None


@contextmanager
def valkey_server(folder: Path) -> Iterator[tuple[Server, str]]:
    program = shutil.which("valkey-server") or shutil.which("redis-server")
    if program is None:
        pytest.skip("needs the program valkey-server or redis-server")
    port = free_port()
    settings = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--appendonly", "yes"]
    server = Server([program, *settings, "--save", ""], port)
    server.start()
    try:
        yield server, f"valkey://127.0.0.1:{port}/0"
    finally:
        server.stop()


@contextmanager
def postgresql_server(folder: Path) -> Iterator[tuple[Server, str]]:
    programs = _postgresql_programs()
    options = _as_somebody_else(folder)
    data = folder / "data"
    made = [str(programs / "initdb"), "-D", str(data), "-U", "tests", "-A", "trust", "--no-sync"]
    subprocess.run(made, check=True, capture_output=True, cwd=folder, **options)
    port = free_port()
    settings = ["-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder), "-F"]
    server = Server([str(programs / "postgres"), *settings], port, cwd=folder, **options)
    server.start()
    time.sleep(0.5)
    try:
        yield server, f"postgresql://tests@127.0.0.1:{port}/postgres"
    finally:
        server.stop()


def _postgresql_programs() -> Path:
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not places or not (places[-1] / "postgres").exists():
        pytest.skip("needs the programs initdb and postgres")
    return places[-1]


def _as_somebody_else(folder: Path) -> dict[str, object]:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return {}
    try:
        somebody = pwd.getpwnam("nobody")
    except KeyError:
        pytest.skip("PostgreSQL refuses to run as root, and there is no user `nobody`")
    os.chown(folder, somebody.pw_uid, somebody.pw_gid)
    for above in [folder, *folder.parents]:
        if above.stat().st_uid == 0 and above != Path("/") and "pytest" in str(above):
            above.chmod(above.stat().st_mode | 0o711)
    return {"user": somebody.pw_uid, "group": somebody.pw_gid}
