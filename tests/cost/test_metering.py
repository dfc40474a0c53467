"""Every answer knows its cost; unpriced models are refused before they are called."""

from dataclasses import replace

from served import Served, specification

from colonnade.cost.metering import Meter, written
from colonnade.cost.prices import Fixed, Price, PriceBook
from colonnade.gateway.call import Money

UNPRICED = PriceBook({"small": Fixed(Price(None, "not in the price list"))})


def metered(prices: PriceBook | None = None, **options):
    return Served(Meter(prices or PriceBook.of(specification())), **options)


async def test_a_whole_answer_carries_its_cost_by_the_owners_price():
    served = metered()
    heard = await served.ask()
    usage = heard.json["usage"]
    expected = (usage["prompt_tokens"] * 0.1 + usage["completion_tokens"] * 0.4) / 1e6
    assert served.reply.money == Money(
        served.reply.money.usd, True, "owner: invented for tests", "2026-01-01"
    )
    assert abs(served.reply.money.usd - expected) < 1e-15
    assert float(heard.headers["x-colonnade-cost-usd"]) == round(expected, 10)


async def test_a_stream_is_metered_before_its_last_byte_and_has_no_header():
    served = metered()
    heard = await served.ask(stream=True)
    assert heard.done
    assert "x-colonnade-cost-usd" not in heard.headers
    assert served.reply.money.usd > 0
    whole = metered()
    await whole.ask()
    assert served.reply.usage.fresh_input == whole.reply.usage.fresh_input


async def test_an_unpriced_model_is_refused_before_any_upstream_is_called():
    served = metered(UNPRICED)
    heard = await served.ask()
    error = heard.json["error"]
    assert (heard.status, error["code"], error["param"]) == (400, "model_unpriced", "model")
    assert "models.small.price" in error["message"]
    assert served.asked == 0
    assert served.call.decisions[-1].what == "refused: the model has no known price"


async def test_an_unpriced_model_may_be_called_where_the_owner_allows_it_and_costs_an_unknown_sum():
    served = metered(UNPRICED, route={"unpriced": "allow"})
    heard = await served.ask()
    assert heard.status == 200
    assert heard.headers["x-colonnade-cost-usd"] == "unknown"
    assert served.reply.money == Money(0.0, False, "not in the price list", "")


async def test_without_the_stage_an_unpriced_model_is_called_and_nothing_is_metered():
    served = Served()
    heard = await served.ask()
    assert (heard.status, served.asked, served.reply.money) == (200, 1, None)


async def test_missing_usage_is_estimated_and_the_price_says_so():
    served = metered(fault="usage_missing")
    heard = await served.ask()
    usage = served.reply.usage
    assert "usage" not in heard.json or not heard.json["usage"]
    assert not usage.reported
    assert usage.fresh_input == 6  # "When is the desk open?" has 22 characters
    assert usage.output == -(-len(heard.text) // 4)
    assert served.reply.money.usd > 0
    assert served.reply.money.source.endswith("; tokens estimated")


async def test_a_cut_stream_is_metered_for_what_came():
    served = metered(fault="cut")
    heard = await served.ask(stream=True)
    assert not heard.done
    assert not served.reply.complete
    assert served.reply.money.usd > 0


async def test_a_call_that_the_upstream_refused_is_not_metered():
    served = metered(fault="http_500")
    heard = await served.ask()
    assert heard.status == 502
    assert served.onlooker.replies == []
    assert "x-colonnade-cost-usd" not in heard.headers


def test_small_sums_are_written_out_and_not_in_powers_of_ten():
    money = Money(0.0000002, True, "", "")
    assert written(money) == "0.0000002"
    assert written(replace(money, usd=0.0)) == "0"
    assert written(replace(money, known=False)) == "unknown"
