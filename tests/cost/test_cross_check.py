"""Where two sources give a model different prices, that is flagged wherever the price is shown; the first one is used."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given
from hypothesis import strategies as st

from colonnade.cli.pricing import disputes, price_as_json, price_table
from colonnade.cost.cross_check import LONGEST, TOLERANCE, CrossCheck, differences
from colonnade.cost.price_list import stated
from colonnade.cost.prices import Price, tariff
from colonnade.cost.rates import Rate, Rates
from colonnade.cost.second_list import SecondList
from colonnade.gateway.call import Usage
from colonnade.workload.sections.serving import ModelBinding, Upstream

NOW = datetime(2026, 11, 1, tzinfo=UTC)
dollars = st.decimals("0.0001", 1000, places=4)


def rate(usd: object, *tiers: tuple[int, object]) -> Rate:
    return Rate(Decimal(str(usd)), tuple((start, Decimal(str(tier))) for start, tier in tiers))


def listed(model: str, provider: str = "openai") -> Price:
    binding = ModelBinding.model_validate(
        {
            "upstream": "cloud", "model": model, "modalities": {"input": ["text"], "output": ["text"]},
            "reason": "a test", "owner": "tests",
        }
    )  # fmt: skip
    upstream = Upstream(kind="openai_compatible", provider=provider, base_url="https://models.example.org/v1")
    return tariff(binding, upstream)(NOW.timestamp())


@given(dollars, dollars)
def test_prices_that_differ_by_more_than_a_hundredth_are_disputed(ours, theirs):
    found = differences({"output": Rate(ours)}, {"output": Rate(theirs)})
    assert bool(found) == (abs(ours - theirs) > TOLERANCE * max(ours, theirs))
    assert [it.kind for it in found] in ([], ["output"])


def test_a_hundredth_is_rounding_and_more_is_not():
    assert not differences({"output": rate(1)}, {"output": rate("1.01")})
    [found] = differences({"output": rate(1)}, {"output": rate("1.02")})
    assert (found.used, found.other, found.share) == (Decimal(1), Decimal("1.02"), pytest.approx(0.02))


def test_only_what_both_state_is_compared():
    assert not differences({"fresh_input": rate(1)}, {"output": rate(9)})
    assert not differences({"cache_read": rate(1)}, {})


def test_tiers_are_compared_where_they_apply_and_not_where_they_begin():
    one, other = rate(1, (200_000, 2)), rate(1, (200_001, 2))
    assert not differences({"fresh_input": one}, {"fresh_input": other})
    [found] = differences({"fresh_input": one}, {"fresh_input": rate(1)})
    assert (found.input_tokens, found.used, found.other) == (LONGEST, Decimal(2), Decimal(1))


def test_free_for_one_and_not_for_the_other_is_a_dispute():
    [found] = differences({"output": rate(0)}, {"output": rate(1)})
    assert found.share == float("inf")


def test_a_model_on_which_both_lists_agree_is_not_disputed():
    price = listed("gpt-4o-mini")
    assert price.check is not None
    assert price.check.source.startswith("model-prices ")
    assert price.check.as_of >= "2026-10-01"
    assert not price.disputed
    assert "disputed" not in price.of(Usage(output=1)).source


def test_a_disputed_price_is_used_and_says_so_in_every_record():
    model = _any_disputed()
    price = listed(*model)
    assert price.disputed
    assert price.check is not None
    used = price.of(Usage(fresh_input=10**6, output=10**6))
    assert used.known
    assert used.source == f"{price.source}; disputed by {price.check.source}"
    assert used.source.startswith("genai-prices ")


def test_the_command_shows_what_is_disputed():
    check = CrossCheck(
        "another list 1.0", "2026-10-01", differences({"output": rate(1)}, {"output": rate(3)})
    )
    price = Price(
        Rates.stated({"fresh_input": rate(1), "output": rate(1)}), "a list", "2026-10-02", check=check
    )
    table = price_table({"small": price})
    shown = " ".join(str(cell) for column in table.columns for cell in column.cells)
    assert "disputed" in shown
    [told] = disputes({"small": price})
    assert told == "small is disputed by another list 1.0 of 2026-10-01: output 3 and not 1"
    written = price_as_json(price)
    assert written["disputed"] is True
    [difference] = written["cross_check"]["differences"]
    assert (difference["kind"], difference["share"]) == ("output", pytest.approx(2.0))


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("groq", "llama-3.3-70b-versatile"),  # a reseller: the second list prices it at other hosts
        ("openai", "gpt-4o-mini-search-preview"),  # another model than `gpt-4o-mini`
        ("openai", "no-such-model-9000"),
        ("anthropic", "gpt-4o-mini"),  # of another provider
    ],
)
def test_the_second_list_is_silent_about_what_it_does_not_list_itself(provider, model):
    assert SecondList(provider, model).rates(NOW) is None


def test_a_dated_snapshot_is_the_model_of_its_name():
    assert SecondList("openai", "gpt-4o-mini-2024-07-18").rates(NOW) == SecondList(
        "openai", "gpt-4o-mini"
    ).rates(NOW)


def test_an_hours_write_is_compared_where_both_state_it():
    found = SecondList("anthropic", "claude-opus-4-5").rates(NOW)
    assert found is not None
    assert found["cache_write_1h"].per_mtok_usd == Decimal(10)


def test_no_list_asks_the_network(monkeypatch):
    def refused(*_: object) -> None:
        raise AssertionError("a price was asked of the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    assert listed("gpt-4o-mini").known


def test_a_price_is_looked_up_once_a_minute():
    binding_price = listed("gpt-4o-mini")
    tariff_ = tariff(
        ModelBinding.model_validate(
            {
                "upstream": "cloud", "model": "gpt-4o-mini", "modalities": {"input": ["text"], "output": ["text"]},
                "reason": "a test", "owner": "tests",
            }
        ),
        Upstream(kind="openai_compatible", provider="openai", base_url="https://models.example.org/v1"),
    )  # fmt: skip
    at = time.time() // 60 * 60
    assert tariff_(at) is tariff_(at + 59)
    assert tariff_(at + 60) is not tariff_(at)
    assert tariff_(at).rates == binding_price.rates


def _any_disputed() -> tuple[str, str]:
    """The lists disagree about some model or other: which one changes with their releases."""
    for provider in get_snapshot().providers:
        for model in provider.models:
            other = SecondList(provider.id, model.id).rates(NOW)
            if other and differences(stated(model.get_prices(NOW)), other):
                return model.id, provider.id
    raise AssertionError("both lists agree about every model")
