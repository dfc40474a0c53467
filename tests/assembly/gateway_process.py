"""The gateway and the provider simulator as the real processes that users run, started and killed at will."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import httpx

COLONNADE = str(Path(sys.executable).parent / "colonnade")
PACE = ["--first-byte-s", "0.02", "--tokens-per-s", "400", "--answer-tokens", "40"]


class SimulatorProcess:
    """`colonnade simulate`; it remembers which request ids it saw."""

    def __init__(self, *more: str) -> None:
        self._process = subprocess.Popen(
            [COLONNADE, "simulate", *PACE, *more],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        found = re.search(r"http://[\d.]+:\d+/v1", said)
        assert found is not None, said
        self.base_url = found.group()

    def seen(self) -> set[str]:
        """The ids of all requests that reached it."""
        return set(httpx.get(self.base_url.removesuffix("/v1") + "/seen").json()["ids"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        _end(self._process, signal.SIGKILL)


class GatewayProcess:
    """`python -m colonnade.assembly.process gateway`, ready to be asked."""

    def __init__(self, folder: Path, port: int) -> None:
        command = [sys.executable, "-m", "colonnade.assembly.process", "gateway"]
        place = ["--workload", str(folder), "--port", str(port)]
        self._process = subprocess.Popen([*command, *place], stdout=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{port}"
        self._wait()

    def kill(self) -> None:
        """SIGKILL: nothing is flushed, closed or said."""
        _end(self._process, signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM, and what it ended with."""
        return _end(self._process, signal.SIGTERM)

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            assert self._process.poll() is None, "the gateway ended by itself"
            try:
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.02)
        raise AssertionError("the gateway was not ready within 30 s")


def _end(process: subprocess.Popen[str] | subprocess.Popen[bytes], how: signal.Signals) -> int:
    process.send_signal(how)
    code = process.wait(timeout=20)
    if process.stdout is not None:
        process.stdout.close()
    return code
