"""Every dependency has its line of reason, at the release that is locked."""

from __future__ import annotations

import re
import tomllib

from examples import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LINES = (ROOT / "docs" / "decisions" / "dependencies.md").read_text(encoding="utf-8").splitlines()
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in LINES if line.startswith("| ")]
DEPENDENCIES = {row[0].lower(): row[1:] for row in ROWS if len(row) == 4 and row[0] != "package"}


def declared() -> set[str]:
    extras = PROJECT["project"]["optional-dependencies"].values()
    groups = PROJECT["dependency-groups"].values()
    lists = [PROJECT["project"]["dependencies"], *extras, *groups]
    lines = [line for each in lists for line in each if isinstance(line, str)]
    return {re.match(r"[A-Za-z0-9_.-]+", line)[0].lower() for line in lines}


def test_the_page_lists_what_the_project_declares():
    assert set(DEPENDENCIES) == declared()


def test_each_line_gives_release_licence_and_reason():
    assert [name for name, cells in DEPENDENCIES.items() if not all(cells)] == []


def test_releases_are_those_of_the_lock():
    lists = [ROOT / "requirements" / name for name in ("dev.txt", "clients.txt", "validators.txt")]
    lines = [line for each in lists for line in each.read_text(encoding="utf-8").lower().splitlines()]
    locked = {re.sub(r"\[.*?\]", "", line.split()[0]) for line in lines if line[:1].isalnum()}
    behind = [
        name
        for name, (release, *_) in DEPENDENCIES.items()
        if f"{name.replace('.', '-')}=={release}" not in locked
    ]
    assert behind == []
