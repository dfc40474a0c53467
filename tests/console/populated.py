"""A workload that served real requests, beside a few that nobody would wish for, and a console that runs over it."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from colonnade.assembly.opened import opened
from colonnade.assembly.serving import Serving
from colonnade.assembly.starting import Account, prepare
from colonnade.assembly.watching import WorkloadSources
from colonnade.console.application import create_console
from colonnade.evidence.ledger import ClosedRequest, Ledger
from colonnade.evidence.request import DecisionLine, RequestRecord, SourceLine

MINIMAL = Path(__file__).parents[1] / "fixtures" / "workloads" / "minimal"
CHROMIUM = Path("/usr/bin/chromium")
TOKEN = "a-token-for-tests"
HOSTILE = "<script>alert('x')</script>"
SECRET_MAIL = "ada@example.org"
ANSWERED = 8


class Silent(Account):
    """Hears how far the preparation is, and says nothing."""


def workload_folder(folder: Path) -> Path:
    """A prepared copy of the minimal workload."""
    shutil.copytree(MINIMAL, folder)
    prepare(folder, Silent())
    return folder


@contextmanager
def listening(app: Any) -> Iterator[int]:
    """The port of a real server that runs `app` in a thread of its own."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield bound.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def serve_requests(folder: Path) -> None:
    """Real requests through the real gateway."""
    _, key = prepare(folder, Silent())
    serving = Serving(folder, host="127.0.0.1", port=0)
    try:
        with listening(serving.app) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            for number in range(ANSWERED):
                question = f"When is the desk open on day {number}? Write to {SECRET_MAIL}."
                answer = client.post(
                    "/v1/chat/completions",
                    headers={"authorization": f"Bearer {key}"},
                    json={"model": "answer" if number % 2 else "plain", "messages": [_said(question)]},
                )
                assert answer.status_code == 200, answer.text
    finally:
        serving.close()


def _said(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def unwished(number: int, **fields: Any) -> RequestRecord:
    """A request of which every text is hostile."""
    at = time.time() - 60 - number
    values: dict[str, Any] = {
        "id": f"req-unwished-{number:03d}",
        "opened_at": at,
        "closed_at": at + 0.4,
        "environment": "rehearsal",
        "workload": "minimal",
        "endpoint": "chat",
        "route": HOSTILE,
        "labels": {"team": HOSTILE, HOSTILE: HOSTILE},
        "model": HOSTILE,
        "outcome": "failed",
        "status": 502,
        "error_code": HOSTILE,
        "latency_ms": 400.0,
        "reached_upstream": True,
        "sources": [SourceLine(HOSTILE, HOSTILE, "sha256:" + "0" * 64, 0.5)],
        "decisions": [DecisionLine(HOSTILE, HOSTILE, 1.5)],
    }
    return RequestRecord(**{**values, **fields})


def append_unwished(ledger: Ledger, count: int = 3) -> None:
    ledger.append_requests([ClosedRequest(unwished(number)) for number in range(count)])


@contextmanager
def console_over(folder: Path) -> Iterator[str]:
    """The address of a console over a workload."""
    with opened(folder) as (workload, ledger, _), socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        bound.close()
        sources = WorkloadSources(folder, workload, ledger)
        with listening(create_console(sources, host="127.0.0.1", port=port, token=TOKEN)) as real:
            yield f"http://127.0.0.1:{real}"
