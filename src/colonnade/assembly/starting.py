"""`colonnade up`: everything is prepared, gateway and console run as supervised processes, and end together."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from colonnade.assembly.drills.kinds import restore_left
from colonnade.assembly.preparation import (
    SearchModels,
    index_knowledge,
    note_bindings,
    obtain_models,
    open_collections,
)
from colonnade.assembly.worker import run_folder
from colonnade.errors import SetupError
from colonnade.evidence.change import operator
from colonnade.evidence.ledger import Ledger
from colonnade.gateway.heart import told_by
from colonnade.registry.folder import load_workload
from colonnade.registry.models import ModelStore, Progress
from colonnade.reliability.roster import FILE as ROSTER
from colonnade.reliability.roster import Roster
from colonnade.reliability.supervision import HUNG_S, Component, Supervisor
from colonnade.security.keys import ApiKeys
from colonnade.store import open_store
from colonnade.workload.folder import Workload

QUICKSTART_DAYS = 90
READY_S = 60.0
LEAST_HUNG_S = 4.0
"""A loop that beats once a second may be late on a busy machine."""


class Account(Progress, Protocol):
    """Hears how far the preparation is; drawn by the command line."""

    def index(self, knowledge: str, step: str, done: int, total: int) -> None:
        """`done` of `total` of one step of indexing are through."""

    def line(self, text: str) -> None:
        """One sentence for a person."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts of a started workload are reached; without a console port there is no console."""

    host: str
    port: int
    console_port: int | None

    @property
    def base_url(self) -> str:
        """What a client sets as `base_url`."""
        return f"http://{self.host}:{self.port}/v1"

    @property
    def gateway(self) -> str:
        """The gateway's root."""
        return f"http://{self.host}:{self.port}"

    @property
    def console(self) -> str:
        """The console's root."""
        return f"http://{self.host}:{self.console_port}"


@dataclass(frozen=True, slots=True)
class Ready:
    """A workload that is prepared: everything it needs is here, and a key to call it with."""

    workload: Workload
    key: str


@dataclass(frozen=True, slots=True)
class Started:
    """Workloads that serve on one port: addresses, a key to call each with, and the console's token.

    The console shows the first of them.
    """

    prepared: Sequence[Ready]
    addresses: Addresses
    console_token: str
    supervisor: Supervisor

    @property
    def workload(self) -> Workload:
        """The first workload."""
        return self.prepared[0].workload

    @property
    def key(self) -> str:
        """A key of the first workload."""
        return self.prepared[0].key

    @property
    def console_url(self) -> str:
        """The console, opened with its token."""
        return f"{self.addresses.console}/?token={self.console_token}"

    def stop(self) -> None:
        """End every component."""
        self.supervisor.stop()


def prepare(folder: Path, told: Account) -> tuple[Workload, str]:
    """Load, obtain models, index, note what is bound; the workload and the quickstart key.

    Raises:
        FaultyWorkload: with every fault of the folder.
        SetupError: a model cannot be obtained, a document read or the store written.
        KeyUnusable: the store's key is wrong, lost or damaged.
    """
    workload = load_workload(folder)
    files = obtain_models(workload.specification, ModelStore(), told)
    store = open_store(workload.state)
    try:
        ledger = Ledger(store)
        if workload.specification.knowledge:
            collections = open_collections(workload, store, SearchModels(files, workers=os.cpu_count() or 1))
            index_knowledge(collections, ledger, told.index)
            for collection in collections.values():
                collection.close()
        note_bindings(workload, ledger)
        return workload, quickstart_key(workload, ledger)
    finally:
        store.close()


def quickstart_key(workload: Workload, ledger: Ledger) -> str:
    """The caller's key that `up` prints: kept beside the store with mode 0600, made again when it ran out."""
    path = workload.state / "keys" / "quickstart.key"
    keys = ApiKeys(ledger)
    if path.exists():
        text = path.read_text(encoding="ascii").strip()
        known = keys.load().get(text.split("-")[1])
        if known is not None and known.state(time.time() + 3600.0) == "valid":
            return text
    labels = {name: value for name, value in workload.specification.labels.model_dump().items() if value}
    made = keys.create("caller", labels, actor=operator(), now=time.time(), expires_days=QUICKSTART_DAYS)
    _write_secret(path, made.text)
    return made.text


def start(folders: Sequence[Path], addresses: Addresses, told: Account, *, workers: int = 1) -> Started:
    """Prepare, start `workers` gateways and the console, and wait until requests are taken.

    Raises:
        SetupError: a port is taken, or a component does not come up; the sentence names its log.
    """
    _refuse_taken(addresses.host, addresses.port, "PORT")
    if addresses.console_port is not None:
        _refuse_taken(addresses.host, addresses.console_port, "the console's port (PORT + 1)")
    prepared = [Ready(*prepare(folder, told)) for folder in folders]
    for each in prepared:
        _forget_runs(each.workload.state)
        for entry in restore_left(each.workload.state):
            told.line(f"a drill was cut off: what `{entry.experiment}` had done was taken back")
    token = secrets.token_urlsafe(24)
    components = _components(prepared, addresses, token, workers)
    _give_hearts(components, prepared[0].workload)
    roster = Roster(run_folder(prepared[0].workload.state) / ROSTER)
    supervisor = Supervisor(components, told.line, roster)
    started = Started(prepared, addresses, token, supervisor)
    supervisor.start()
    try:
        _wait_until_ready(started)
    except BaseException:
        supervisor.stop()
        raise
    return started


