"""`colonnade backup`: what was made is listed, read again and restored; what was altered is named."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from vaulted import Kept

from colonnade.errors import KeyUnusable, SetupError
from colonnade.evidence.ledger import Ledger
from colonnade.store import open_store
from colonnade.workload.folder import state_of


def made(kept: Kept) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(kept.run("create", "--json").output)
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """Every file that a restore must bring back byte by byte."""
    found = (path for path in folder.rglob("*") if path.is_file() and ".colonnade" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def changes(folder: Path) -> list[str]:
    store = open_store(state_of(folder))
    try:
        return [change.name for change in Ledger(store).changes()]
    finally:
        store.close()


def test_a_lost_workload_comes_back_from_its_vault_alone(kept: Kept, tmp_path: Path) -> None:
    before, told = contents(kept.folder), made(kept)
    known = changes(kept.folder)
    empty = tmp_path / "elsewhere" / "again"
    shutil.rmtree(kept.folder / ".colonnade")
    done = kept.run("restore", "--to", str(empty), "--json")
    found = json.loads(done.output)
    assert (found["id"], found["intact"], done.exit_code) == (told[0]["id"], True, 0)
    assert contents(empty) == before
    assert changes(empty) == known[:-1], "all but the note of the backup itself, which was written after it"
    assert found["rows"]["api_key"] == 1


def test_only_what_changed_is_written_again(kept: Kept) -> None:
    first = made(kept)[0]
    kept.write(1)
    second = made(kept)[0]
    assert first["written"] > 0
    assert second["bytes"] >= first["bytes"]
    assert len(json.loads(kept.run("list", "--json").output)) == 2
    assert {path.read_bytes().find(b"colonnade: 1") for path in kept.pieces()} == {-1}, (
        "nothing lies in clear"
    )


def test_a_second_store_is_a_folder(kept: Kept) -> None:
    (kept.root / "letters").mkdir()
    (kept.root / "letters" / "one.txt").write_text("dear", "utf-8")
    kept.declare(
        "}\ndata: {stores: {colonnade: {kind: colonnade}, letters: {kind: folder, path: ../letters}}"
    )
    names = {each["store"]: each["id"] for each in made(kept)}
    to = kept.root / "back"
    assert kept.run("restore", names["letters"], "--to", str(to)).exit_code == 0
    assert (to / "one.txt").read_text("utf-8") == "dear"
    shutil.rmtree(kept.root / "letters")
    with pytest.raises(SetupError, match="is not there"):
        kept.run("create")


@pytest.mark.parametrize("how", ["altered", "missing", "exchanged"])
def test_a_piece_that_is_not_what_it_was_is_named(kept: Kept, how: str, tmp_path: Path) -> None:
    made(kept)
    one, two = kept.pieces()[:2]
    one.chmod(0o600)
    if how == "altered":
        data = bytearray(one.read_bytes())
        data[len(data) // 2] ^= 1
        one.write_bytes(bytes(data))
    elif how == "missing":
        one.unlink()
    else:
        one.write_bytes(two.read_bytes())
    with pytest.raises(SetupError, match=one.name[:16]):
        kept.run("verify")
    with pytest.raises(SetupError, match=one.name[:16]):
        kept.run("restore", "--to", str(tmp_path / "to"))
    assert not list(tmp_path.glob("*to*")), "no half folder stays behind"


def test_another_key_opens_nothing(kept: Kept) -> None:
    made(kept)
    key = kept.root / "elsewhere" / "backup.key"
    assert key.stat().st_mode & 0o077 == 0
    key.write_text("A" * 43 + "=\n", "ascii")
    with pytest.raises(KeyUnusable, match="did not close the vault"):
        kept.run("list")


def test_a_restore_writes_over_nothing(kept: Kept) -> None:
    made(kept)
    with pytest.raises(SetupError, match="not empty"):
        kept.run("restore", "--to", str(kept.folder))


@pytest.mark.parametrize("name", ["../../etc/passwd", "nowhere", "20200101-000000-abcdef"])
def test_a_name_that_is_none(kept: Kept, name: str) -> None:
    with pytest.raises(SetupError):
        kept.run("verify", name)


def test_without_a_place_nothing_is_made(kept: Kept) -> None:
    text = (kept.folder / "workload.yaml").read_text("utf-8")
    (kept.folder / "workload.yaml").write_text(text.split("\nrecovery:")[0], "utf-8")
    with pytest.raises(SetupError, match=r"recovery\.backup\.to"):
        kept.run("create")


def test_a_vault_inside_of_the_state_is_refused(kept: Kept) -> None:
    text = (kept.folder / "workload.yaml").read_text("utf-8")
    (kept.folder / "workload.yaml").write_text(text.replace("../vault", ".colonnade/vault"), "utf-8")
    with pytest.raises(SetupError, match="inside the state"):
        kept.run("create")


def test_old_ones_go_and_take_their_pieces_with_them(kept: Kept) -> None:
    kept.declare(", keep: {last: 2, daily: 0, weekly: 0, monthly: 0}")
    for _ in range(4):
        kept.write(1)
        last = made(kept)[0]
    assert len(json.loads(kept.run("list", "--json").output)) == 2
    assert last["swept"] > 0
    assert kept.run("verify").exit_code == 0


@pytest.mark.slow
def test_interrupted_backups_and_restores_leave_no_half_state(kept: Kept) -> None:
    """SIGKILL at many moments: afterwards every listed backup is whole, and no folder is half."""
    (kept.folder / "large.bin").write_bytes(os.urandom(30 << 20))
    made(kept)
    run = [sys.executable, "-c", "from colonnade.cli import main; main()", "backup"]
    killed = 0
    target = kept.root / "target"
    for number in range(8):
        for words in (["create"], ["restore", "--to", str(target)]):
            process = subprocess.Popen([*run, *words, "--workload", str(kept.folder)])
            time.sleep(0.3 + 0.1 * number)
            process.send_signal(signal.SIGKILL)
            killed += process.wait(10) == -signal.SIGKILL
            if target.exists():
                assert (target / "large.bin").stat().st_size == 30 << 20
                shutil.rmtree(target)
    assert killed >= 8, "some were in the middle"
    for point in json.loads(kept.run("list", "--json").output):
        assert kept.run("verify", point["id"]).exit_code == 0
    assert kept.run("restore", "--to", str(target)).exit_code == 0
    assert not list(kept.root.glob(".restoring-*")), "what was interrupted is swept"
