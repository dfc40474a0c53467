"""Without the token nothing is shown; with it, a session, and no token in any address afterwards."""

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from populated import TOKEN, workload_folder

from colonnade.console.door import HEADERS, SESSION_S, Door

SHOWN = (
    "/",
    "/pillars/cost",
    "/practices/UC-03",
    "/requests",
    "/records/x",
    "/indicators",
    "/cost",
    "/series.json",
    "/nope",
)


@pytest.mark.parametrize("path", SHOWN)
def test_a_stranger_is_told_how_to_get_in(visitor: httpx.Client, path: str):
    answer = visitor.get(path)
    assert answer.status_code == 401
    assert "colonnade up" in answer.text
    assert "set-cookie" not in answer.headers


def test_a_stranger_cannot_post(visitor: httpx.Client, address: str):
    answer = visitor.post("/requests/req-unwished-000/text", headers={"origin": address})
    assert answer.status_code == 401


def test_the_token_is_exchanged_and_leaves_the_address(visitor: httpx.Client):
    answer = visitor.get("/requests", params={"outcome": "failed", "token": TOKEN})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/requests?outcome=failed"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert TOKEN not in cookie
    assert visitor.get("/requests").status_code == 200


def test_the_token_cannot_send_the_browser_elsewhere(visitor: httpx.Client, address: str):
    answer = httpx.get(f"{address}//elsewhere.example/", params={"token": TOKEN})
    assert answer.headers["location"] == "/elsewhere.example/"


@pytest.mark.parametrize(
    "token", ["", "wrong", TOKEN + "x", TOKEN[:-1], "\u00e9", "\ud800".encode("utf-8", "replace").decode()]
)
def test_a_wrong_token_opens_nothing(visitor: httpx.Client, token: str):
    answer = visitor.get("/", params={"token": token})
    assert answer.status_code == 401
    assert "not this console" in answer.text
    assert "set-cookie" not in answer.headers


def test_the_form_takes_the_token(visitor: httpx.Client, address: str):
    answer = visitor.post("/sign-in", data={"token": f" {TOKEN}\n"}, headers={"origin": address})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    assert visitor.get("/").status_code == 200


def test_the_form_refuses_what_is_wrong_or_too_large(visitor: httpx.Client, address: str):
    origin = {"origin": address}
    assert visitor.post("/sign-in", data={"token": "wrong"}, headers=origin).status_code == 401
    assert visitor.post("/sign-in", content=b"\xff\xfe", headers=origin).status_code == 401
    assert visitor.post("/sign-in", content=b"token=" + b"x" * 10_000, headers=origin).status_code == 413


@pytest.mark.parametrize("origin", [None, "null", "https://elsewhere.example", "http://127.0.0.1:1"])
def test_forms_of_other_places_are_refused(reader: httpx.Client, origin: str | None):
    headers = {} if origin is None else {"origin": origin}
    answer = reader.post("/requests/req-unwished-000/text", headers=headers)
    assert answer.status_code == 403
    assert "from another place" in answer.text


@pytest.mark.parametrize(
    "host", ["elsewhere.example", "127.0.0.1.elsewhere.example", "localhost.elsewhere.example:80"]
)
def test_other_names_for_the_loopback_are_refused(reader: httpx.Client, host: str):
    assert reader.get("/", headers={"host": host}).status_code == 400


@pytest.mark.parametrize("host", ["localhost", "localhost:8081", "127.0.0.1:8081", "[::1]:8081"])
def test_names_of_the_loopback_are_answered(reader: httpx.Client, host: str):
    assert reader.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/nope", "/series.json", "/static/console.css", "/static/nope", "/healthz"]
)
def test_every_answer_carries_the_headers(reader: httpx.Client, path: str):
    headers = reader.get(path).headers
    for name, value in HEADERS.items():
        assert headers[name] == value
    assert "'unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"] == ("no-cache" if path == "/static/console.css" else "no-store")


def test_refusals_carry_the_headers_too(visitor: httpx.Client):
    for answer in (visitor.get("/"), visitor.get("/", headers={"host": "elsewhere.example"})):
        assert answer.headers["content-security-policy"] == HEADERS["content-security-policy"]


def test_assets_need_no_session_and_stay_in_their_folder(visitor: httpx.Client):
    assert visitor.get("/static/console.css").status_code == 200
    assert visitor.get("/healthz").text == "ok\n"
    escaping = visitor.build_request("GET", "/static/..%2f..%2fapplication.py")
    assert visitor.send(escaping).status_code == 404


def test_a_session_that_was_altered_or_made_elsewhere_is_not_known(monkeypatch: pytest.MonkeyPatch):
    door = Door("token", "cookie")
    session = door.admit("/", secure=True).headers["set-cookie"].split(";")[0].partition("=")[2].strip('"')
    assert door.knows(session)
    assert Door("token", "cookie").knows(session), "a restarted console knows its sessions"
    assert not door.knows(session[:-4] + "AAA=")
    assert not door.knows("")
    assert not door.knows("\u00e9")
    assert not Door("another token", "cookie").knows(session)
    later = time.time() + SESSION_S + 61
    monkeypatch.setattr(time, "time", lambda: later)
    assert not door.knows(session)


def test_cookies_are_marked_secure_behind_tls():
    assert "secure" in Door("token", "cookie").admit("/", secure=True).headers["set-cookie"].lower()
    assert "secure" not in Door("token", "cookie").admit("/", secure=False).headers["set-cookie"].lower()


def test_the_process_serves_and_ends(tmp_path: Path, unused_port: int):
    folder = workload_folder(tmp_path / "minimal")
    command = [sys.executable, "-m", "colonnade.assembly.process", "console"]
    process = subprocess.Popen(
        [*command, "--workload", str(folder), "--port", str(unused_port)],
        env={**os.environ, "COLONNADE_CONSOLE_TOKEN": TOKEN},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{unused_port}", follow_redirects=True) as client:
            wait_for(client)
            assert "Scoreboard" in client.get("/", params={"token": TOKEN}).text
    finally:
        process.terminate()
        _, said = process.communicate(timeout=20)
    assert said == ""


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(client: httpx.Client) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if client.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the console does not answer")
