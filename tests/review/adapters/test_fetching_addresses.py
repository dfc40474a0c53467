"""Only services of this machine are asked, without redirects; a key is sent and never told."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from colonnade.review.adapters import fetching
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.fetching import fetch, is_address
from colonnade.review.adapters.gathering import FaultyImport

SERVICE = Adapter("service", 1, "a service", ("*.json",), lambda *_: Reading(), paths=("/config", "/models"))
ADDRESS = Adapter("address", 1, "an address", ("*.json",), lambda *_: Reading())


class _Service(BaseHTTPRequestHandler):
    asked: list[tuple[str, str]] = []

    def do_GET(self):
        self.asked.append((self.path, self.headers.get("authorization", "")))
        if self.path == "/away":
            self.send_response(302)
            self.send_header("location", "http://198.51.100.7/")
            self.end_headers()
            return
        known = self.path in {"/config", "/large", "/v1/config?x=1"}
        self.send_response(200 if known else 404)
        self.end_headers()
        self.wfile.write(b"x" * 100 if self.path == "/large" else b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture
def service():
    _Service.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Service)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_the_paths_of_the_adapter_are_asked_with_the_key(service):
    gathered = fetch(service, SERVICE, "sk-secret")
    assert [(each.name, each.data) for each in gathered.materials] == [("/config", b"{}")]
    assert [(each.where, each.reason) for each in gathered.rejects] == [("/models", "answered 404")]
    assert _Service.asked == [("/config", "Bearer sk-secret"), ("/models", "Bearer sk-secret")]


def test_without_paths_the_address_itself_is_asked(service):
    assert [each.name for each in fetch(f"{service}/v1/config?x=1", ADDRESS).materials] == ["/v1/config?x=1"]
    assert _Service.asked == [("/v1/config?x=1", "")]


def test_redirects_are_not_followed(service):
    gathered = fetch(f"{service}/away", ADDRESS)
    assert gathered.materials == []
    assert [each.reason for each in gathered.rejects] == ["answered 302"]


def test_an_answer_that_is_too_large_is_rejected(service, monkeypatch):
    monkeypatch.setattr(fetching, "LARGEST_BYTES", 50)
    assert "larger than" in fetch(f"{service}/large", ADDRESS).rejects[0].reason


@pytest.mark.parametrize(
    "address",
    [
        "http://198.51.100.7/",
        "http://example.org/",
        "https://127.0.0.1/",
        "http://127.0.0.1:999999/",
        "http://[::1/",
    ],
)
def test_nobody_else_is_asked(address):
    with pytest.raises(FaultyImport):
        fetch(address, ADDRESS)


def test_nobody_there_is_said_without_the_key(service):
    port = service.rpartition(":")[2]
    assert is_address(service)
    with pytest.raises(FaultyImport, match="nobody at") as failed:
        fetch("http://127.0.0.1:9", ADDRESS, "sk-secret")
    assert "sk-secret" not in str(failed.value)
    assert port.isdigit()
