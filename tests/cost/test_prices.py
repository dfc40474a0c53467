"""Prices have a source; the sum of the parts is the whole; what is unknown is never zero dollars known."""

from datetime import UTC, datetime
from decimal import Decimal

import genai_prices
import pytest
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given, settings
from hypothesis import strategies as st
from served import specification

from colonnade.cost.price_list import list_day, rates
from colonnade.cost.prices import NO_CHARGE, Price, PriceBook, Rate, Rates, tariff
from colonnade.gateway.call import Usage
from colonnade.workload.sections.serving import ModelBinding, Upstream

NOW = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
tokens = st.integers(0, 10_000_000)
usages = st.builds(
    Usage, fresh_input=tokens, cache_read=tokens, cache_write=tokens, output=tokens, reasoning=tokens
)
dollars = st.decimals(0, 1000, places=4)
rate = st.builds(
    Rate,
    dollars,
    st.lists(st.tuples(st.integers(1, 10**6), dollars), max_size=3).map(lambda it: tuple(sorted(it))),
)
prices = st.builds(
    Price, st.builds(Rates, rate, rate, rate, rate, rate, st.decimals(0, 1, places=4)), st.just("generated")
)


def binding(model="gpt-4o-mini", **changes):
    fields = {
        "upstream": "cloud",
        "model": model,
        "modalities": {"input": ["text"], "output": ["text"]},
        "reason": "a test",
        "owner": "tests",
    }
    return ModelBinding.model_validate({**fields, **changes})


def upstream(provider="openai", kind="openai_compatible", base_url="https://api.openai.com/v1"):
    return Upstream(kind=kind, provider=provider, base_url=base_url)


@given(prices, usages)
def test_the_sum_of_the_parts_is_the_cost(price, usage):
    money = price.of(usage)
    assert money.usd == float(sum(price.parts(usage).values()))
    assert all(part >= 0 for part in price.parts(usage).values())
    assert money.known


@given(prices, usages, st.sampled_from(["fresh_input", "cache_read", "cache_write", "output", "reasoning"]))
def test_every_token_is_paid_once_and_at_its_own_rate(price, usage, kind):
    """Tokens are disjoint: the part of one kind depends on its own count (and the tier on the input)."""
    alone = getattr(price.rates, kind).of(getattr(usage, kind), usage.input)
    assert price.parts(usage)[kind] == alone


@given(usages)
def test_an_unknown_price_is_unknown_whatever_was_used(usage):
    money = Price(None, "not in the price list").of(usage)
    assert (money.usd, money.known, money.source) == (0.0, False, "not in the price list")


@given(usages, st.integers(0, 1_000_000))
def test_more_tokens_never_cost_less_at_flat_rates(usage, more):
    flat = Price(Rates(*(Rate(Decimal("0.3")),) * 5), "flat")
    before = flat.of(usage).usd
    usage.output += more
    assert flat.of(usage).usd >= before


def test_the_owners_price_wins_over_the_list_and_over_own_hardware():
    owners = {
        "input_per_mtok_usd": 1.0,
        "output_per_mtok_usd": 2.0,
        "source": "contract 7",
        "as_of": "2026-10-01",
    }
    for kind in ("openai_compatible", "embedded"):
        price = tariff(binding(price=owners), upstream(kind=kind))(NOW)
        assert (price.source, price.as_of) == ("owner: contract 7", "2026-10-01")
        assert price.of(Usage(fresh_input=10**6, output=10**6)).usd == 3.0


def test_cached_input_has_the_owners_rate_for_it_and_reasoning_that_of_output():
    owners = {
        "input_per_mtok_usd": 1.0, "output_per_mtok_usd": 2.0, "cached_input_per_mtok_usd": 0.1,
        "source": "contract 7", "as_of": "2026-10-01",
    }  # fmt: skip
    price = tariff(binding(price=owners), upstream())(NOW)
    parts = price.parts(Usage(cache_read=10**6, cache_write=10**6, reasoning=10**6))
    assert {name: float(usd) for name, usd in parts.items() if usd} == {
        "cache_read": 0.1,
        "cache_write": 1.0,
        "reasoning": 2.0,
    }


