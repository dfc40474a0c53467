"""Thousands of connections cost little, take nobody's place, and are gone without a trace."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterator

import pytest
from besieged import QUICK, STREAM, Besieged
from raw import answer, connect, read_answer, request

IDLE = 2000
MOST_KB_EACH = 40.0
SOON_S = 1.0

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture(autouse=True)
def many_files() -> Iterator[None]:
    """Both ends of a connection on the loopback are files; ours are opened here."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * IDLE:
        pytest.skip(f"this user may open {hard} files only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * IDLE), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def small() -> Iterator[Besieged]:
    """Has room for forty connections."""
    with Besieged(connections=40) as running:
        yield running


async def opened(port: int, number: int) -> list[Connection]:
    return [await connect(port) for _ in range(number)]


def close(connections: list[Connection]) -> None:
    for _, writer in connections:
        writer.close()


async def test_two_thousand_idle_connections(besieged: Besieged) -> None:
    held, memory = await besieged.held(), besieged.rss_mb()
    idle = await opened(besieged.port, IDLE)
    assert max([await besieged.ask() for _ in range(20)]) < SOON_S
    assert besieged.files() > held.files + IDLE - 10
    assert (besieged.rss_mb() - memory) * 1000 / IDLE < MOST_KB_EACH
    assert await besieged.tasks() <= held.tasks, "an idle connection is no task"
    close(idle)
    await besieged.settled(held)


async def test_connections_that_come_and_go(besieged: Besieged) -> None:
    held = await besieged.held()
    for _ in range(10):
        flood = await opened(besieged.port, 100)
        for number, (_, writer) in enumerate(flood):
            writer.write((QUICK, b"GET /", b"\0", STREAM)[number % 4])
        assert await besieged.ask() < SOON_S
        close(flood)
    await besieged.settled(held)


async def test_the_silent_give_way_to_newcomers(small: Besieged) -> None:
    silent = await opened(small.port, 200)
    assert max([await small.ask() for _ in range(20)]) < SOON_S
    assert small.files() < 100
    close(silent)


async def test_where_all_are_busy_newcomers_are_refused_and_probes_answered(small: Besieged) -> None:
    busy = await opened(small.port, 40)
    for _, writer in busy:
        writer.write(STREAM)
    for reader, _ in busy:
        await reader.readuntil(b'"content":"')
    status, headers, body = await answer(small.port, QUICK)
    assert (status, headers["connection"], headers["retry-after"]) == (503, "close", "1")
    assert b'"too_many_connections"' in body
    assert (await answer(small.port, request(b"", path="/readyz", method="GET")))[0] == 200
    rest = await asyncio.gather(*(reader.readuntil(b"0\r\n\r\n") for reader, _ in busy))
    assert all(b"data: [DONE]\n\n" in each for each in rest), "those under way end well"
    assert (await answer(small.port, QUICK))[0] == 200
    close(busy)


async def test_pipelined_requests_are_bounded_and_answered_in_order(besieged: Besieged) -> None:
    reader, writer = await connect(besieged.port)
    unknown = request({"model": "none", "input": "x"}, path="/v1/embeddings")
    writer.write((QUICK + unknown) * 16)
    assert [(await read_answer(reader))[0] for _ in range(32)] == [200, 404] * 16
    memory = besieged.rss_mb()
    before = await besieged.calls()
    writer.write(STREAM + QUICK * 2000)
    got = await asyncio.wait_for(_statuses(reader), 10)
    assert got == [200] * 33 + [429], "the stream, those that may wait behind it, and a word about the rest"
    assert await besieged.calls() == before + 33
    assert besieged.rss_mb() - memory < 10.0
    writer.close()


async def _statuses(reader: asyncio.StreamReader) -> list[int]:
    found: list[int] = []
    while True:
        try:
            found.append((await read_answer(reader))[0])
        except asyncio.IncompleteReadError:
            return found