@contextmanager
def tended(started: Started) -> Iterator[None]:
    """Keep everything running meanwhile, in a thread; for programs that have other work in the main one."""
    done = threading.Event()

    def keep() -> None:
        while not done.wait(0.2):
            started.supervisor.tend()

    thread = threading.Thread(target=keep, name="supervisor", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def tend(started: Started) -> None:
    """Keep everything running until SIGINT or SIGTERM, then end it; returns when all has ended."""
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of handlers
        nonlocal stopping
        stopping = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        while not stopping:
            started.supervisor.tend()
            time.sleep(0.2)
    finally:
        started.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


def readiness(addresses: Addresses) -> Mapping[str, Any]:
    """What `/readyz` says now; empty while nothing answers."""
    try:
        with urllib.request.urlopen(f"{addresses.gateway}/readyz", timeout=5) as answer:  # noqa: S310 - loopback
            return _document(answer.read())
    except urllib.error.HTTPError as error:
        return _document(error.read())
    except OSError:
        return {}


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        parsed = json.loads(body)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def wait_for_models(addresses: Addresses, patience_s: float, told: Callable[[str], None]) -> None:
    """Return when every upstream can answer.

    Raises:
        SetupError: one of them does not within `patience_s`.
    """
    deadline, said = time.monotonic() + patience_s, ""
    while time.monotonic() < deadline:
        components = readiness(addresses).get("components", {})
        waiting = [it["waits_for"] for it in components.values() if it["status"] != "ready"]
        if components and not waiting:
            return
        if waiting and waiting[0] != said:
            said = waiting[0]
            told(said)
        time.sleep(0.2)
    raise SetupError(f"after {patience_s:.0f} s still waiting: {said or 'the gateway does not answer'}")


def _forget_runs(state: Path) -> None:
    """What workers of an earlier start told each other means nothing now."""
    shutil.rmtree(run_folder(state))


def _components(prepared: Sequence[Ready], addresses: Addresses, token: str, workers: int) -> list[Component]:
    run = [sys.executable, "-m", "colonnade.assembly.process"]
    folders = [str(each.workload.folder.resolve()) for each in prepared]
    host = ["--host", addresses.host]
    gateway = [
        *run,
        "gateway",
        *_each("--workload", folders),
        *host,
        "--port",
        str(addresses.port),
        "--keeper",
    ]
    logs = prepared[0].workload.state / "logs"
    notice_s = max(each.workload.specification.recovery.notice_s for each in prepared)
    components = [
        *(_keeper([*run, "keeper"], each) for each in prepared),  # started first, ended last
        *(_gateway(gateway, number, workers, logs, notice_s) for number in range(1, workers + 1)),
        *(_backups([*run, "backups"], each) for each in prepared if _backed_up(each)),
    ]
    if addresses.console_port is None:
        return components
    console = [*run, "console", "--workload", folders[0], *host, "--port", str(addresses.console_port)]
    # The token travels in the environment: arguments can be read by every user of the machine.
    told = {"COLONNADE_CONSOLE_TOKEN": token}
    return [*components, Component("console", console, logs / "console.log", told)]


def _give_hearts(components: Sequence[Component], workload: Workload) -> None:
    """Each shows that it lives by a file of its own; one that falls silent is noticed early enough for the promise."""
    folder = run_folder(workload.state)
    for number, component in enumerate(components):
        component.heart = folder / f"heart-{number}"
        component.hung_s = min(HUNG_S, max(LEAST_HUNG_S, workload.specification.recovery.auto_s / 3.0))
        component.environment |= told_by(component.heart)


def _keeper(command: list[str], prepared: Ready) -> Component:
    workload = prepared.workload
    name = f"keeper of {workload.specification.name}"
    place = ["--workload", str(workload.folder.resolve())]
    return Component(name, [*command, *place], workload.state / "logs" / "keeper.log", outlives=True)


def _backed_up(prepared: Ready) -> bool:
    return prepared.workload.specification.recovery.backup is not None


def _backups(command: list[str], prepared: Ready) -> Component:
    workload = prepared.workload
    name = f"backups of {workload.specification.name}"
    place = ["--workload", str(workload.folder.resolve())]
    return Component(name, [*command, *place], workload.state / "logs" / "backups.log")


def _gateway(command: list[str], number: int, workers: int, logs: Path, notice_s: float) -> Component:
    if workers == 1:
        return Component("gateway", command, logs / "gateway.log", notice_s=notice_s)
    numbered = [*command, "--worker", str(number), "--workers", str(workers)]
    return Component(f"gateway-{number}", numbered, logs / f"gateway-{number}.log", notice_s=notice_s)


def _each(option: str, values: Sequence[str]) -> list[str]:
    return [word for value in values for word in (option, value)]


def _wait_until_ready(started: Started) -> None:
    deadline = time.monotonic() + READY_S
    gateways = [it for it in started.supervisor.components if it.name.startswith("gateway")]
    while time.monotonic() < deadline:
        if readiness(started.addresses).get("status") == "ready" and _console_answers(started.addresses):
            return
        dead = next((it for it in gateways if not it.alive), None)
        if dead is not None:
            raise SetupError(f"the gateway did not start: {_last_line(dead.log)} (log: {dead.log})")
        time.sleep(0.05)
    raise SetupError(f"the gateway does not answer after {READY_S:.0f} s (log: {gateways[0].log})")


def _console_answers(addresses: Addresses) -> bool:
    return addresses.console_port is None or _answers(f"{addresses.console}/healthz")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - loopback
            return True
    except OSError:
        return False


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "it said nothing"


def _refuse_taken(host: str, port: int, name: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SetupError(
                f"port {port} is taken; choose another with {name}, e.g. PORT=8090 make up"
            ) from error


def _write_secret(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
