"""What git knows of a file: told of real repositories, and unknown where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from colonnade.evidence.repository import Repository

BY_ADA = ("Ada Berg", "ada@example.org")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    made = tmp_path / "repository"
    made.mkdir()
    git(made, "init", "-q")
    return made


def git(folder: Path, *arguments: str, by: tuple[str, str] = BY_ADA, at: int = 1_700_000_000) -> None:
    name, address = by
    who = {"NAME": name, "EMAIL": address, "DATE": f"{at} +0000"}
    alone = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, env={**os.environ, **alone})


def commit(folder: Path, text: str, *trailers: str, name: str = "page.md", at: int = 1_700_000_000) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "Change\n\n" + "\n".join(trailers), at=at)
    return path


def known(folder: Path) -> Repository:
    found = Repository.around(folder)
    assert found is not None
    return found


def test_commits_come_newest_first_with_author_and_time(folder):
    path = commit(folder, "one", at=1_700_000_000)
    commit(folder, "two", at=1_700_000_500)
    newest, oldest = known(folder).commits(path)
    assert (newest.author, newest.at, oldest.at) == ("Ada Berg", 1_700_000_500.0, 1_700_000_000.0)
    assert len(newest.id) == 40


def test_reviewers_are_the_others_that_trailers_name(folder):
    path = commit(
        folder,
        "one",
        "Reviewed-by: Noor Haddad <noor@example.org>",
        "Reviewed-by: Ivo Lang <ivo@example.org>",
    )
    [found] = known(folder).commits(path)
    assert found.reviewers == ("Noor Haddad <noor@example.org>", "Ivo Lang <ivo@example.org>")


@pytest.mark.parametrize(
    "trailer",
    [
        "Reviewed-by: Ada Berg <ada@example.org>",
        "Reviewed-by: ADA BERG",
        "Reviewed-by: Somebody Else <ada@example.org>",
        "Signed-off-by: Noor Haddad <noor@example.org>",
        "",
    ],
)
def test_nobody_reviews_their_own_change(folder, trailer):
    path = commit(folder, "one", trailer)
    assert known(folder).commits(path)[0].reviewers == ()


def test_the_first_commit_that_held_a_text(folder):
    commit(folder, "one", at=1_700_000_000)
    path = commit(folder, "one\nwhy: because", at=1_700_000_500)
    commit(folder, "one\nwhy: because\nand more", at=1_700_000_900)
    first = known(folder).first_commit_with(path, "why:")
    assert first is not None
    assert first.at == 1_700_000_500.0
    assert known(folder).first_commit_with(path, "never said") is None


def test_clean_is_tracked_and_unchanged(folder):
    path = commit(folder, "one")
    assert known(folder).clean(path)
    path.write_text("two", encoding="utf-8")
    assert not known(folder).clean(path), "altered"
    git(folder, "add", "-A")
    assert not known(folder).clean(path), "staged"


def test_a_file_that_was_never_committed_is_not_clean(folder):
    commit(folder, "one")
    loose = folder / "loose.md"
    loose.write_text("new", encoding="utf-8")
    assert not known(folder).clean(loose)
    assert known(folder).commits(loose) == []


def test_a_file_that_is_ignored_is_not_clean(folder):
    commit(folder, "*.txt", name=".gitignore")
    hidden = folder / "hidden.txt"
    hidden.write_text("x", encoding="utf-8")
    assert not known(folder).clean(hidden)


def test_a_path_outside_the_repository_is_neither_clean_nor_committed(folder, tmp_path):
    commit(folder, "one")
    outside = tmp_path / "outside.md"
    outside.write_text("x", encoding="utf-8")
    assert not known(folder).clean(outside)
    assert known(folder).commits(outside) == []


def test_a_name_that_looks_like_an_option_is_a_name(folder):
    path = commit(folder, "one", name="--all")
    assert known(folder).clean(path)
    assert len(known(folder).commits(path)) == 1


def test_a_repository_without_a_commit_knows_nothing(folder):
    path = folder / "page.md"
    path.write_text("one", encoding="utf-8")
    assert known(folder).commits(path) == []
    assert known(folder).first_commit_with(path, "one") is None


def test_a_folder_within_the_repository_finds_its_top(folder):
    inner = folder / "workloads" / "library"
    inner.mkdir(parents=True)
    assert known(inner).root.resolve() == folder.resolve()


def test_without_a_repository_the_answer_is_unknown(folder, tmp_path):
    alone = tmp_path / "alone"
    alone.mkdir()
    assert Repository.around(alone) is None


def test_without_git_the_answer_is_unknown(folder, monkeypatch):
    commit(folder, "one")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent / "nowhere"))
    assert Repository.around(folder) is None


def test_many_files_have_each_their_last_commit_and_what_was_altered_has_none(folder):
    one = commit(folder, "one", name="one.md", at=1_700_000_000)
    two = commit(folder, "two", name="two.md", at=1_700_000_100)
    three = commit(folder, "three", name="three \u00e4\u2028.md", at=1_700_000_200)
    four = commit(folder, "four", name="four.md", at=1_700_000_300)
    four.write_text("altered", encoding="utf-8")
    found = known(folder).last_commits([one, two, three, four, folder / "never.md"])
    assert {path.name: it.at for path, it in found.items()} == {
        "one.md": 1_700_000_000.0,
        "two.md": 1_700_000_100.0,
        three.name: 1_700_000_200.0,
    }
    assert known(folder).last_commits([]) == {}
    assert known(folder).last_commits([folder / "never.md"]) == {}


def test_each_line_has_its_commit(folder):
    path = commit(folder, "one\ntwo\n", at=1_700_000_000)
    commit(folder, "one\nnew\n", at=1_700_000_500)
    lines = known(folder).line_commits(path)
    assert {line: it.at for line, it in lines.items()} == {1: 1_700_000_000.0, 2: 1_700_000_500.0}
    path.write_text("altered", encoding="utf-8")
    assert known(folder).line_commits(path) == {}


def test_a_link_is_not_what_it_leads_to(folder):
    commit(folder, "one", name="target.md")
    (folder / "link.md").symlink_to("target.md")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "Link")
    assert not known(folder).clean(folder / "link.md")


def test_a_repository_without_tags_has_none(folder):
    commit(folder, "one")
    assert known(folder).tags() == []
    assert known(folder).files() == ["page.md"]
    assert len(known(folder).head) == 40


def test_git_that_does_not_answer_in_time_knows_nothing(folder, monkeypatch):
    path = commit(folder, "one")
    found = known(folder)
    monkeypatch.setattr("colonnade.evidence.repository._PATIENCE_S", 0.0)
    assert (found.commits(path), found.clean(path), found.head) == ([], False, "")


def test_names_that_break_lines_make_no_commits(folder):
    path = commit(folder, "one")
    path.write_text("two", encoding="utf-8")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "Change", by=("A\u2028B\x1eC", "a@example.org"))
    assert [len(it.id) for it in known(folder).commits(path)] == [40, 40]
