"""What was asked and not taken is paid: failed, abandoned, retried and hedged attempts are in the cost of the call."""

from __future__ import annotations

import pytest
from served import Served, specification

from colonnade.cost.attempts import AT_WORK
from colonnade.cost.metering import Meter
from colonnade.cost.prices import Fixed, Price, PriceBook
from colonnade.errors import CallError, DeadlineExceeded, UpstreamFailed
from colonnade.gateway.call import Call, Forward, Reply, Try, Usage

UNPRICED = PriceBook({"small": Fixed(Price(None, "not in the price list"))})


class Behind:
    """A stage behind the meter that leaves attempts in the call, and may fail in the end."""

    name = "behind"

    def __init__(self, *tried: Try, error: CallError | None = None) -> None:
        self.tried = tried
        self.error = error

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        call.tried += self.tried
        if self.error is not None:
            call.attempts = len(self.tried)
            raise self.error
        return await forward(call)


def tried(error: str, usage: Usage | None = None, binding: str = "small") -> Try:
    return Try(binding, "simulated", error, 10.0, usage)


async def asked(*attempts: Try, error: CallError | None = None, **options) -> Served:
    served = Served(Meter(PriceBook.of(specification())), Behind(*attempts, error=error), **options)
    await served.ask()
    return served


async def price_of_one() -> float:
    return (await asked()).reply.money.usd


@pytest.mark.parametrize("error", sorted(AT_WORK))
async def test_an_attempt_that_was_at_work_costs_what_it_read(error):
    alone, served = await price_of_one(), await asked(tried(error))
    money, usage = served.reply.money, served.reply.usage
    assert money.lost_tokens == usage.input
    assert money.lost_usd == pytest.approx(usage.input * 0.1 / 1e6)
    assert money.usd == pytest.approx(alone + money.lost_usd)
    assert "in vain" in served.call.decisions[-1].what


@pytest.mark.parametrize("error", ["upstream_429", "upstream_500", "upstream_unreachable", "upstream_error"])
async def test_an_upstream_that_refused_bills_nothing(error):
    served = await asked(tried(error), tried(error))
    assert (served.reply.money.lost_tokens, served.reply.money.lost_usd) == (0, 0.0)
    assert served.reply.money.usd == await price_of_one()


async def test_what_an_upstream_said_of_an_attempt_is_believed():
    served = await asked(tried("upstream_empty", Usage(fresh_input=1000, output=500, reported=True)))
    assert served.reply.money.lost_tokens == 1500
    assert served.reply.money.lost_usd == pytest.approx((1000 * 0.1 + 500 * 0.4) / 1e6)


async def test_of_two_answers_the_one_that_was_not_taken_is_lost():
    served = await asked(tried("", binding="small"))
    assert served.reply.money.lost_tokens == served.reply.usage.input


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (DeadlineExceeded("Too late.", code="deadline_exceeded"), True),
        (UpstreamFailed("It failed.", code="upstream_500"), False),
    ],
)
async def test_a_call_that_came_to_nothing_costs_what_its_attempts_used(error, lost):
    served = await asked(tried(error.code), error=error)
    money = served.call.lost
    assert (money is not None) == lost
    if money is not None:
        assert money.known
        assert money.usd == money.lost_usd == pytest.approx(money.lost_tokens * 0.1 / 1e6)
        assert money.lost_tokens == 6  # "When is the desk open?" has 22 characters
        assert money.source.endswith("1 attempts in vain, tokens estimated")


async def test_the_price_of_what_was_lost_may_be_unknown():
    served = Served(
        Meter(UNPRICED),
        Behind(tried("client_gone"), error=UpstreamFailed("It failed.", code="upstream_500")),
        route={"unpriced": "allow"},
    )
    await served.ask()
    assert served.call.lost is not None
    assert (served.call.lost.known, served.call.lost.usd) == (False, 0.0)


async def test_one_attempt_that_answered_loses_nothing():
    money = (await asked()).reply.money
    assert (money.lost_usd, money.lost_tokens) == (0.0, 0)
