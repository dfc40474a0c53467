"""Whatever a caller sends, the server neither breaks nor hangs, and whoever comes next is answered."""

from __future__ import annotations

import re
import socket

import pytest
from besieged import CHAT, QUICK, STREAM, Besieged
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutated import cuts, mutations
from raw import request

CHUNKS = (
    b"POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'8\r\n{"model"\r\n1e;a=b\r\n: "vectors", "input": "xyz"    \r\n0\r\nx-trailer: y\r\n\r\n'
)
FORM = request(
    b'--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nvectors\r\n--b--\r\n',
    path="/v1/audio/transcriptions",
    content_type="multipart/form-data; boundary=b",
)
FULL = request(
    CHAT,
    authorization="Bearer x",
    content_type="application/json; charset=utf-8",
    x_request_timeout_s="5",
    x_colonnade_urgency="interactive",
    connection="keep-alive, Upgrade",
    upgrade="h2c",
    expect="100-continue",
)
GET = request(b"", path="/v1/models?limit=3&after=x#y", method="GET")
SEEDS = [QUICK, STREAM, CHUNKS, FORM, FULL, GET, QUICK + FULL + GET]
EXPECTED = {100, 200, 400, 404, 405, 408, 413, 414, 415, 429, 431, 501, 503, 505}
HANG_S = 8.0


def converse(port: int, pieces: list[bytes]) -> bytes:
    """Send, stop sending, and read to the end: an end there must be."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=HANG_S) as caller:
        caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in pieces:
                caller.sendall(piece)
            while part := caller.recv(1 << 16):
                heard += part
        except ConnectionError:
            pass
    return heard


LAST = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


def hold(fast: Besieged, pieces: list[bytes]) -> None:
    heard = converse(fast.port, pieces)
    statuses = {int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", heard)}
    assert statuses <= EXPECTED, heard
    assert b'"internal_error"' not in heard
    after = converse(fast.port, [LAST])
    assert after.startswith(b"HTTP/1.1 200 ")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.sampled_from(SEEDS).flatmap(mutations), places=st.lists(st.integers(0, 400), max_size=4))
def test_mutated_requests(fast: Besieged, sent: bytes, places: list[int]) -> None:
    """Each is followed by a request that ends the connection, unless it swallows it: then patience ends it."""
    hold(fast, cuts(sent + LAST, places))


@settings(max_examples=60)
@given(noise=st.binary(min_size=1, max_size=300))
def test_noise(fast: Besieged, noise: bytes) -> None:
    hold(fast, [noise + b"\r\n\r\n" + LAST])


@pytest.mark.slow
@settings(max_examples=3000)
@given(sent=st.sampled_from(SEEDS).flatmap(lambda seed: mutations(seed, most=8)))
def test_many_mutated_requests_leave_nothing_behind(fast: Besieged, sent: bytes) -> None:
    hold(fast, [sent + LAST])
    assert fast.files() < 60
    assert fast.rss_mb() < 250
