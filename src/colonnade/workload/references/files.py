"""Files that the workload file names stand in the folder and hold something."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as FolderPath

from colonnade.errors import Fault
from colonnade.workload.document import Path
from colonnade.workload.references.draft import Draft
from colonnade.workload.suggestion import did_you_mean

LONGEST_NAME = 255
"""Bytes of one name, on every file system in use."""


def decision_exists(draft: Draft) -> Iterator[Fault]:
    """The decision record that `approach` names is a file of the folder."""
    named = draft.specification.approach.decision
    if not named:
        return
    path: Path = ("approach", "decision")
    if unusable := _unusable(draft, path, named):
        yield unusable
    elif not (draft.folder / named).is_file():
        records = [f"decisions/{record.name}" for record in (draft.folder / "decisions").glob("*.md")]
        remedy = did_you_mean(named, records) or "write the record, or take the line out"
        yield draft.document.fault(path, "names a file that does not exist", named, remedy)


def knowledge_folders_hold_documents(draft: Draft) -> Iterator[Fault]:
    """Every knowledge folder exists and is not empty."""
    for name, knowledge in draft.specification.knowledge.items():
        path: Path = ("knowledge", name, "folder")
        folder = draft.folder / knowledge.folder
        if unusable := _unusable(draft, path, knowledge.folder):
            yield unusable
        elif not folder.is_dir():
            folders = [each.name for each in draft.folder.iterdir() if each.is_dir()]
            remedy = did_you_mean(knowledge.folder, [each for each in folders if not each.startswith(".")])
            yield draft.document.fault(path, "names a folder that does not exist", knowledge.folder, remedy)
        elif not any(each.is_file() and not each.name.startswith(".") for each in folder.rglob("*")):
            remedy = "put documents into it: Markdown, text, HTML or PDF"
            yield draft.document.fault(path, "names an empty folder", knowledge.folder, remedy)


def _unusable(draft: Draft, path: Path, named: str) -> Fault | None:
    """The folder is moved and signed as one: nothing in it may lie elsewhere."""
    remedy = "write a path below the workload folder"
    if FolderPath(named).is_absolute() or ".." in FolderPath(named).parts:
        return draft.document.fault(path, "leads out of the workload folder", named, remedy)
    if "\0" in named or any(len(part.encode()) > LONGEST_NAME for part in FolderPath(named).parts):
        return draft.document.fault(path, "cannot be the name of a file", named, remedy)
    return None


CHECKS = (decision_exists, knowledge_folders_hold_documents)
