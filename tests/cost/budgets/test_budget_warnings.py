"""Receivers on real sockets are told of each crossing, again where they did not answer, and the ledger keeps it."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager

import pytest

from colonnade.cost.budgets.governor import Crossing
from colonnade.cost.budgets.warnings import Warnings
from colonnade.errors import SetupError

HALF = Crossing("day", "2026-11-22", 0.5, 5.1, 10.0)


class Ear:
    """A receiver whose first answers have the given statuses; 204 afterwards."""

    def __init__(self, *statuses):
        self.statuses = list(statuses)
        self.heard = []

    async def take(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        self.heard.append(json.loads(await reader.readexactly(length)))
        status = self.statuses.pop(0) if self.statuses else 204
        writer.write(b"HTTP/1.1 %d Told\r\ncontent-length: 0\r\nconnection: close\r\n\r\n" % status)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening(ear):
    server = await asyncio.start_server(ear.take, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook/of/secret-words"


async def delivered(receivers, crossing=HALF, **options):
    changes = []
    warnings = Warnings("library", options.pop("keep", changes.append), pauses_s=(0.01, 0.01))
    warnings.tell(receivers, crossing)
    await warnings.finish()
    return changes


async def test_a_receiver_hears_who_spent_what_of_which_budget():
    ear = Ear()
    async with listening(ear) as url:
        [change] = await delivered([url])
    [notice] = ear.heard
    assert abs(notice.pop("at") - time.time()) < 5
    assert notice == {
        "event": "colonnade.budget", "workload": "library", "budget": "day", "holder": "", "period": "2026-11-22", "share": 0.5,
        "spent_usd": 5.1, "cap_usd": 10.0,
        "text": "50% of the budget of 2026-11-22 are reached: 5.1 of 10 USD are spent",
    }  # fmt: skip
    assert (change.kind, change.name, change.after) == ("budget", "day", "0.5")
    assert change.details == {"period": "2026-11-22", "receiver 1, 127.0.0.1": "told"}


async def test_addresses_stand_in_no_record():
    async with listening(Ear()) as url:
        [change] = await delivered([url])
    assert "secret-words" not in str(change)


@pytest.mark.parametrize("statuses", [(500,), (503, 429)])
async def test_a_receiver_that_fails_is_tried_again(statuses):
    ear = Ear(*statuses)
    async with listening(ear) as url:
        [change] = await delivered([url])
    assert len(ear.heard) == len(statuses) + 1
    assert change.details["receiver 1, 127.0.0.1"] == "told"


async def test_a_receiver_that_is_never_reached_is_written_down_and_keeps_nobody_waiting():
    ear = Ear()
    async with listening(ear) as url:
        [change] = await delivered(["http://127.0.0.1:9/nobody", url])
    assert change.details["receiver 1, 127.0.0.1"] == "not reached"
    assert change.details["receiver 2, 127.0.0.1"] == "told"
    assert len(ear.heard) == 1


async def test_without_receivers_the_ledger_is_told_all_the_same():
    [change] = await delivered([])
    assert change.details == {"period": "2026-11-22"}


async def test_a_ledger_that_cannot_be_written_breaks_nothing():
    def refuse(change):
        raise SetupError("the disk is full")

    ear = Ear()
    async with listening(ear) as url:
        assert await delivered([url], keep=refuse) == []
    assert len(ear.heard) == 1


async def test_the_event_loop_goes_on_while_a_receiver_is_slow():
    async def slow(reader, writer):
        await asyncio.sleep(0.3)
        writer.write(b"HTTP/1.1 204 Told\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(slow, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        warnings = Warnings("library", lambda change: None)
        task = asyncio.create_task(warnings.forever())
        warnings.tell([url], HALF)
        pauses = []
        for _ in range(20):
            began = time.perf_counter()
            await asyncio.sleep(0.01)
            pauses.append(time.perf_counter() - began)
        task.cancel()
        await warnings.finish()
    assert max(pauses) < 0.2
