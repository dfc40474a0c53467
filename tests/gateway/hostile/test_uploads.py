"""Uploads may be large and take long, but they must come on: a drip is refused, and an end of the server is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from raw import answer, connect, read_answer
from running import FAST, Running, application, run_gateway
from spoken_raw import say

from colonnade.gateway.call import Call, Forward, Identity, Reply
from colonnade.gateway.service import Told, Visit
from colonnade.gateway.upstream.simulator import SimulatorUpstream

HEAD = b"POST /v1/taken HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n"


class Door:
    """Lets everybody in."""

    name = "door"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        call.identity = Identity("key-1", "caller", {})
        return await forward(call)


class Taking:
    """A service that counts what it is given."""

    name = "taking"

    def methods(self, path: str) -> frozenset[str]:
        return frozenset({"POST"}) if path == "/v1/taken" else frozenset()

    async def answer(self, visit: Visit) -> Told:
        return Told(body=b"%d" % sum([len(part) async for part in visit.body]))


@pytest.fixture
def gateway(start: Callable[..., Running]) -> Running:
    app = application(SimulatorUpstream("sim", FAST), kind="simulator", services=[Taking()])
    app.visits.doors = [Door()]
    app.visits.part_s = 0.3
    return start(app)


async def test_a_large_upload_is_taken(gateway: Running) -> None:
    size = 20 << 20
    status, _, body = await answer(gateway.port, HEAD % size + bytes(size))
    assert (status, body) == (200, b"%d" % size)


@pytest.mark.parametrize(("pieces", "pause_s"), [(12, 0.1), (1, 0.5)], ids=["a drip", "a stop"])
async def test_what_does_not_come_on_is_refused(gateway: Running, pieces: int, pause_s: float) -> None:
    """No pause within the drip is too long, and it is complete in the end."""
    said = await say(gateway.port, HEAD % 12, *([b"x"] * pieces), pause_s=pause_s)
    assert (said.statuses, said.code, said.closed) == ([400], "slow_body", True)


async def test_an_end_of_the_server_is_told() -> None:
    app = application(SimulatorUpstream("sim", FAST), kind="simulator", services=[Taking()])
    app.visits.doors = [Door()]
    gateway = run_gateway(app)
    reader, writer = await connect(gateway.port)
    writer.write(HEAD % 500)
    await asyncio.sleep(0.1)
    for task in set(gateway.server.server_state.tasks):
        assert gateway.loop is not None
        gateway.loop.call_soon_threadsafe(task.cancel)
    status, _, body = await read_answer(reader)
    assert (status, b'"shutting_down"' in body) == (503, True)
    writer.close()
    await asyncio.to_thread(gateway.stop)
