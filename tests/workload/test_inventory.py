"""A workload folder is known file by file, without its state, what is hidden, and what only points elsewhere."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from colonnade.errors import SetupError
from colonnade.workload import inventory as inventories
from colonnade.workload.inventory import inventory


def test_every_file_has_its_digest_in_order(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "b.md").write_bytes(b"b")
    (tmp_path / "a.yaml").write_bytes(b"a")
    found = inventory(tmp_path)
    assert list(found) == ["a.yaml", "prompts/b.md"]
    assert found["a.yaml"] == "sha256:" + hashlib.sha256(b"a").hexdigest()


def test_state_hidden_files_and_links_are_left_out(tmp_path: Path) -> None:
    for name in (".colonnade/keys/data.key", ".git/config", "__pycache__/x.pyc", ".env", "kept"):
        path = tmp_path / "w" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "w" / "link").symlink_to("/etc/passwd")
    (tmp_path / "w" / "folder").symlink_to(tmp_path)
    assert list(inventory(tmp_path / "w")) == ["kept"]


def test_a_name_that_is_no_text_is_told_with_escapes(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")).write_bytes(b"x")
    assert list(inventory(tmp_path)) == ["\\udcff"]


def test_a_folder_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventories, "MOST_FILES", 2)
    for name in "abc":
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(SetupError, match="no workload folder"):
        inventory(tmp_path)
