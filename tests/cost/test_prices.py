"""Prices have a source; the sum of the parts is the whole; what is unknown is never zero dollars known."""

from dataclasses import fields
from datetime import UTC, datetime

import genai_prices
import msgspec
import pytest
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given, settings
from hypothesis import strategies as st
from served import specification

from colonnade.cost.price_list import list_day, rates
from colonnade.cost.prices import NO_CHARGE, Price, PriceBook, Rate, Rates, tariff
from colonnade.cost.token_kinds import KINDS, counts, made, sent
from colonnade.evidence.request import RequestRecord
from colonnade.gateway.call import Usage
from colonnade.workload.sections.serving import ModelBinding, Upstream

NOW = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
tokens = st.integers(0, 10_000_000)
usages = st.builds(Usage, **dict.fromkeys(KINDS, tokens))
dollars = st.decimals(0, 1000, places=4)
tiers = st.lists(st.tuples(st.integers(1, 10**6), dollars), max_size=3).map(lambda it: tuple(sorted(it)))
rate = st.builds(Rate, dollars, tiers)
prices = st.builds(
    Price,
    st.builds(Rates, **dict.fromkeys(KINDS, rate), per_call_usd=st.decimals(0, 1, places=4)),
    st.just("generated"),
    lane=st.decimals(0, 1, places=2),
)
flat_prices = st.builds(
    Price, st.builds(Rates, **dict.fromkeys(KINDS, st.builds(Rate, dollars))), st.just("generated")
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


@settings(max_examples=40)
@given(prices, usages, st.booleans())
def test_the_sum_of_the_parts_is_the_cost(price, usage, batch):
    money = price.of(usage, batch=batch)
    assert money.usd == float(sum(price.parts(usage, batch=batch).values()))
    assert all(part >= 0 for part in price.parts(usage, batch=batch).values())
    assert money.known


@settings(max_examples=40)
@given(prices, usages, st.sampled_from(KINDS))
def test_every_token_is_paid_once_and_at_its_own_rate(price, usage, kind):
    """Tokens are disjoint: the part of one kind depends on its own count (and the tier on the input)."""
    alone = getattr(price.rates, kind).of(getattr(usage, kind), usage.input)
    assert price.parts(usage).get(kind, 0) == alone
    assert set(price.parts(usage)) == {it for it in KINDS if getattr(usage, it)} | {"call"}


@given(usages)
def test_the_kinds_are_all_tokens_there_are(usage):
    assert sum(counts(usage).values()) == usage.total == sent(usage) + made(usage)
    assert sent(usage) == usage.input
    assert set(KINDS) == set(Usage.__struct_fields__) - {"reported", "provider_usd"}
    assert set(KINDS) < {it.name for it in fields(Rates)}
    assert set(KINDS) < set(RequestRecord.__struct_fields__)


@given(usages)
def test_an_unknown_price_is_unknown_whatever_was_used(usage):
    money = Price(None, "not in the price list").of(usage)
    assert (money.usd, money.known, money.source) == (0.0, False, "not in the price list")


@given(flat_prices, usages, st.sampled_from(KINDS), st.integers(0, 1_000_000))
def test_more_tokens_of_any_kind_never_cost_less_at_flat_rates(price, usage, kind, more):
    larger = msgspec.structs.replace(usage, **{kind: getattr(usage, kind) + more})
    assert price.of(larger).usd >= price.of(usage).usd


@given(dollars, tiers, st.integers(0, 2_000_000), st.integers(0, 2_000_000))
def test_longer_calls_never_cost_less_where_tiers_rise(base, steps, one, other):
    rises = tuple((start, base + sum(usd for _, usd in steps[: n + 1])) for n, (start, _) in enumerate(steps))
    rate, (short, long) = Rate(base, rises), sorted((one, other))
    assert rate.of(short, short) <= rate.of(long, long)


@settings(max_examples=40)
@given(prices, usages)
def test_the_lane_costs_its_share(price, usage):
    assert price.of(usage, batch=True).usd == pytest.approx(price.of(usage).usd * float(price.lane))


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


OWNERS = {
    "input_per_mtok_usd": 1.0,
    "output_per_mtok_usd": 2.0,
    "source": "contract 7",
    "as_of": "2026-10-01",
}


def owned(**stated):
    return tariff(binding(price={**OWNERS, **stated}), upstream())(NOW)


def test_what_the_owner_does_not_state_costs_what_the_tokens_are():
    parts = owned(cached_input_per_mtok_usd=0.1).parts(Usage(**dict.fromkeys(KINDS, 10**6)))
    assert {name: float(usd) for name, usd in parts.items() if usd} == {
        "fresh_input": 1.0, "cache_read": 0.1, "cache_write": 1.0, "cache_write_1h": 1.0, "audio_input": 1.0,
        "image_input": 1.0, "output": 2.0, "reasoning": 2.0, "audio_output": 2.0, "image_output": 2.0,
    }  # fmt: skip


def test_the_owners_rates_for_writing_for_the_call_and_for_the_lane_are_used():
    price = owned(
        cache_write_per_mtok_usd=1.25, cache_write_1h_per_mtok_usd=2.5, per_call_usd=0.01, batch_factor=0.5
    )
    usage = Usage(cache_write=10**6, cache_write_1h=10**6)
    assert price.of(usage).usd == pytest.approx(1.25 + 2.5 + 0.01)
    assert price.of(usage, batch=True).usd == pytest.approx((1.25 + 2.5 + 0.01) / 2)


def test_an_hours_write_costs_what_one_of_five_minutes_does_where_only_that_is_stated():
    assert owned(cache_write_per_mtok_usd=1.25).of(Usage(cache_write_1h=10**6)).usd == 1.25


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


def test_rows_that_a_provider_takes_in_batches_have_its_price_for_them():
    fields = {"kind": "openai_compatible", "base_url": "https://api.openai.com/v1", "provider": "openai"}
    usual = tariff(binding(), Upstream(**fields))(NOW)
    handed = tariff(binding(), Upstream(**fields, batch="provider"))(NOW)
    usage = Usage(fresh_input=1_000_000, output=1_000_000)
    assert handed.of(usage).usd == usual.of(usage).usd == usual.of(usage, batch=True).usd
    assert handed.of(usage, batch=True).usd == pytest.approx(usual.of(usage).usd / 2)
    assert handed.of(usage, batch=True).source.endswith("; rows of batches at 0.5 of it")
    dearer = tariff(binding(), Upstream(**fields, batch="provider", batch_price=0.75))(NOW)
    assert dearer.of(usage, batch=True).usd == pytest.approx(usual.of(usage).usd * 0.75)
    picture = binding(purpose="image", modalities={"input": ["text"], "output": ["image"]})
    drawn = tariff(picture, Upstream(**fields, batch="provider"))(NOW)
    assert drawn.of(usage, batch=True).usd == drawn.of(usage).usd, "that is asked at once"


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
    usage = Usage(
        fresh_input=1000, cache_read=500, cache_write=250, cache_write_1h=150, audio_input=90, image_input=60,
        output=300, reasoning=70, audio_output=20, image_output=10,
    )  # fmt: skip
    theirs = genai_prices.Usage(
        input_tokens=2050, cache_read_tokens=500, cache_write_tokens=400, cache_write_1h_tokens=150,
        input_audio_tokens=90, input_image_tokens=60, cache_audio_read_tokens=0, cache_image_read_tokens=0,
        output_tokens=400, output_reasoning_tokens=70, output_audio_tokens=20, output_image_tokens=10,
    )  # fmt: skip
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
