"""Every answer has a footprint as a range with method and tier; what is unknown says so and is not zero."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from served import Served, specification

from colonnade.performance.answers import Answers
from colonnade.performance.cache import ExactCache
from colonnade.sustainability.estimators import (
    UNKNOWN,
    ManagedModel,
    NoModel,
    OwnModel,
    UnknownModel,
    Work,
    estimators,
    footprint,
    located,
)
from colonnade.sustainability.exclusive import Exclusive
from colonnade.sustainability.footprint import FootprintMeter, written
from colonnade.sustainability.model_sizes import Size
from colonnade.sustainability.own_hardware import OwnProcessor
from colonnade.sustainability.span import NOTHING, Span

OWN = OwnModel(OwnProcessor.of("Ice Lake"), vcpus=2, pue=Span(1.0, 1.0))
MODEL = {
    "modalities": {"input": ["text"], "output": ["text"]},
    "reason": "a test",
    "owner": "tests",
}


def served(found=None, *, meter=None, **options):
    known = estimators(specification()) if found is None else {"small": found}
    return Served(meter or FootprintMeter(known), **options)


async def test_a_whole_answer_carries_its_carbon_as_a_range():
    gateway = served()
    heard = await gateway.ask()
    found = gateway.reply.footprint
    assert (found.tier, found.region) == ("modelled_open", "local:DE")
    assert found.method == "ecologits 0.11, size by models.*.size"
    assert 0 < found.energy_min_wh <= found.energy_max_wh
    assert heard.headers["x-colonnade-carbon-g"] == written(found)
    low, high = map(float, heard.headers["x-colonnade-carbon-g"].split("-"))
    assert low == pytest.approx(found.carbon_min_g, rel=0.001)
    assert high == pytest.approx(found.carbon_max_g, rel=0.001)


async def test_a_stream_has_the_same_energy_and_no_header():
    whole, stream = served(), served()
    await whole.ask()
    heard = await stream.ask(stream=True)
    assert "x-colonnade-carbon-g" not in heard.headers
    assert stream.reply.footprint.energy_max_wh == pytest.approx(whole.reply.footprint.energy_max_wh, rel=0.2)


async def test_without_the_stage_there_is_no_footprint():
    gateway = Served()
    heard = await gateway.ask()
    assert gateway.reply.footprint is None
    assert "x-colonnade-carbon-g" not in heard.headers


async def test_a_model_of_unknown_size_is_unknown_and_not_zero():
    gateway = served((UnknownModel(), "europe-west9"))
    heard = await gateway.ask()
    assert heard.headers["x-colonnade-carbon-g"] == "unknown"
    assert (gateway.reply.footprint.method, gateway.reply.footprint.tier) == (UNKNOWN, "")


async def test_an_answer_without_a_model_has_none():
    gateway = served((NoModel("simulator: no model was called"), "local:DE"))
    heard = await gateway.ask()
    assert heard.headers["x-colonnade-carbon-g"] == "0-0"
    assert gateway.reply.footprint.method == "simulator: no model was called"


async def test_a_cache_hit_takes_no_energy_and_says_so():
    cache = ExactCache(Answers(lambda: 0.0), lambda: "p")
    gateway = Served(FootprintMeter(estimators(specification())), cache, route={"cache": "exact"})
    first, second = [(await gateway.ask(seed=1)).headers["x-colonnade-carbon-g"] for _ in range(2)]
    assert first != second == "0-0"
    assert (gateway.reply.footprint.method, gateway.reply.footprint.tier) == ("no model was called", "")


async def test_a_metered_answer_says_metered_and_takes_the_counters_word():
    watt_hours, seconds = iter([1.0, 1.25]), iter([10.0, 12.0])
    meter = FootprintMeter(
        {"small": (OWN, "local:DE")},
        cpu={"simulated": Exclusive(lambda: next(seconds))},
        energy=Exclusive(lambda: next(watt_hours)),
    )
    gateway = served(meter=meter)
    await gateway.ask()
    found = gateway.reply.footprint
    assert (found.energy_min_wh, found.energy_max_wh, found.tier) == (0.25, 0.25, "metered")
    assert found.carbon_min_g == pytest.approx(0.25e-3 * 380.95)


async def test_cpu_seconds_are_taken_where_there_is_no_energy_counter():
    seconds = iter([10.0, 12.0])
    meter = FootprintMeter({"small": (OWN, "local:DE")}, cpu={"simulated": Exclusive(lambda: next(seconds))})
    gateway = served(meter=meter)
    await gateway.ask()
    found = gateway.reply.footprint
    assert found.energy_min_wh == pytest.approx(2 * 3.758 / 3600, rel=0.001)
    assert (found.method, found.tier) == ("CPU seconds x watts (CCF)", "modelled_open")


async def test_without_counters_the_time_of_the_answer_bounds_its_energy():
    gateway = served((OWN, "local:DE"))
    await gateway.ask()
    found = gateway.reply.footprint
    assert 0 < found.energy_min_wh < found.energy_max_wh
    assert (found.method, found.tier) == ("time x vCPUs x watts (CCF)", "modelled_open")


class Elsewhere:
    """A stage further on that binds the call to another model, as `spread` does when the first one fails."""

    name = "elsewhere"

    async def __call__(self, call, forward):
        call.binding_name = "other"
        return await forward(call)


async def test_counters_of_one_model_say_nothing_of_another_that_answered():
    seconds = iter([10.0, 12.0])
    known = {"small": (OWN, "local:DE"), "other": (OWN, "local:DE")}
    gateway = Served(FootprintMeter(known, cpu={"simulated": Exclusive(lambda: next(seconds))}), Elsewhere())
    await gateway.ask()
    assert gateway.reply.footprint.method == "time x vCPUs x watts (CCF)"


async def test_a_refused_call_leaves_the_counters_closed():
    cpu = Exclusive(lambda: 1.0)
    gateway = served(meter=FootprintMeter({"small": (OWN, "")}, cpu={"simulated": cpu}), fault="http_500")
    assert (await gateway.ask()).status == 502
    assert cpu.open == []


@given(
    st.integers(0, 100_000), st.floats(0.0, 1000.0), st.sampled_from(["local:DE", "europe-west9", "mars", ""])
)
def test_what_is_computed_once_for_a_region_gives_what_the_formula_gives(tokens, latency_s, region):
    size = Size(Span(7.0, 400.0), Span(3.0, 90.0), "modelled_closed", "test")
    model, work = ManagedModel.of(size, Span(1.09, 1.2)), Work(tokens, latency_s)
    assert located(model, region)(work) == footprint(model(work), region)


def test_an_unknown_region_makes_a_wide_range_and_says_so():
    found = footprint(OWN(Work(0, 0.0, metered_wh=1.0)), "mars")
    assert (found.carbon_min_g, found.carbon_max_g) == (pytest.approx(0.01136), pytest.approx(0.64142))
    assert found.method == "rapl of the whole processor; region unknown"


def spec_with(upstream, **model):
    return specification(
        upstreams={"there": upstream},
        models={"small": {"upstream": "there", "model": "gpt-5", **MODEL, **model}},
    )


def test_each_kind_of_upstream_has_its_way_of_estimating():
    cloud = {"kind": "openai_compatible", "base_url": "https://api.openai.com/v1", "provider": "openai"}
    managed, region = estimators(spec_with(cloud))["small"]
    assert isinstance(managed, ManagedModel)
    assert region == ""
    assert estimators(spec_with({**cloud, "region": "westus2"}))["small"][1] == "westus2"
    assert isinstance(estimators(spec_with({**cloud, "provider": "acme"}))["small"][0], UnknownModel)
    own, here = estimators(spec_with({"kind": "embedded"}), vcpus=3)["small"]
    assert (own.vcpus, own.pue, here) == (3, Span(1.0, 1.58), "local:DE")
    simulated, _ = estimators(spec_with({"kind": "simulator"}))["small"]
    assert simulated(Work(400, 1.0)).energy_wh == NOTHING


def test_a_model_on_a_rented_machine_has_the_overhead_of_a_data_centre():
    own, _ = estimators(spec_with({"kind": "embedded", "region": "europe-west9"}))["small"]
    assert own.pue == Span(1.09, 1.2)


def test_a_managed_answer_counts_use_and_making():
    cloud = {"kind": "openai_compatible", "base_url": "https://api.openai.com/v1", "provider": "openai"}
    managed, region = estimators(spec_with({**cloud, "region": "europe-west9"}))["small"]
    found = footprint(managed(Work(400, math.inf)), region)
    assert found.carbon_min_g == pytest.approx(0.591e-3 * 15.83 + 0.031, rel=0.01)


@pytest.mark.parametrize(
    ("grams", "text"),
    [(0.0, "0"), (0.00012344, "0.0001234"), (0.04, "0.04"), (1.5, "1.5"), (123.4567, "123.5")],
)
def test_grams_are_written_with_four_digits_that_count(grams, text):
    found = footprint(OWN(Work(0, 0.0, metered_wh=grams * 1000 / 380.95)), "local:DE")
    assert written(found) == f"{text}-{text}"
