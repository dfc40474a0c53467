"""What the meter knows stands in the journal: the cost, our own estimate, what was in vain, and which passages were cited."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from served import Served, specification

from colonnade.cost.metering import Meter
from colonnade.cost.prices import PriceBook
from colonnade.errors import UpstreamFailed
from colonnade.evidence.request import RequestRecord
from colonnade.gateway.call import Call, Forward, Reply, Source, Try
from colonnade.gateway.canned import canned_reply
from colonnade.operations.interaction_log import KeepJournal, Surroundings


@dataclass
class Kept:
    """A journal in memory."""

    records: list[RequestRecord] = field(default_factory=list)

    def open(self, opening: RequestRecord) -> None:
        """Only what was closed is looked at here."""

    async def close(self, record: RequestRecord, prompt: bytes, answer: bytes) -> None:
        self.records.append(record)


@dataclass
class Behind:
    """A stage behind the meter: attempts that went before, passages, a cost of the upstream's own, or an end."""

    tried: tuple[Try, ...] = ()
    passages: tuple[str, ...] = ()
    usd: float | None = None
    says: str = ""
    fails: bool = False
    name: str = "behind"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        call.tried += self.tried
        call.attempts += len(self.tried)
        call.sources = tuple(
            Source(f"s{n}", "d", "v", "g", text, 1.0) for n, text in enumerate(self.passages)
        )
        if self.fails:
            raise UpstreamFailed("It failed.", code="upstream_cut")
        reply = canned_reply(call, self.says) if self.says else await forward(call)

        async def charge(closing: Reply) -> None:
            closing.usage.provider_usd = self.usd

        reply.on_close(charge)
        return reply


async def journaled(behind: Behind, *, stream: bool = False) -> RequestRecord:
    kept = Kept()
    around = Surroundings("rehearsal", "w", {}, policy=str)
    served = Served(KeepJournal(kept, around), Meter(PriceBook.of(specification())), behind)
    await served.ask(stream=stream)
    return kept.records[-1]


@pytest.mark.parametrize("stream", [False, True])
async def test_what_was_in_vain_is_recorded_beside_the_sum(stream):
    record = await journaled(Behind((Try("small", "simulated", "first_byte_timeout", 9.0),)), stream=stream)
    assert record.lost_tokens == record.fresh_input > 0
    assert record.lost_usd == pytest.approx(record.lost_tokens * 0.1 / 1e6)
    assert record.usd == pytest.approx(
        record.lost_usd + (record.fresh_input * 0.1 + record.output * 0.4) / 1e6
    )


async def test_a_call_that_failed_is_recorded_at_what_its_attempts_used():
    record = await journaled(Behind((Try("small", "simulated", "upstream_cut", 9.0),), fails=True))
    assert (record.outcome, record.output, record.price_known) == ("failed", 0, True)
    assert record.usd == record.lost_usd == pytest.approx(6 * 0.1 / 1e6)


async def test_both_the_upstreams_cost_and_ours_are_recorded():
    record = await journaled(Behind(usd=0.5))
    assert (record.usd, record.provider_usd) == (0.5, 0.5)
    assert record.estimated_usd == pytest.approx((record.fresh_input * 0.1 + record.output * 0.4) / 1e6)


@pytest.mark.parametrize(
    ("answer", "cited", "uncited"),
    [
        ("It is the first. [1]", 1, 3),
        ("Both say so. [1][2]", 2, 0),
        ("Nobody knows which.", 0, 0),  # it may have used both
        ("A year. [1976] [7]", 0, 0),
    ],
)
async def test_passages_that_an_answer_leaves_out_are_counted_where_it_names_others(answer, cited, uncited):
    record = await journaled(Behind(passages=("four word passage", "twelve chars"), says=answer))
    assert (record.cited_sources, record.uncited_tokens) == (cited, uncited)
