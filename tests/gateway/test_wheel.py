"""Whoever waits on the wheel is told once, after the moment and never before it, unless taken out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import uvloop

from colonnade.gateway.wheel import Wheel


class Sleeper:
    """Notes when it is told, and may do something then."""

    def __init__(self, then: Callable[[], object] = lambda: None) -> None:
        self.told: list[float] = []
        self._then = then

    def ring(self) -> None:
        self.told.append(asyncio.get_running_loop().time())
        self._then()


async def test_everybody_is_told_once_and_never_too_early() -> None:
    loop = asyncio.get_running_loop()
    wheel, begun = Wheel(loop), loop.time()
    moments = [begun + 0.02 * number for number in (5, 1, 3, 1)]
    sleepers = [Sleeper() for _ in moments]
    for sleeper, moment in zip(sleepers, moments, strict=True):
        wheel.put(sleeper, moment)
    await asyncio.sleep(0.3)
    for sleeper, moment in zip(sleepers, moments, strict=True):
        [told] = sleeper.told
        assert told >= moment - 0.001


async def test_whoever_is_taken_out_is_not_told() -> None:
    loop = asyncio.get_running_loop()
    wheel, gone, stays = Wheel(loop), Sleeper(), Sleeper()
    slot = wheel.put(gone, loop.time() + 0.02)
    assert wheel.put(stays, loop.time() + 0.02) >= slot
    wheel.take(gone, slot)
    await asyncio.sleep(0.15)
    assert (gone.told, len(stays.told)) == ([], 1)
    wheel.take(stays, slot)  # told already: nothing happens


async def test_who_goes_to_sleep_when_told_keeps_nobody_from_being_told() -> None:
    """A later moment that is put in while others are told must not hide the moments between."""
    loop = asyncio.get_running_loop()
    wheel = Wheel(loop)
    late, between = Sleeper(), Sleeper()
    first = Sleeper(lambda: wheel.put(late, loop.time() + 60.0))
    wheel.put(first, loop.time() + 0.02)
    wheel.put(between, loop.time() + 0.1)
    await asyncio.sleep(0.4)
    assert (len(first.told), len(between.told), len(late.told)) == (1, 1, 0)


async def test_one_who_fails_stops_the_others_no_longer_than_until_the_next_moment() -> None:
    loop = asyncio.get_running_loop()
    heard: list[object] = []
    loop.set_exception_handler(lambda _, context: heard.append(context["exception"]))
    wheel, next_one = Wheel(loop), Sleeper()
    wheel.put(Sleeper(lambda: 1 / 0), loop.time() + 0.02)
    wheel.put(next_one, loop.time() + 0.1)
    await asyncio.sleep(0.4)
    assert len(next_one.told) == 1
    assert [type(fault) for fault in heard] == [ZeroDivisionError]


def test_a_loop_that_counts_in_milliseconds_rings_too() -> None:
    async def sleep() -> Sleeper:
        loop = asyncio.get_running_loop()
        wheel, sleeper = Wheel(loop), Sleeper()
        for number in range(1, 20):
            wheel.put(sleeper, loop.time() + number * 0.0037)
        await asyncio.sleep(0.4)
        return sleeper

    assert 1 <= len(uvloop.run(sleep()).told) <= 19
