"""`colonnade carbon` shows where electricity is clean and what an answer emits, with method and tier."""

import json

import pytest
from click.testing import CliRunner
from served import MINIMAL

from colonnade.cli.carbon import command


def run(*arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_permitted_regions_are_listed_with_where_the_workload_runs():
    text = run("regions", "--workload", MINIMAL).output
    assert "local:DE (here)" in text
    assert "380.9" in text
    assert "2023" in text


def test_all_regions_are_listed_cleanest_first_and_need_no_workload(tmp_path):
    rows = json.loads(run("regions", "--all", "--json", "--workload", tmp_path).output)
    grams = [row["grid"]["grams_per_kwh"] for row in rows]
    assert grams == sorted(grams)
    assert len(grams) > 100
    assert all(row["grid"]["year"] >= 2022 for row in rows)


def test_names_of_regions_are_never_cut_off():
    assert "northamerica-northeast1" in run("regions", "--all").output


def test_an_estimate_has_a_range_a_method_and_a_tier():
    asked = ("estimate", "--provider", "openai", "--model", "gpt-4o-mini", "--region", "local:FR")
    found = json.loads(run(*asked, "--json").output)
    assert found["energy_min_wh"] == pytest.approx(0.026, rel=0.01)
    assert (found["tier"], found["region"]) == ("modelled_closed", "local:FR")
    assert "0.02602 to 0.03148 Wh" in run(*asked).output


def test_an_unknown_model_or_region_is_said_plainly():
    unknown = run("estimate", "--provider", "openai", "--model", "gpt-99")
    assert (unknown.exit_code, "no size is known" in unknown.output) == (2, True)
    nowhere = run("estimate", "--provider", "openai", "--model", "gpt-5", "--region", "mars")
    assert (nowhere.exit_code, "in no table" in nowhere.output) == (2, True)