@pytest.mark.parametrize(
    ("kind", "source"), [("embedded", "own hardware: not priced per token"), ("simulator", "simulator")]
)
def test_own_hardware_and_the_simulator_cost_nothing_per_token(kind, source):
    price = tariff(binding(), Upstream(kind=kind))(NOW)
    assert (price.rates, price.source, price.known) == (NO_CHARGE, source, True)


def test_a_listed_model_has_its_list_price_with_source_and_day():
    price = tariff(binding(), upstream())(NOW)
    assert price.of(Usage(fresh_input=10**6)).usd == 0.15
    assert price.of(Usage(cache_read=10**6)).usd == 0.075
    assert price.of(Usage(output=10**6)).usd == 0.6
    assert price.source == f"genai-prices {genai_prices.__version__}: openai/gpt-4o-mini"
    assert price.as_of == list_day() >= "2026-10-14"


def test_the_provider_is_found_by_address_where_it_is_not_named():
    assert tariff(binding(), upstream(provider=None))(NOW).known


def test_dated_history_is_read_for_the_day_of_the_call():
    o3 = tariff(binding("o3"), upstream())
    before, after = (datetime(2025, month, 1, tzinfo=UTC).timestamp() for month in (5, 7))
    assert o3(before).of(Usage(fresh_input=10**6)).usd == 10.0
    assert o3(after).of(Usage(fresh_input=10**6)).usd == 2.0


@pytest.mark.parametrize(
    ("model", "where"),
    [
        ("no-such-model-9000", upstream()),
        ("gpt-4o-mini", upstream(provider="no-such-provider")),
        ("gpt-4o-mini", upstream(provider=None, base_url="https://models.example.org/v1")),
    ],
)
def test_a_model_that_is_in_no_list_or_elsewhere_is_unknown(model, where):
    price = tariff(binding(model), where)(NOW)
    assert (price.known, price.source) == (False, "not in the price list")


def test_tiers_charge_all_tokens_of_a_call_that_crosses_them():
    sonnet = tariff(binding("claude-sonnet-4-5"), upstream("anthropic"))(NOW)
    assert sonnet.of(Usage(fresh_input=200_000)).usd == pytest.approx(0.6)
    assert sonnet.of(Usage(fresh_input=200_001)).usd == pytest.approx(200_001 * 6 / 1e6)


def test_an_embedding_model_needs_no_price_for_output():
    found = tariff(binding("text-embedding-3-small", purpose="embedding"), upstream())(NOW)
    assert found.of(Usage(fresh_input=10**6)).usd == 0.02


def test_a_binding_that_does_not_exist_has_no_price():
    assert not PriceBook.of(specification()).price("nobody", NOW).known


def test_every_listed_model_costs_what_the_price_list_itself_computes():
    """Our disjoint counts against the library's overlapping ones, for every model that is priced by tokens."""
    at, compared = datetime.fromtimestamp(NOW, UTC), 0
    usage = Usage(fresh_input=1000, cache_read=500, cache_write=250, output=300, reasoning=70)
    theirs = genai_prices.Usage(
        input_tokens=1750,
        cache_read_tokens=500,
        cache_write_tokens=250,
        output_tokens=370,
        output_reasoning_tokens=70,
    )
    for provider in get_snapshot().providers:
        for model in provider.models:
            listed = model.get_prices(at)
            found = rates(listed, "text")
            if found is None or listed.requests_kcount:
                continue
            expected = model.calc_price(theirs, provider, genai_request_timestamp=at).total_price
            assert sum(Price(found, "").parts(usage).values()) == expected, model.id
            compared += 1
    assert compared > 500


@settings(max_examples=25)
@given(usages)
def test_listed_prices_are_never_negative(usage):
    assert tariff(binding("claude-sonnet-4-5"), upstream("anthropic"))(NOW).of(usage).usd >= 0
