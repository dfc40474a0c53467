"""Connections to upstreams are reused, bounded, replaced when dead, and broken off when late."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from colonnade.errors import (
    CallError,
    DeadlineExceeded,
    InvalidRequest,
    SetupError,
    UpstreamFailed,
    UpstreamLimited,
)
from colonnade.gateway.upstream.http import HttpClient
from colonnade.gateway.upstream.interface import Ask
from colonnade.gateway.upstream.openai_compatible import OpenAICompatible
from colonnade.workload.sections.serving import Upstream

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def body_of(text: bytes, *, status: str = "200 OK", head: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{head}content-length: {len(text)}\r\n\r\n".encode() + text


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return head + await reader.readexactly(length)


class Place:
    """A server that answers with what a test says, and remembers its connections."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self.connections = 0
        self.heads: list[bytes] = []
        self.port = 0

    @contextlib.asynccontextmanager
    async def open(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[OpenAICompatible]:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        declared = Upstream(
            kind="openai_compatible", base_url=f"http://127.0.0.1:{self.port}/v1", connections=2
        )
        upstream = OpenAICompatible("place", declared, "secret")
        yield upstream
        await upstream.close()
        server.close()
        await asyncio.sleep(0.01)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._serve(reader, writer)
        writer.close()


def ask(*, stream: bool = False, within_s: float = 0.0) -> Ask:
    deadline = asyncio.get_running_loop().time() + within_s if within_s else 0.0
    return Ask("/chat/completions", b"{}", stream, deadline, "req-1")


async def answer_always(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        await read_request(reader)
        writer.write(body_of(b"{}"))


def saying(data: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(data)
        await writer.drain()

    return serve


async def test_one_connection_carries_many_requests() -> None:
    place = Place(answer_always)
    async with place.open() as upstream:
        for _ in range(5):
            assert (await upstream.ask(ask())).body == b"{}"
    assert place.connections == 1


async def test_the_head_names_key_and_request() -> None:
    seen = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_request(reader))
        writer.write(body_of(b"{}"))

    async with Place(serve).open() as upstream:
        await upstream.ask(ask())
    assert seen[0].startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
    assert b"authorization: Bearer secret\r\n" in seen[0]
    assert b"x-request-id: req-1\r\n" in seen[0]


async def test_requests_beyond_the_limit_wait_their_turn() -> None:
    place = Place(answer_always)
    async with place.open() as upstream:
        answers = await asyncio.gather(*(upstream.ask(ask()) for _ in range(20)))
        assert upstream.client.pool.opened <= 2
    assert len(answers) == 20
    assert place.connections <= 2


async def test_waiting_for_a_connection_ends_at_the_deadline() -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with Place(never).open() as upstream:
        busy = [asyncio.ensure_future(upstream.ask(ask(within_s=5))) for _ in range(2)]
        await asyncio.sleep(0.05)
        with pytest.raises(DeadlineExceeded):
            await upstream.ask(ask(within_s=0.1))
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
        await asyncio.sleep(0.01)
        assert upstream.client.pool.opened == 0, "cancelled requests break their connections off"


async def test_an_idle_connection_that_died_is_replaced_once() -> None:
    async def one_each(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(body_of(b"{}"))
        await read_request(reader)  # the second request arrives, and dies unanswered

    place = Place(one_each)
    async with place.open() as upstream:
        for _ in range(3):
            assert (await upstream.ask(ask())).status == 200
    assert place.connections == 3


async def test_a_fresh_connection_that_dies_is_not_replaced() -> None:
    place = Place(saying(b""))
    async with place.open() as upstream:
        with pytest.raises(UpstreamFailed) as caught:
            await upstream.ask(ask())
    assert (caught.value.code, place.connections) == ("upstream_cut", 1)


async def test_a_closed_idle_connection_is_forgotten() -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(body_of(b"{}"))

    place = Place(once)
    async with place.open() as upstream:
        await upstream.ask(ask())
        await asyncio.sleep(0.02)
        assert upstream.client.pool.opened == 0
        await upstream.ask(ask())
    assert place.connections == 2


async def test_the_deadline_breaks_the_connection_off() -> None:
    closed = asyncio.Event()

    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await reader.read()
        closed.set()

    async with Place(never).open() as upstream:
        began = asyncio.get_running_loop().time()
        with pytest.raises(DeadlineExceeded):
            await upstream.ask(ask(within_s=0.2))
        assert asyncio.get_running_loop().time() - began < 0.4
        await asyncio.wait_for(closed.wait(), 1)


async def test_a_stream_of_chunks_and_its_connection_is_kept() -> None:
    events = [b'data: {"a":1}\n\n', b"data: [DONE]\n\n"]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            for event in events:
                writer.write(b"%x\r\n%b\r\n" % (len(event), event))
                await asyncio.sleep(0.01)
            writer.write(b"0\r\n\r\n")

    place = Place(serve)
    async with place.open() as upstream:
        for _ in range(3):
            answer = await upstream.ask(ask(stream=True))
            assert answer.chunks is not None
            assert [chunk async for chunk in answer.chunks] == events
            await answer.close()
    assert place.connections == 1


async def test_a_stream_left_after_done_keeps_its_connection() -> None:
    done = b"data: [DONE]\n\n"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            writer.write(b"%x\r\n%b\r\n" % (len(done), done))
            await asyncio.sleep(0.03)
            writer.write(b"0\r\n\r\n")

    place = Place(serve)
    async with place.open() as upstream:
        for _ in range(2):
            answer = await upstream.ask(ask(stream=True))
            assert answer.chunks is not None
            assert await answer.chunks.__anext__() == done
            await answer.close()
            await asyncio.sleep(0.06)
    assert place.connections == 1


async def test_an_answer_that_ends_with_the_connection() -> None:
    async with Place(saying(b"HTTP/1.1 200 OK\r\n\r\n{}")).open() as upstream:
        assert (await upstream.ask(ask())).body == b"{}"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", "upstream_cut"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel", "upstream_cut"),
        (b"this is not HTTP\r\n\r\n", "upstream_malformed"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 70_000 + b"\r\n\r\n", "upstream_malformed"),
        (body_of(b"x", head="content-encoding: gzip\r\n"), "upstream_malformed"),
        (body_of(b"x", status="301 Moved"), "upstream_301"),
        (body_of(b"x", status="401 Unauthorized"), "upstream_401"),
        (body_of(b"x", status="404 Not Found"), "upstream_404"),
    ],
)
async def test_answers_that_are_none(data: bytes, code: str) -> None:
    async with Place(saying(data)).open() as upstream:
        with pytest.raises(UpstreamFailed) as caught:
            await upstream.ask(ask(within_s=2))
    assert caught.value.code == code


