"""A gateway that is told to stop says so first, finishes what is under way, and ends the rest with a clear error."""

from __future__ import annotations

import threading
import time
from typing import Any

import httpx
import pytest
from running import FAST, Running, application, http_upstream, run_gateway, run_simulator

from colonnade.gateway.application import Gateway


class Listener:
    """Reads one stream in a thread."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.heard = b""
        self.begun = threading.Event()
        self.thread = threading.Thread(target=self._read)
        self.thread.start()
        assert self.begun.wait(5)

    def _read(self) -> None:
        body: dict[str, Any] = {
            "model": "assistant",
            "stream": True,
            "messages": [{"role": "user", "content": "?"}],
        }
        with httpx.stream("POST", f"{self.url}/v1/chat/completions", json=body, timeout=20) as answer:
            for part in answer.iter_bytes():
                self.heard += part
                self.begun.set()

    def whole(self) -> bytes:
        self.thread.join(15)
        assert not self.thread.is_alive()
        return self.heard


@pytest.mark.parametrize(
    ("patience_s", "end"), [(10, b"data: [DONE]\n\n"), (1, b'"shutting_down"')], ids=["in time", "too slow"]
)
def test_streams_finish_or_are_handed_an_error(patience_s: int, end: bytes) -> None:
    slow = FAST.model_copy(update={"tokens_per_s": 20.0 if patience_s > 1 else 5.0})
    behind, _ = run_simulator(slow)
    app: Gateway = application(http_upstream(behind.url))
    gateway: Running = run_gateway(app)
    gateway.server.config.timeout_graceful_shutdown = patience_s
    with httpx.Client(base_url=gateway.url) as client:
        listener = Listener(gateway.url)
        app.drain()
        assert client.get("/readyz").status_code == 503
        refused = client.post("/v1/chat/completions", json={"model": "assistant", "messages": []})
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "shutting_down")
        began = time.monotonic()
        gateway.stop()
    heard = listener.whole()
    assert heard.endswith(end) if end.startswith(b"data") else end in heard
    assert (b"[DONE]" in heard) is end.startswith(b"data")
    assert time.monotonic() - began < patience_s + 2.0
    behind.stop()
