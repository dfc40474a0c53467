"""The formulas give the published figures; spans stay spans."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.sustainability.datacentre import managed_use, overhead
from colonnade.sustainability.model_sizes import Size, published, stated
from colonnade.sustainability.own_hardware import OwnProcessor
from colonnade.sustainability.sci import embodied_share_g, sci
from colonnade.sustainability.span import Span
from colonnade.workload.sections.serving import ModelSize

# What EcoLogits 0.11.3 itself gives for 400 output tokens, in watt-hours.
PUBLISHED_400 = [
    ("openai", "gpt-4o-mini", 0.026, 0.032),
    ("openai", "gpt-5-mini", 0.03, 0.18),
    ("anthropic", "claude-haiku-4-5", 0.024, 0.063),
    ("anthropic", "claude-sonnet-4-5", 0.58, 0.97),
    ("openai", "gpt-5", 0.59, 0.85),
    ("mistral", "mistral-small-latest", 0.14, 0.14),
    ("mistral", "mistral-large-latest", 1.15, 1.15),
    ("google", "gemini-2.5-flash", 0.54, 0.89),
    ("google", "gemini-2.5-pro", 4.6, 11),
]


def size(total, active):
    return Size(Span(total, total), Span(active, active), "modelled_open", "test")


@pytest.mark.parametrize(("provider", "model", "low", "high"), PUBLISHED_400)
def test_400_tokens_of_managed_models_take_what_ecologits_says(provider, model, low, high):
    energy = managed_use(published(provider, model), 400, overhead(provider)).energy_wh
    assert energy.low == pytest.approx(low, rel=0.08)
    assert energy.high == pytest.approx(high, rel=0.02)


@pytest.mark.parametrize(("total", "active", "wh"), [(8, 8, 0.036), (70, 70, 0.26), (671, 37, 1.6)])
def test_400_tokens_of_open_models_take_what_was_recomputed(total, active, wh):
    energy = managed_use(size(total, active), 400, Span(1.2, 1.2)).energy_wh
    assert energy.low == energy.high == pytest.approx(wh, rel=0.015)


def test_the_formula_by_hand_for_one_gpu():
    """8 bn parameters in 16 bit need 19.2 GB: one GPU of a server of eight, shared by 64 requests."""
    per_token_s = 0.0006785088094353663 * 8 + 0.0003119310311688259 * 64 + 0.019473717579473387
    server_wh = 100 * per_token_s / 3600 * 1200 / 8 / 64
    gpu_wh = 100 * (1.1665273170451914e-06 * math.exp(-0.011205921025579175 * 64) * 8 + 4.052928146734005e-05)
    use = managed_use(size(8, 8), 100, Span(1.5, 1.5))
    assert use.energy_wh.low == pytest.approx(1.5 * (server_wh + gpu_wh))
    lifetime_s = 3 * 365 * 24 * 3600
    assert use.embodied_g.low == pytest.approx(100 * per_token_s / 64 / lifetime_s * (5.7e6 / 8 + 273_000))


def test_a_call_that_was_faster_than_the_model_of_it_takes_its_own_time():
    slow, fast = (
        managed_use(size(8, 8), 400, Span(1, 1), latency_s=s).energy_wh.low for s in (math.inf, 0.5)
    )
    assert fast < slow


def test_a_guessed_size_is_marked_as_a_guess():
    assert published("openai", "gpt-5").tier == "modelled_closed"
    assert published("mistral", "mistral-large-latest").tier == "modelled_open"
    assert published("openai", "gpt-99") is None
    assert published("acme", "gpt-5") is None


def test_the_owners_size_counts_as_published_only_where_it_is_one_number():
    exact = ModelSize(total_min_b=0.5, total_max_b=0.5, active_min_b=0.5, active_max_b=0.5)
    assert stated(exact).tier == "modelled_open"
    assert stated(exact.model_copy(update={"total_max_b": 2.0})).tier == "modelled_closed"


def test_an_alias_has_the_size_of_what_it_stands_for():
    assert published("anthropic", "claude-haiku-4-5") == published("anthropic", "claude-haiku-4-5-20251001")


def test_the_overhead_of_an_unknown_provider_spans_the_known_ones():
    assert overhead("openai") == Span(1.2, 1.2)
    assert overhead("acme") == Span(1.09, 1.2)


@given(st.integers(0, 100_000), st.floats(0.1, 2000), st.floats(1.0, 10.0))
def test_energy_is_a_span_that_grows_with_tokens(tokens, total, factor):
    wide = Size(Span(total, total * factor), Span(total, total * factor), "modelled_closed", "test")
    less, more = (managed_use(wide, n, Span(1.1, 1.2)) for n in (tokens, tokens + 1))
    assert 0 <= less.energy_wh.low <= less.energy_wh.high
    assert less.energy_wh.low < more.energy_wh.low


def test_a_span_that_runs_backwards_or_below_zero_is_refused():
    for low, high in ((2.0, 1.0), (-1.0, 1.0), (math.nan, 1.0)):
        with pytest.raises(ValueError, match="low to a high"):
            Span(low, high)


def test_own_processors_span_the_table_and_a_named_one_is_exact():
    any_processor, ice_lake = OwnProcessor.of(), OwnProcessor.of("Ice Lake")
    assert ice_lake.busy_w.low == ice_lake.busy_w.high == pytest.approx(3.758, abs=0.001)
    assert any_processor.busy_w.low < 3.758 < any_processor.busy_w.high < 8.7  # without the outlier of 8.96
    assert ice_lake.measured(3600.0).low == pytest.approx(3.758, abs=0.001)
    bounded = ice_lake.bounded(latency_s=1800.0, vcpus=2)
    assert (bounded.low, bounded.high) == (pytest.approx(0.767, abs=0.001), pytest.approx(3.758, abs=0.001))


def test_software_carbon_intensity_is_energy_times_intensity_plus_making_by_units():
    assert sci(energy_kwh=2.0, grams_per_kwh=300.0, embodied_g=100.0, units=7.0) == 100.0
    with pytest.raises(ValueError, match="functional unit"):
        sci(1.0, 1.0, 0.0, 0.0)


def test_the_share_of_making_is_time_and_resources_reserved():
    year = 365 * 24 * 3600.0
    assert embodied_share_g(1_000_000.0, year, 4 * year, 2, 8) == 62_500.0


def test_the_example_of_the_sci_draft_for_ai_is_130_grams_for_a_million_tokens():
    """6,500 kg over 50 bn tokens; the draft of November 2025 prints 0.13 g."""
    assert sci(0.0, 0.0, embodied_g=6_500_000.0, units=50_000.0) == 130.0
