"""Gateways that can stand before the same upstream: this one, and peers as far as they are installed.

`peers/install.sh` installs the peers; their configurations stand beside it. Each is given the same limits of time where
it has such settings: 3 s to begin, 3 s of silence, 6 s in all.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from planted import free_port, gateway

from colonnade import __version__

PEERS = Path(os.environ.get("COLONNADE_PEERS") or Path(tempfile.gettempdir()) / "colonnade-peers")
CONFIGS = Path(__file__).with_name("peers")
KEY = "sk-faults-0123456789abcdef0123456789abcdef"
LIMITS = "first_byte_s: 3, idle_s: 3, timeout_s: 6"
READY_S = 120.0


@dataclass(frozen=True)
class Standing:
    """A gateway that runs: where a chat completion is asked for, and with what."""

    url: str
    model: str = "simulated"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Site:
    """Where a peer is started: its own folder, a folder for its files, its port, and the upstream."""

    home: Path
    scratch: Path
    port: int
    upstream: str

    def config(self, name: str) -> str:
        """The peer's configuration with the addresses of this run; its path."""
        text = (CONFIGS / name).read_text(encoding="utf-8")
        place = self.scratch / name
        place.write_text(text.replace("UPSTREAM", self.upstream).replace("KEY", KEY), encoding="utf-8")
        return str(place)

    def program(self, name: str) -> str:
        """A program of the peer's environment."""
        return str(self.home / "bin" / name)


@dataclass(frozen=True)
class Peer:
    """How one peer is started and asked.

    Args:
        version: tells the release from the folder that it is installed in.
        command: what starts it at a site; `chooses_port` where it prints `port N` instead of taking one.
        settings: which of the limits of time it was given, for the table's caveats.
    """

    name: str
    version: Callable[[Path], str]
    command: Callable[[Site], list[str]]
    settings: str
    path: str = "/v1/chat/completions"
    model: str = "simulated"
    headers: Callable[[Site], Mapping[str, str]] = lambda _site: {"authorization": f"Bearer {KEY}"}
    environment: Callable[[Site], Mapping[str, str]] = lambda _site: {}
    chooses_port: bool = False

    @property
    def home(self) -> Path:
        """Where it is installed."""
        return PEERS / self.name

    @contextmanager
    def standing(self, upstream: str) -> Iterator[Standing]:
        """It runs before the upstream, and has answered."""
        with tempfile.TemporaryDirectory() as scratch:
            site = Site(self.home, Path(scratch), free_port(), upstream)
            environment = {**os.environ, **self.environment(site)}
            with (
                (Path(scratch) / "log").open("w") as log,
                _process(self.command(site), environment, log) as process,
            ):
                port = _told_port(process) if self.chooses_port else site.port
                made = Standing(f"http://127.0.0.1:{port}{self.path}", self.model, self.headers(site))
                try:
                    await_answer(made, process)
                except SystemExit as error:
                    raise SystemExit(f"{self.name}: {error}\n{Path(log.name).read_text()[-2000:]}") from None
                yield made


@contextmanager
def _process(
    command: list[str], environment: Mapping[str, str], log: object
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment, start_new_session=True
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, 15)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def _told_port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    for line in process.stdout:
        found = re.match(r"port (\d+)", line)
        if found:
            return int(found[1])
    raise SystemExit("it did not say where it listens")


def await_answer(
    at: Standing, process: subprocess.Popen[str] | None = None, within_s: float = READY_S
) -> None:
    """Return when a whole and a streamed answer have come; a gateway may need more for its first ones."""
    end = time.monotonic() + within_s
    wanted = [False, True]
    while wanted and time.monotonic() < end and (process is None or process.poll() is None):
        body = {"model": at.model, "messages": [{"role": "user", "content": "Ready?"}], "stream": wanted[0]}
        try:
            answer = httpx.post(at.url, json=body, headers=dict(at.headers), timeout=30)
        except httpx.HTTPError:
            time.sleep(0.2)
            continue
        if answer.status_code == 200:
            wanted.pop(0)
        else:
            time.sleep(0.2)
    if wanted:
        raise SystemExit("it does not answer")


class Ours:
    """This gateway, as `colonnade up` starts it, everything on."""

    name = "colonnade"
    settings = "all three"

    @property
    def home(self) -> Path:
        """It is always there."""
        return Path(__file__)

    def version(self, _home: Path) -> str:
        """The release."""
        return __version__

    @contextmanager
    def standing(self, upstream: str) -> Iterator[Standing]:
        """It runs before the upstream."""
        with (
            tempfile.TemporaryDirectory() as scratch,
            gateway(Path(scratch), upstream, {"timeout_s: 60": LIMITS.replace(", ", "\n    ")}) as served,
        ):
            at = Standing(
                f"http://127.0.0.1:{served.port}/v1/chat/completions",
                "mock-model",
                {"authorization": f"Bearer {served.key}"},
            )
            await_answer(at)
            yield at


