"""The commands for keys and the ledger, as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from colonnade.store import open_store


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "workload.yaml").write_text("colonnade: 1\n")
    return tmp_path


def colonnade(folder, *words, **environment):
    return subprocess.run(
        [sys.executable, "-c", "from colonnade.cli import main; main()", *words, "--workload", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_the_life_of_a_key(folder):
    made = colonnade(folder, "key", "create", "--role", "operator", "--label", "team=support", "--json")
    facts = json.loads(made.stdout)
    assert facts["key"].startswith(f"ck-{facts['id']}-")
    assert facts["labels"] == {"team": "support"}
    listed = colonnade(folder, "key", "list").stdout
    assert "operator" in listed
    assert "never used" in listed
    assert facts["key"] not in listed
    assert colonnade(folder, "key", "revoke", facts["id"]).returncode == 0
    [listed] = json.loads(colonnade(folder, "key", "list", "--json").stdout)
    assert listed["state"] == "revoked"
    verified = colonnade(folder, "ledger", "verify")
    assert verified.returncode == 0, verified.stderr
    assert verified.stdout.splitlines()[-1] == "intact"


def test_mistakes_are_one_line(folder, tmp_path):
    assert colonnade(folder, "key", "create", "--label", "team").returncode == 2
    unknown = colonnade(folder, "key", "revoke", "nobody")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)
    nowhere = colonnade(tmp_path / "nowhere", "key", "list")
    assert nowhere.returncode == 1
    assert "there is no workload.yaml" in nowhere.stderr
    unused = colonnade(folder, "ledger", "verify", "--nonsense")
    assert unused.returncode == 2


def test_verify_exits_1_and_names_the_break(folder):
    assert colonnade(folder, "key", "create").returncode == 0
    store = open_store(folder / ".colonnade")
    with store.connection() as connection:
        connection.execute("UPDATE change SET body = body || x'20'")
    store.close()
    verified = colonnade(folder, "ledger", "verify")
    assert verified.returncode == 1
    assert verified.stdout.startswith("altered: entry 1, sha256:")
    said = json.loads(colonnade(folder, "ledger", "verify", "--json").stdout)
    assert (said["intact"], said["broken"], said["breaks"][0]["what"]) == (False, 1, "altered")


def test_custody_moves_to_a_variable(folder):
    assert colonnade(folder, "key", "create").returncode == 0
    secret = {"STORE_KEY": "ab" * 32}
    moved = colonnade(folder, "key", "custody", "rotate", "--to", "env:STORE_KEY", **secret)
    assert moved.returncode == 0, moved.stderr
    assert "set COLONNADE_KEY=env:STORE_KEY" in moved.stderr
    closed = colonnade(folder, "key", "list")
    assert closed.returncode == 1
    assert "does not fit" in closed.stderr
    assert "Traceback" not in closed.stderr
    assert colonnade(folder, "key", "list", COLONNADE_KEY="env:STORE_KEY", **secret).returncode == 0
