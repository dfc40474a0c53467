"""`colonnade batch` hands work in beside running gateways, shows how far it is, and gives the answers out."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

sys.path.insert(0, str(Path(__file__).parents[1] / "gateway"))

from batch_world import World, begin, row

from colonnade.cli import batch
from colonnade.cli.batch import command
from colonnade.errors import ColonnadeError
from colonnade.evidence.ledger import Ledger
from colonnade.gateway.call import Identity
from colonnade.security.keys import ApiKeys
from colonnade.store import open_store

MINIMAL = Path(__file__).parents[1] / "fixtures" / "workloads" / "minimal"


class Desk:
    """A workload folder with one key, at which commands are given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(MINIMAL, folder)
        store = open_store(folder / ".colonnade")
        made = ApiKeys(Ledger(store)).create("caller", {"team": "desk"}, actor="test", now=time.time())
        self.key = Identity(made.key.id, made.key.role, made.key.labels)
        store.close()
        self.input = folder / "rows.jsonl"
        self.write([row(n) for n in range(12)])

    def write(self, lines: list[Any]) -> None:
        self.input.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")

    def told(self, *arguments: str) -> Result:
        return CliRunner().invoke(command, [*arguments, "--workload", str(self.folder)])

    def json(self, *arguments: str) -> Any:
        told = self.told(*arguments, "--json")
        assert told.exit_code == 0, told.output
        return json.loads(told.stdout)

    def submit(self, *more: str) -> Any:
        return self.json("submit", str(self.input), "--key", self.key.key_id, *more)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "workload")


@pytest.fixture
def gateway(desk: Desk) -> Iterator[World]:
    world = begin(desk.folder / ".colonnade")
    world.known[desk.key.key_id] = desk.key
    yield world
    world.stop()


def test_a_file_is_handed_in_awaited_and_its_answers_are_given_out(desk: Desk, gateway: World):
    told = desk.submit("--wait", "--window", "8h")
    assert (told["status"], told["request_counts"]["completed"]) == ("completed", 12)
    assert told["completion_window"] == "8h"
    assert told["key_id"] == desk.key.key_id
    answers = [json.loads(line) for line in desk.told("results", told["id"]).stdout.splitlines()]
    assert [each["custom_id"] for each in answers] == [f"row-{n}" for n in range(12)]
    assert desk.told("results", told["id"], "--errors").stdout == ""
    assert [each["id"] for each in desk.json("list")] == [told["id"]]
    assert "12 of 12" in desk.told("list").stdout
    shown = desk.told("show", told["id"]).stdout
    assert "completed" in shown
    assert told["output_file_id"] in shown


def test_faults_of_the_input_are_shown_with_their_lines(desk: Desk, gateway: World):
    desk.write([row(1), {**row(2), "custom_id": "row-1"}])
    told = desk.told("submit", str(desk.input), "--key", desk.key.key_id, "--wait")
    assert isinstance(told.exception, ColonnadeError)
    assert "line 2: Another line has the same custom_id. (duplicate_custom_id)" in told.stdout


def test_what_is_handed_in_is_there_for_the_next_gateway(desk: Desk):
    told = desk.submit()
    assert told["status"] == "validating"
    world = begin(desk.folder / ".colonnade")
    world.known[desk.key.key_id] = desk.key
    try:
        deadline = time.monotonic() + 10
        while desk.json("show", told["id"])["status"] != "completed":
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        world.stop()


def test_a_batch_is_cancelled(desk: Desk):
    told = desk.submit()
    assert desk.json("cancel", told["id"])["status"] == "cancelled"
    again = desk.told("cancel", told["id"])
    assert isinstance(again.exception, ColonnadeError)


def test_results_of_a_batch_under_way_are_not_there_yet(desk: Desk):
    told = desk.told("results", desk.submit()["id"])
    assert "written when it is over" in str(told.exception)


def test_who_waits_without_a_gateway_is_told(desk: Desk, monkeypatch):
    monkeypatch.setattr(batch, "_PATIENCE_S", 0.0)
    naps = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) > 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(batch.time, "sleep", nap)
    told = desk.told("submit", str(desk.input), "--key", desk.key.key_id, "--wait")
    assert told.stderr.count("colonnade up") == 1


@pytest.mark.parametrize("arguments", [["show", "batch_0"], ["cancel", "batch_0"], ["results", "batch_0"]])
def test_a_batch_that_is_not_there_is_told(desk: Desk, arguments: list[str]):
    assert str(desk.told(*arguments).exception) == "There is no such batch."


def test_the_key_that_pays_must_be_valid(desk: Desk):
    assert "--key ID" in str(desk.told("submit", str(desk.input)).exception)
    assert "unknown" in str(desk.told("submit", str(desk.input), "--key", "nobody").exception)


def test_a_window_and_an_endpoint_that_there_are_not_are_refused(desk: Desk):
    assert desk.told("submit", str(desk.input), "--window", "2h").exit_code == 2
    told = desk.told("submit", str(desk.input), "--key", desk.key.key_id, "--endpoint", "/v1/audio/speech")
    assert "endpoint" in str(told.exception)


def test_without_batches_the_list_says_how_to_begin(desk: Desk):
    assert "colonnade batch submit" in desk.told("list").stdout


def test_where_no_content_is_stored_nothing_is_handed_in(desk: Desk):
    file = desk.folder / "workload.yaml"
    text = file.read_text(encoding="utf-8")
    assert "\nprivacy:" not in text
    file.write_text(text + "\nprivacy: {store_content: digest}\n", encoding="utf-8")
    told = desk.told("submit", str(desk.input), "--key", desk.key.key_id)
    assert isinstance(told.exception, ColonnadeError)
    assert "store_content: digest" in str(told.exception)
    assert desk.json("list") == []