def _wheel(package: str) -> Callable[[Path], str]:
    """The version of an installed Python package, from the name of its metadata."""

    def version(home: Path) -> str:
        found = next(home.glob(f"lib/python3*/site-packages/{package}-*.dist-info"), None)
        return found.name.removesuffix(".dist-info").rsplit("-", 1)[1] if found else "unknown"

    return version


def _npm(package: str) -> Callable[[Path], str]:
    def version(home: Path) -> str:
        text = (home / "node_modules" / package / "package.json").read_text(encoding="utf-8")
        found = re.search(r'"version":\s*"([^"]+)"', text)
        return found[1] if found else "unknown"

    return version


CONTENDERS: tuple[Ours | Peer, ...] = (
    Ours(),
    Peer(
        "litellm",
        _wheel("litellm"),
        lambda at: [
            at.program("litellm"), "--config", at.config("litellm.yaml"), "--host", "127.0.0.1",
            "--port", str(at.port), "--num_workers", "1",
        ],
        "`timeout`, `stream_timeout`",
        environment=lambda _at: {
            "LITELLM_MODE": "PRODUCTION", "LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_DOCS": "True",
        },
    ),
    Peer(
        "tensorzero",
        _wheel("tensorzero"),
        lambda at: [at.program("python"), str(CONFIGS / "tensorzero_start.py"), at.config("tensorzero.toml")],
        "whole, first byte",
        path="/openai/v1/chat/completions",
        model="tensorzero::model_name::simulated",
        environment=lambda _at: {"RUST_LOG": "error"},
        chooses_port=True,
    ),
    Peer(
        "portkey",
        _npm("@portkey-ai/gateway"),
        lambda at: [
            "node", str(at.home / "node_modules/@portkey-ai/gateway/build/start-server.js"),
            f"--port={at.port}", "--headless",
        ],
        "whole (`x-portkey-request-timeout`)",
        headers=lambda at: {
            "authorization": f"Bearer {KEY}", "x-portkey-provider": "openai",
            "x-portkey-custom-host": at.upstream, "x-portkey-request-timeout": "6000",
        },
        environment=lambda _at: {"NODE_ENV": "production"},
    ),
    Peer(
        "ferrogw",
        _wheel("ferrogw"),
        lambda at: [at.program("ferrogw"), "serve"],
        "none set",
        environment=lambda at: {
            "OPENAI_API_KEY": "sk-upstream", "OPENAI_BASE_URL": at.upstream, "MASTER_KEY": KEY,
            "GATEWAY_CONFIG": at.config("ferrogw.yaml"), "LOG_LEVEL": "error", "PORT": str(at.port),
            "RATE_LIMIT_RPS": "100000", "RATE_LIMIT_BURST": "100000",
        },
    ),
    Peer(
        "smg",
        _wheel("smg"),
        lambda at: [
            at.program("smg"), "launch", "--backend", "openai", "--worker-urls", at.upstream.removesuffix("/v1"),
            "--host", "127.0.0.1", "--port", str(at.port), "--api-key", KEY, "--log-level", "error",
            "--prometheus-port", str(free_port()), "--request-timeout-secs", "6", "--stream-body-stall-timeout-secs", "3",
        ],
        "whole, silence",
    ),
    Peer(
        "sglang",
        _wheel("sglang_router"),
        lambda at: [
            at.program("smg"), "launch", "--backend", "openai", "--worker-urls", at.upstream.removesuffix("/v1"),
            "--host", "127.0.0.1", "--port", str(at.port), "--api-key", KEY, "--log-level", "error",
            "--prometheus-port", str(free_port()), "--request-timeout-secs", "6",
        ],
        "whole",
    ),
    Peer(
        "mlflow",
        _wheel("mlflow"),
        lambda at: [
            at.program("mlflow"), "gateway", "start", "--config-path", at.config("mlflow.yaml"),
            "--host", "127.0.0.1", "--port", str(at.port), "--workers", "1",
        ],
        "whole (`MLFLOW_GATEWAY_ROUTE_TIMEOUT_SECONDS`)",
        environment=lambda _at: {"MLFLOW_GATEWAY_ROUTE_TIMEOUT_SECONDS": "6"},
    ),
)  # fmt: skip
"""In the order of the table's columns."""
