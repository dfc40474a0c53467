"""Every template becomes a folder without faults, and nothing that exists is overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade.errors import SetupError
from colonnade.registry.models.entry import shipped_entries
from colonnade.workload import Known, load
from colonnade.workload.scaffold import TEMPLATES, scaffold


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_has_no_faults_and_takes_the_folders_name(tmp_path, template):
    folder = tmp_path / "My Assistant"
    written = scaffold(folder, template)
    workload = load(folder, Known(models={name: entry.digest for name, entry in shipped_entries().items()}))
    assert workload.specification.name == "my-assistant"
    assert all((folder / path).is_file() for path in written)
    assert (folder / ".gitignore").read_text() == ".colonnade/\n"


def test_templates_are_all_listed():
    folders = (Path(__file__).parents[2] / "src/colonnade/workload/templates").iterdir()
    assert {folder.name for folder in folders} == set(TEMPLATES)


def test_what_exists_is_not_overwritten_and_nothing_is_begun(tmp_path):
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "answer.md").write_text("mine")
    with pytest.raises(SetupError, match=r"already holds prompts/answer\.md"):
        scaffold(tmp_path, "support-assistant")
    assert (tmp_path / "prompts" / "answer.md").read_text() == "mine"
    assert not (tmp_path / "workload.yaml").exists()


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="cannot be written: Not a directory"):
        scaffold(tmp_path / "file", "code")


def test_a_folder_whose_name_is_no_name_keeps_the_templates(tmp_path):
    scaffold(tmp_path / "123", "code")
    assert load(tmp_path / "123").specification.name == "code"
