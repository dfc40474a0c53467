"""A folder is searched without leaving it: no link, no pipe, no limit is passed over in silence."""

from __future__ import annotations

import os

import pytest

from colonnade.review.adapters import gathering
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.gathering import FaultyImport, gather


def _nothing(materials, scope) -> Reading:
    return Reading()


PLANS = Adapter("plans", 1, "plans", ("*plan*.json",), _nothing)
FOLDERS = Adapter("folders", 1, "folders", (), _nothing)


def _names(gathered):
    return [each.name for each in gathered.materials]


def _write(path, text="{}"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_files_are_found_by_name_in_order_at_any_depth(tmp_path):
    for name in ("b/plan.json", "a.plan.json", "b/c/plan-2.json", "other.json", ".git/plan.json"):
        _write(tmp_path / name)
    gathered = gather(tmp_path, PLANS)
    assert _names(gathered) == ["a.plan.json", "b/plan.json", "b/c/plan-2.json"]
    assert gathered.rejects == []
    assert gathered.size == 6


def test_a_named_file_is_taken_whatever_its_name(tmp_path):
    assert _names(gather(_write(tmp_path / "tfplan.txt"), PLANS)) == ["tfplan.txt"]


def test_an_adapter_without_names_is_handed_the_folder(tmp_path):
    _write(tmp_path / "a.json")
    [material] = gather(tmp_path, FOLDERS).materials
    assert (material.data, material.path) == (b"", tmp_path.resolve())


def test_links_are_not_followed(tmp_path):
    outside = _write(tmp_path / "outside" / "plan.json", "secret")
    folder = tmp_path / "evidence"
    _write(folder / "plan.json")
    (folder / "link-plan.json").symlink_to(outside)
    (folder / "deep").symlink_to(tmp_path / "outside", target_is_directory=True)
    gathered = gather(folder, PLANS)
    assert _names(gathered) == ["plan.json"]
    assert [(each.where, each.reason) for each in gathered.rejects] == [
        ("link-plan.json", "is a link, and links are not followed")
    ]


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "plan.json")
    [reject] = gather(tmp_path, PLANS).rejects
    assert reject.reason == "is no plain file"


def test_a_file_that_is_too_large_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(gathering, "LARGEST_BYTES", 4)
    _write(tmp_path / "plan-1.json", "12345")
    _write(tmp_path / "plan-2.json", "1234")
    gathered = gather(tmp_path, PLANS)
    assert _names(gathered) == ["plan-2.json"]
    assert [each.where for each in gathered.rejects] == ["plan-1.json"]


def test_all_files_together_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(gathering, "MOST_BYTES", 5)
    for number in range(3):
        _write(tmp_path / f"plan-{number}.json", "123")
    gathered = gather(tmp_path, PLANS)
    assert _names(gathered) == ["plan-0.json"]
    assert len(gathered.rejects) == 2


@pytest.mark.parametrize("limit", ["MOST_FILES", "MOST_ENTRIES"])
def test_the_number_of_files_is_bounded(tmp_path, monkeypatch, limit):
    monkeypatch.setattr(gathering, limit, 2)
    for number in range(4):
        _write(tmp_path / f"plan-{number}.json")
    gathered = gather(tmp_path, PLANS)
    assert len(gathered.materials) == 2
    [reject] = gathered.rejects
    assert "import less at a time" in reject.reason


def test_depth_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(gathering, "DEEPEST_FOLDER", 1)
    _write(tmp_path / "a" / "plan.json")
    _write(tmp_path / "a" / "b" / "plan.json")
    assert _names(gather(tmp_path, PLANS)) == ["a/plan.json"]


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(FaultyImport, match="there is no"):
        gather(tmp_path / "none.json", PLANS)
    with pytest.raises(FaultyImport, match=r"\*plan\*.json"):
        gather(tmp_path, PLANS)


def test_a_circle_of_links_is_said(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(FaultyImport, match="there is no"):
        gather(tmp_path / "a", PLANS)


def test_names_are_shown_without_control_characters(tmp_path):
    _write(tmp_path / "plan\x1b[31m.json")
    assert _names(gather(tmp_path, PLANS)) == ["plan [31m.json"]
