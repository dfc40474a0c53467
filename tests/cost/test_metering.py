"""Every answer knows its cost; unpriced models are refused before they are called."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from served import Served, specification

from colonnade.cost.metering import Meter, written
from colonnade.cost.prices import Fixed, Price, PriceBook
from colonnade.gateway.account import Account
from colonnade.gateway.call import Call, Money, Reply, Try
from colonnade.gateway.understanding import understand_whole
from colonnade.workload.sections.serving import Target

SPEC = specification()
METER = Meter(PriceBook.of(SPEC))
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
    assert served.call.decisions[-1].what == "refused: the model small has no known price"


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


class Charges:
    """A stage next to the upstream, as an upstream that names its own cost would be."""

    name = "charges"

    def __init__(self, usd):
        self.usd = usd

    async def __call__(self, call, forward):
        reply = await forward(call)

        async def charge(closing):
            closing.usage.provider_usd = self.usd

        reply.on_close(charge)
        return reply


@pytest.mark.parametrize("stream", [False, True])
async def test_the_upstreams_own_cost_wins_and_ours_is_recorded_beside_it(stream):
    served = Served(Meter(PriceBook.of(specification())), Charges(0.25))
    await served.ask(stream=stream)
    money = served.reply.money
    assert (money.usd, money.known, money.source) == (0.25, True, "simulated: its own cost")
    plain = metered()
    await plain.ask(stream=stream)
    assert money.estimated_usd == plain.reply.money.usd


async def test_an_upstream_may_charge_for_what_we_have_no_price_for():
    served = Served(Meter(UNPRICED), Charges(0.25), route={"unpriced": "allow"})
    await served.ask()
    assert (served.reply.money.usd, served.reply.money.known, served.reply.money.estimated_usd) == (
        0.25,
        True,
        None,
    )


@pytest.mark.parametrize("fault", [None, "length"])
async def test_a_stream_costs_what_the_same_whole_answer_costs(fault):
    whole, streamed = metered(fault=fault), metered(fault=fault)
    await whole.ask()
    await streamed.ask(stream=True)
    assert streamed.reply.money == whole.reply.money
    assert streamed.reply.usage == whole.reply.usage


counts = st.integers(0, 100_000)


@given(st.text(max_size=60), st.lists(counts, min_size=6, max_size=6), st.booleans(), st.integers(1, 5))
def test_the_same_answer_costs_the_same_whole_and_in_pieces(text, numbers, reported, pieces):
    """Whatever the upstream reports, or does not, or gets wrong, streamed and buffered answers are metered alike."""
    usage = told_usage(numbers) if reported else None
    whole, streamed = one_reply(whole_answer(text, usage)), streamed_reply(text, usage, pieces)
    assert streamed.usage == whole.usage
    assert METER.money(a_call(), streamed) == METER.money(a_call(), whole)


def told_usage(numbers):
    """As OpenAI writes it, now and then with a total that contradicts it."""
    fresh, cached, written, output, reasoning, off = numbers
    total = fresh + cached + written + output + reasoning + (off % 3 == 0)
    return {
        "prompt_tokens": fresh + cached + written, "completion_tokens": output + reasoning, "total_tokens": total,
        "prompt_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }  # fmt: skip


def whole_answer(text, usage):
    message = {"role": "assistant", "content": text}
    body = {"model": "m", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    return msgspec.json.encode({**body, **({"usage": usage} if usage else {})})


def one_reply(body):
    reply = Reply(body=body)
    understand_whole(a_call(), reply)
    return reply


def streamed_reply(text, usage, pieces):
    reply, account, size = Reply(), Account(), -(-len(text) // pieces) or 1
    parts = [text[start : start + size] for start in range(0, len(text), size)]
    events = [{"choices": [{"index": 0, "delta": {"content": part}}]} for part in parts]
    events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    events += [{"choices": [], "usage": usage}] if usage else []
    for event in events:
        account.add(b"data: " + msgspec.json.encode({"model": "m", **event}) + b"\n\n")
    account.settle(a_call(), reply)
    return reply


def a_call():
    return Call(
        id="c", endpoint="chat", received_at=0.0, started=0.0, authorization=None, headers={}, body=b"",
        request={"messages": [{"role": "user", "content": "Where?"}]}, route=SPEC.routes["answer"], binding_name="small",
        binding=SPEC.models["small"], attempts=1, tried=[Try("small", "simulated", "", 1.0)],
    )  # fmt: skip


async def test_an_unpriced_model_is_counted_at_the_cap_and_stays_unknown():
    served = metered(UNPRICED, route={"unpriced": "cap", "unpriced_usd": 0.02})
    heard = await served.ask()
    assert heard.headers["x-colonnade-cost-usd"] == "unknown"
    assert served.reply.money == Money(0.02, False, "not in the price list; counted as 0.02 USD", "")


async def test_a_target_without_a_price_is_denied_like_the_routes_own_model():
    priced = PriceBook.of(specification()).tariffs["small"]
    book = PriceBook({"small": priced, "spare": Fixed(Price(None, "not in the price list"))})
    served = metered(book)
    targets = [Target(model="spare", tier=1)]
    for name, route in list(served.spec.routes.items()):
        served.spec.routes[name] = route.model_copy(update={"targets": targets})
    heard = await served.ask()
    assert heard.json["error"]["code"] == "model_unpriced"
    assert "models.spare.price" in heard.json["error"]["message"]
    assert served.asked == 0