async def test_informational_answers_are_passed_over() -> None:
    async with Place(saying(b"HTTP/1.1 103 Early Hints\r\n\r\n" + body_of(b"{}"))).open() as upstream:
        assert (await upstream.ask(ask())).status == 200


async def verdict_on(text: bytes, status: str, head: str = "") -> CallError:
    async with Place(saying(body_of(text, status=status, head=head))).open() as upstream:
        with pytest.raises(CallError) as caught:
            await upstream.ask(ask(within_s=2))
    return caught.value


async def test_the_upstreams_words_are_not_passed_on() -> None:
    text = (
        b'{"error": {"message": "your prompt: secret", "param": "messages[0]", "code": "too secret a word"}}'
    )
    error = await verdict_on(text, "422 Unprocessable")
    assert isinstance(error, InvalidRequest)
    assert (error.code, error.param) == ("upstream_invalid_request", "messages[0]")
    assert "secret" not in f"{error.message} {error.code} {error.param}"


@pytest.mark.parametrize(("header", "expected"), [("7", 7.0), ("-1", None), ("9e9", None), ("soon", None)])
async def test_the_wish_to_be_left_alone(header: str, expected: float | None) -> None:
    error = await verdict_on(b"", "429 Too Many", f"retry-after: {header}\r\n")
    assert isinstance(error, UpstreamLimited)
    assert error.retry_after_s == expected


async def test_unreachable_places() -> None:
    async with Place(answer_always).open() as gone:
        assert await gone.ready() is None
    assert await gone.ready() is not None
    for url, code in [
        ("http://127.0.0.1:9/v1", "upstream_unreachable"),
        ("http://no.invalid/v1", "upstream_unknown_host"),
    ]:
        upstream = OpenAICompatible("x", Upstream(kind="openai_compatible", base_url=url))
        with pytest.raises(UpstreamFailed) as caught:
            await upstream.ask(ask(within_s=3))
        assert caught.value.code == code
        assert await upstream.ready() == f"a connection: {code}"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody signed but itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "place")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "place.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + made.public_bytes(Encoding.PEM))
    return file


def secure(port: int, trusted: ssl.SSLContext | None) -> OpenAICompatible:
    declared = Upstream(kind="openai_compatible", base_url=f"https://127.0.0.1:{port}/v1")
    return OpenAICompatible("x", declared, tls=trusted)


async def test_tls(certificate: Path) -> None:
    offered = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    offered.load_cert_chain(certificate)
    place = Place(answer_always)
    async with place.open(tls=offered):
        trusting = secure(place.port, ssl.create_default_context(cafile=str(certificate)))
        assert (await trusting.ask(ask(within_s=3))).status == 200
        await trusting.close()
        with pytest.raises(UpstreamFailed) as caught:
            await secure(place.port, None).ask(ask(within_s=3))
    assert caught.value.code == "upstream_tls"


async def test_tls_older_than_1_2_is_refused(certificate: Path) -> None:
    offered = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    offered.load_cert_chain(certificate)
    offered.minimum_version = ssl.TLSVersion.TLSv1
    offered.maximum_version = ssl.TLSVersion.TLSv1_1
    offered.set_ciphers("ALL:@SECLEVEL=0")
    place = Place(answer_always)
    async with place.open(tls=offered):
        with pytest.raises(UpstreamFailed) as caught:
            await secure(place.port, None).ask(ask(within_s=3))
    assert caught.value.code in {"upstream_tls", "upstream_unreachable"}


@pytest.mark.parametrize(
    "url", ["example.com", "ftp://x/v1", "http:///v1", "http://u:p@x/v1", "http://x/v1?a=1"]
)
def test_urls_that_cannot_be_used(url: str) -> None:
    with pytest.raises(SetupError):
        HttpClient(url, bearer=None, connections=1)


@pytest.mark.parametrize("secret", ["", "two words", "line\r\nbreak", "umläut"])
def test_secrets_that_no_header_can_carry(secret: str) -> None:
    with pytest.raises(SetupError) as caught:
        HttpClient("http://x/v1", bearer=secret, connections=1)
    assert secret == "" or secret not in str(caught.value)


async def test_nagle_is_off_towards_the_upstream() -> None:
    import socket

    async with Place(answer_always).open() as upstream:
        await upstream.ask(ask())
        (connection,) = upstream.client.pool._idle
        transport: Any = connection._transport
        assert transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
