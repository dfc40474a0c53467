"""Requests that two servers could read in two ways are refused, end their connection, and never become a call."""

from __future__ import annotations

import json

import pytest
from besieged import CHAT, QUICK, STREAM, Besieged
from raw import answer, connect, read_answer, request
from spoken_raw import say

BODY = json.dumps({"model": "vectors", "input": "x"}).encode()
LENGTH = b"content-length: %d\r\n" % len(BODY)
CHUNKED = b"transfer-encoding: chunked\r\n"
CHUNKS = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
LINE = b"POST /v1/embeddings HTTP/1.1\r\n"


def post(headers: bytes, body: bytes = BODY, line: bytes = LINE) -> bytes:
    return line + b"host: x\r\n" + headers + b"\r\n" + body


def get(line: bytes, headers: bytes = b"host: x\r\n") -> bytes:
    return line + b"\r\n" + headers + b"\r\n"


REFUSED = {
    "length and chunked": (400, post(b"content-length: 5\r\n" + CHUNKED, CHUNKS)),
    "chunked and length": (400, post(CHUNKED + b"content-length: 5\r\n", CHUNKS)),
    "two lengths": (400, post(LENGTH + b"content-length: 3\r\n")),
    "the same length twice": (400, post(LENGTH + LENGTH)),
    "a list of lengths": (400, post(b"content-length: 5, 5\r\n")),
    "a length with a sign": (400, post(b"content-length: +5\r\n")),
    "a length below zero": (400, post(b"content-length: -5\r\n")),
    "a length that overflows": (400, post(b"content-length: 99999999999999999999999\r\n")),
    "a hexadecimal length": (400, post(b"content-length: 0x10\r\n")),
    "xchunked": (501, post(b"transfer-encoding: xchunked\r\n", CHUNKS)),
    "chunked not last": (400, post(b"transfer-encoding: chunked, identity\r\n", CHUNKS)),
    "coded, then chunked": (501, post(b"transfer-encoding: gzip, chunked\r\n", CHUNKS)),
    "identity": (501, post(b"transfer-encoding: identity\r\n")),
    "quoted": (501, post(b'transfer-encoding: "chunked"\r\n', CHUNKS)),
    "a vertical tab": (400, post(b"transfer-encoding: \x0bchunked\r\n", CHUNKS)),
    "chunked twice": (400, post(CHUNKED + CHUNKED, CHUNKS)),
    "chunked, folded": (400, post(b"transfer-encoding:\r\n chunked\r\n", CHUNKS)),
    "chunked of HTTP/1.0": (400, post(CHUNKED, CHUNKS, b"POST /v1/embeddings HTTP/1.0\r\n")),
    "a space before the colon": (400, post(b"transfer-encoding : chunked\r\n", CHUNKS)),
    "a folded header": (400, post(b"x: a\r\n b\r\n" + LENGTH)),
    "a space before the first header": (400, LINE + b" host: x\r\n" + LENGTH + b"\r\n" + BODY),
    "a bare line feed": (400, post(b"x: y\n" + LENGTH)),
    "line feeds only": (400, post(LENGTH).replace(b"\r\n", b"\n")),
    "a bare carriage return": (400, post(b"x: y\r" + LENGTH)),
    "a NUL": (400, post(b"x: a\0b\r\n" + LENGTH)),
    "a control character": (400, post(b"x: a\x01b\r\n" + LENGTH)),
    "a delete character": (400, post(b"x: a\x7fb\r\n" + LENGTH)),
    "a name with a control character": (400, post(b"x\x01: a\r\n" + LENGTH)),
    "a name with brackets": (400, post(b"x(): a\r\n" + LENGTH)),
    "no name": (400, post(b": a\r\n" + LENGTH)),
    "no colon": (400, post(b"x\r\n" + LENGTH)),
    "a chunk below zero": (400, post(CHUNKED, b"-5\r\n" + BODY)),
    "a chunk with a prefix": (400, post(CHUNKED, b"0x" + CHUNKS)),
    "a chunk that overflows": (400, post(CHUNKED, b"f" * 20 + b"\r\n" + BODY)),
    "a chunk ended by a line feed": (400, post(CHUNKED, CHUNKS.replace(b"\r\n", b"\n"))),
    "a chunk with a space": (400, post(CHUNKED, CHUNKS.replace(b"\r\n", b" \r\n", 1))),
    "a chunk with a split extension": (400, post(CHUNKED, CHUNKS.replace(b"\r\n", b";a\n", 1))),
    "a chunk that is longer": (400, post(CHUNKED, b"5\r\n" + BODY + b"\r\n0\r\n\r\n")),
    "a chunk without an end": (400, post(CHUNKED, b"%x\r\n%b0\r\n\r\n" % (len(BODY), BODY))),
    "an unknown method": (400, get(b"BREW /healthz HTTP/1.1")),
    "a small method": (400, get(b"get /healthz HTTP/1.1")),
    "a method with a bracket": (400, get(b"GE( /healthz HTTP/1.1")),
    "a tunnel": (400, get(b"CONNECT elsewhere:443 HTTP/1.1")),
    "an authority": (400, get(b"GET elsewhere:443 HTTP/1.1")),
    "a target with a space": (400, get(b"GET /a b HTTP/1.1")),
    "a target with a NUL": (400, get(b"GET /a\0 HTTP/1.1")),
    "a target beyond ASCII": (400, get(b"GET /a\xff HTTP/1.1")),
    "a target without a path": (400, get(b"GET ?a HTTP/1.1")),
    "no host": (400, get(b"GET /healthz HTTP/1.1", b"")),
    "two hosts": (400, get(b"GET /healthz HTTP/1.1", b"host: a\r\nhost: b\r\n")),
    "two keys": (400, post(b"authorization: a\r\nauthorization: b\r\n" + LENGTH)),
    "HTTP/0.9": (505, b"GET /healthz\r\n\r\n"),
    "HTTP/1.2": (505, get(b"GET /healthz HTTP/1.2")),
    "HTTP/2.0": (505, get(b"GET /healthz HTTP/2.0")),
    "the preface of HTTP/2": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "TLS": (400, bytes.fromhex("16030100a5010000a10303") + b"x" * 160),
    "SSH": (400, b"SSH-2.0-OpenSSH_9.6\r\n"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_ambiguous_or_no_http_is_refused(besieged: Besieged, case: str) -> None:
    status, sent = REFUSED[case]
    before = await besieged.calls()
    said = await say(besieged.port, sent)
    assert (said.statuses, said.closed) == ([status], True)
    assert b"connection: close" in said.raw
    assert said.code
    assert await besieged.calls() == before, "it never became a call"


LAST = get(b"GET /healthz HTTP/1.1")
TAKEN = {
    "chunked": post(CHUNKED, CHUNKS),
    "chunked in capitals": post(b"Transfer-Encoding: ChunKed\r\n", CHUNKS),
    "a chunk with an extension": post(CHUNKED, CHUNKS.replace(b"\r\n", b";a=b\r\n", 1)),
    "empty lines before it": b"\r\n\r\n" + QUICK,
    "an absolute target": post(LENGTH, line=b"POST http://elsewhere/v1/embeddings HTTP/1.1\r\n"),
    "an unknown expectation": post(b"expect: tea\r\n" + LENGTH),
    "a value beyond ASCII": post(b"x: \xff\r\n" + LENGTH),
    "a wish for HTTP/2": post(b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AA\r\n" + LENGTH),
    "a wish for HTTP/2, chunked": post(b"connection: Upgrade\r\nupgrade: h2c\r\n" + CHUNKED, CHUNKS),
}  # fmt: skip


@pytest.mark.parametrize("case", TAKEN)
async def test_what_is_odd_and_clear_is_answered(besieged: Besieged, case: str) -> None:
    """Java's client wishes for HTTP/2 in every request; uvicorn alone would lose its body."""
    said = await say(besieged.port, TAKEN[case] + QUICK + LAST, until=b'{"status":"alive"}')
    assert (said.statuses, said.closed) == ([200, 200, 200], False), "and so are those that follow"


async def test_a_websocket_is_not_offered(besieged: Besieged) -> None:
    wish = b"host: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    said = await say(besieged.port, get(b"GET /healthz HTTP/1.1", wish), until=b"alive")
    assert said.statuses == [200]


async def test_trailers_are_no_headers(besieged: Besieged) -> None:
    """Nor do they slip into the next request on the same connection."""
    deferred = CHUNKS.removesuffix(b"\r\n") + b"x-colonnade-urgency: never\r\nhost: y\r\n\r\n"
    said = await say(besieged.port, post(CHUNKED, deferred) + QUICK + LAST, until=b"alive")
    assert said.statuses == [200, 200, 200]
    header = QUICK.replace(b"host: x\r\n", b"host: x\r\nx-colonnade-urgency: never\r\n")
    assert (await answer(besieged.port, header))[0] == 400, "as a header it would have been heard"


async def test_what_follows_a_good_request_cannot_spoil_its_answer(besieged: Besieged) -> None:
    said = await say(besieged.port, STREAM + b"\0nonsense\r\n\r\n")
    assert (said.statuses, said.closed) == ([200, 400], True)
    assert said.raw.index(b"data: [DONE]") < said.raw.index(b"HTTP/1.1 400")


async def test_a_body_that_breaks_behind_a_good_request(besieged: Besieged) -> None:
    before = await besieged.calls()
    said = await say(besieged.port, STREAM + post(CHUNKED, b"zz\r\n"))
    assert said.statuses == [200, 400]
    assert await besieged.calls() == before + 1


async def test_expectations_are_met(besieged: Besieged) -> None:
    reader, writer = await connect(besieged.port)
    writer.write(post(b"expect: 100-continue\r\n" + LENGTH, b""))
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(BODY)
    assert (await read_answer(reader))[0] == 200
    writer.close()


async def test_an_expectation_of_too_much_is_refused_at_once(besieged: Besieged) -> None:
    said = await say(besieged.port, post(b"expect: 100-continue\r\ncontent-length: 99999999\r\n", b""))
    assert (said.statuses, said.closed) == ([413], True)


async def test_callers_of_http_1_0_get_no_chunks(besieged: Besieged) -> None:
    body = json.dumps({**CHAT, "stream": True}).encode()
    head = b"POST /v1/chat/completions HTTP/1.0\r\ncontent-length: %d\r\n\r\n" % len(body)
    said = await say(besieged.port, head + body)
    assert (said.statuses, said.closed) == ([200], True)
    text = said.raw.partition(b"\r\n\r\n")
    assert b"chunked" not in text[0]
    assert text[2].startswith(b"data: {")
    assert text[2].endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize(
    ("kind", "status"),
    [("application/json", 200), ("Application/JSON; charset=utf-8", 200), ("text/plain", 400), ("x", 400)],
)
async def test_json_is_not_called_otherwise(besieged: Besieged, kind: str, status: int) -> None:
    sent = request({"model": "vectors", "input": "x"}, path="/v1/embeddings", content_type=kind)
    got, _, body = await answer(besieged.port, sent)
    assert (got, b"unsupported_content_type" in body) == (status, status == 400)
