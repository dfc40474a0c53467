"""A caller who leaves stops the upstream within 100 ms, seen by the upstream itself, and what was used is settled."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import pytest
from hearing import DIALECTS, Form
from playhouse import PROMPT_TOKENS, WEB, House
from raw import connect, request, until

from colonnade.evidence.request import RequestRecord

CALLERS = [("openai_compatible", dialect) for dialect in DIALECTS] + [
    (kind, "chat") for kind in list(WEB)[1:]
]
WITHIN_S = 0.1


@dataclass(frozen=True)
class Moment:
    """When callers leave: what the simulator does meanwhile, and how many tokens are settled at least."""

    form: Form
    play: dict[str, Any]
    output: int


STEADY = {"tokens_per_s": 50.0, "answer_tokens": 2000}
MOMENTS = {
    "before the first byte of a stream": Moment("streamed", {"first_byte_s": 20.0}, 0),
    "in the middle of a stream": Moment("streamed", STEADY, 1),
    "before a whole answer": Moment("whole", {"first_byte_s": 20.0}, 0),
    "while a whole answer is being written": Moment("whole", STEADY, 0),
}


async def _open(house: House, kind: str, dialect: str, moment: Moment) -> asyncio.StreamWriter:
    spoken = DIALECTS[dialect]
    body = spoken.request(f"{kind}-usual", moment.form, tool=False)
    reader, writer = await connect(house.gateway.port)
    writer.write(request(body, path=spoken.path))
    if moment.output:
        await reader.readuntil(b"\r\n\r\n")
        await reader.read(1)
    return writer


async def _leave(house: House, writer: asyncio.StreamWriter) -> float:
    """Leave, and tell how long it took until the simulator saw its own connection close."""
    before = len(house.simulator.departures)
    left_at = time.time()
    writer.close()
    await until(lambda: len(house.simulator.departures) > before)
    return house.simulator.departures[-1].at - left_at


async def _all(house: House, moment: Moment) -> list[float]:
    writers = [await _open(house, kind, dialect, moment) for kind, dialect in CALLERS]
    await asyncio.sleep(0.15)
    return [await _leave(house, writer) for writer in writers]


def _records(house: House, since: float) -> list[RequestRecord]:
    house.run(house.journal.flush())
    return [record for record in house.ledger.requests(since, 1e12) if record.outcome == "abandoned"]


@pytest.mark.parametrize("name", MOMENTS)
def test_departure_stops_the_upstream(name: str, house: House) -> None:
    moment, since = MOMENTS[name], time.time()
    house.play(None, **moment.play)
    for (kind, dialect), took_s in zip(CALLERS, asyncio.run(_all(house, moment)), strict=True):
        assert took_s < WITHIN_S, f"{kind}, {dialect}"
    asyncio.run(until(lambda: len(_records(house, since)) == len(CALLERS)))
    for record in _records(house, since):
        assert (record.error_code, record.attempts) == ("client_gone", 1)
        assert record.usd > 0.0, "what was used is settled"
        if moment.output:
            assert (record.fresh_input, record.usage_reported) == (PROMPT_TOKENS, False)
            assert record.output >= moment.output
        else:
            assert record.lost_tokens == PROMPT_TOKENS
