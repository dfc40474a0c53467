"""A worker that is told to end says so first, finishes what it can, and tells the others why it could not."""

from __future__ import annotations

import asyncio
import signal

import pytest
from besieged import QUICK, STREAM, Besieged
from raw import answer, connect, request

READY = request(b"", path="/readyz", method="GET")


async def ended(besieged: Besieged, within_s: float) -> int:
    return await asyncio.to_thread(besieged.process.wait, within_s)


async def streaming(besieged: Besieged) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await connect(besieged.port)
    writer.write(STREAM)
    await reader.readuntil(b'"content":"')
    return reader, writer


async def test_readiness_flips_first_and_nothing_is_refused_until_balancers_know() -> None:
    with Besieged(notice_s=2.0) as besieged:  # a stream takes half of that
        reader, writer = await streaming(besieged)
        besieged.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.1)
        status, _, body = await answer(besieged.port, READY)
        assert (status, b'"draining"' in body) == (503, True), "balancers are told while the port is open"
        assert (await answer(besieged.port, QUICK))[0] == 200, "who has not looked yet is answered"
        rest = await reader.read()
        assert rest.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")
        with pytest.raises(ConnectionRefusedError):
            await connect(besieged.port)
        writer.close()
        assert await ended(besieged, 5) == 0


async def test_streams_are_told_at_the_end_of_the_drain() -> None:
    with Besieged(drain_s=0.3, simulation={"tokens_per_s": 5.0}) as besieged:
        streams = [await streaming(besieged) for _ in range(10)]
        mute, writer = await connect(besieged.port)
        writer.write(STREAM.partition(b"{")[0])
        await asyncio.sleep(0.1)
        besieged.process.send_signal(signal.SIGTERM)
        began = asyncio.get_running_loop().time()
        for rest in await asyncio.gather(*(reader.read() for reader, _ in streams)):
            assert b'"shutting_down"' in rest
            assert b"[DONE]" not in rest
        assert asyncio.get_running_loop().time() - began < 2.0
        assert b'"shutting_down"' in await mute.read(), "a request that never came is told, too"
        assert await ended(besieged, 5) == 0
        assert besieged.process.stdout is not None
        assert besieged.process.stdout.readline() == "0 calls under way when the store was closed\n"
        writer.close()


async def test_kept_connections_are_refused_after_the_notice() -> None:
    with Besieged(simulation={"tokens_per_s": 5.0}, drain_s=1.0) as besieged:
        reader, writer = await streaming(besieged)
        besieged.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.2)
        with pytest.raises(ConnectionRefusedError):
            await connect(besieged.port)
        assert b'"shutting_down"' in await reader.read(), "without a notice the port closes at once"
        writer.close()
        assert await ended(besieged, 5) == 0


async def test_a_second_signal_cuts_the_notice_short() -> None:
    with Besieged(notice_s=60.0) as besieged:
        await besieged.ask()
        besieged.process.send_signal(signal.SIGINT)
        await asyncio.sleep(0.1)
        assert (await answer(besieged.port, READY))[0] == 503
        besieged.process.send_signal(signal.SIGINT)
        await ended(besieged, 20)
