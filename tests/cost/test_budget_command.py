"""`colonnade cost budget` as a person types it."""

from __future__ import annotations

import json
import shutil

import pytest
from click.testing import CliRunner
from served import MINIMAL

from colonnade.cli.cost import command


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(MINIMAL, tmp_path / "workload")


def cost_budget(folder, *words):
    told = CliRunner().invoke(command, ["budget", "--workload", str(folder), *words])
    assert told.exit_code == 0, told.output
    return told.output


def test_the_ceiling_of_the_constraints_is_a_budget_of_the_month(folder):
    [month] = json.loads(cost_budget(folder, "--json"))
    assert (month["budget"], month["cap"], month["spent"], month["remaining"]) == ("month", 50.0, 0.0, 50.0)


def test_people_see_a_table(folder):
    path = folder / "workload.yaml"
    path.write_text(path.read_text().replace("labels:", "budgets: {per_day_usd: 2.5}\nlabels:", 1))
    day, month = cost_budget(folder).splitlines()[1:]
    assert day.split()[:2] == ["workload", "day"]
    assert day.split()[3:] == ["2.500000", "0.000000", "0.000000", "2.500000", "-"]
    assert month.split()[:2] == ["workload", "month"]


def test_budgets_of_keys_and_teams_stand_below(folder):
    path = folder / "workload.yaml"
    holders = "{holders: [{per: team, only: kitchen, per_day_usd: 1.0}, {per: key, per_month_usd: 3.0}]}"
    path.write_text(path.read_text().replace("labels:", f"budgets: {holders}\nlabels:", 1))
    month, team = json.loads(cost_budget(folder, "--json"))
    assert (month["holder"], team["holder"]) == ("", "team/kitchen")
    assert (team["budget"], team["cap"], team["remaining"]) == ("day", 1.0, 1.0)
    assert "team kitchen" in cost_budget(folder)


def test_a_workload_without_a_budget_is_told_what_to_set(folder):
    path = folder / "workload.yaml"
    path.write_text(path.read_text().replace("budget_ceiling: {per_month_usd: 50}", "budget_ceiling: none"))
    assert cost_budget(folder).startswith("no budget: set `budgets`")
