"""Accepted risks are read from `waivers.yaml`, and written into it checked, with everything around them left alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from colonnade.errors import SetupError
from colonnade.review.acceptance import accepted
from colonnade.review.catalogue import catalogue
from colonnade.review.waiver import Waiver
from colonnade.workload.waivers import FILE, Waivers, WrittenWaiver, read_waivers, waivers_in

_NEW = "# Accepted risks: `colonnade waive` writes them, `colonnade waiver list` shows what they excuse.\nwaivers:\n"


def waivers_of(folder: Path) -> tuple[Waiver, ...]:
    """The waivers of a workload folder, none where it has no `waivers.yaml`.

    Raises:
        FaultyWorkload: with every fault of the file.
    """
    return accepted(read_waivers(folder), catalogue())


def write_waiver(folder: Path, entry: Mapping[str, Any]) -> Waiver:
    """Write a waiver into `waivers.yaml`; where the same is accepted already, that entry is renewed.

    Args:
        folder: the workload folder.
        entry: the fields of an entry, as the file has them.

    Raises:
        FaultyWorkload: the file has faults, or would have them with the entry.
        SetupError: there is no workload, or the file cannot be written.
    """
    if not (folder / "workload.yaml").is_file():
        raise SetupError(f"there is no workload.yaml in {folder.resolve()}: name the folder with --workload")
    path = folder / FILE
    old = read_waivers(folder)
    lines = path.read_text("utf-8").splitlines() if path.exists() else _NEW.splitlines()
    _refuse_one_line(old)
    same = next((each for each in old.entries if _same(each, entry)), None)
    text = "\n".join(_renewed(lines, same, entry) if same else _appended(lines, old, entry)) + "\n"
    new = waivers_in(text)
    waivers = accepted(new, catalogue())
    _replace(path, text)
    return next(waiver for waiver, each in zip(waivers, new.entries, strict=True) if _same(each, entry))


def _refuse_one_line(old: Waivers) -> None:
    """Entries are replaced by their lines, so that comments around them stay."""
    lines = [old.document.place(("waivers",), key=True).line, *(each.line for each in old.entries)]
    if len(set(lines)) < len(lines):
        raise SetupError(
            f"{FILE} holds several things in one line: begin every entry with `- practice:` on its own"
        )


def _same(written: WrittenWaiver, entry: Mapping[str, Any]) -> bool:
    it, scope = written.entry, entry.get("scope", {})
    mine = (it.practice, it.signal, it.scope.environment, it.scope.tenant, it.scope.resource)
    asked = (
        entry["practice"],
        entry.get("signal"),
        *(scope.get(name) for name in ("environment", "tenant", "resource")),
    )
    return mine == asked


def _renewed(lines: list[str], same: WrittenWaiver, entry: Mapping[str, Any]) -> list[str]:
    indent = len(lines[same.line - 1]) - len(lines[same.line - 1].lstrip(" "))
    block = _block({**entry, "renewals": same.entry.renewals + 1}, indent)
    return [*lines[: same.line - 1], *block, *lines[same.last_line :]]


def _appended(lines: list[str], old: Waivers, entry: Mapping[str, Any]) -> list[str]:
    if not old.entries:
        return [*(line for line in lines if line.strip() != "waivers: []"), *_head(lines), *_block(entry, 2)]
    last = old.entries[-1]
    indent = len(lines[last.line - 1]) - len(lines[last.line - 1].lstrip(" "))
    return [*lines[: last.last_line], *_block(entry, indent), *lines[last.last_line :]]


def _head(lines: list[str]) -> list[str]:
    return (
        []
        if any(line.startswith("waivers:") and line.strip() != "waivers: []" for line in lines)
        else ["waivers:"]
    )


def _block(entry: Mapping[str, Any], indent: int) -> list[str]:
    """The entry as an element of the list, in block style."""
    text = yaml.safe_dump([dict(entry)], sort_keys=False, allow_unicode=True, width=110)
    return [" " * indent + line for line in text.splitlines()]


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{FILE}.draft")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {os.strerror(error.errno or 0)}") from error
