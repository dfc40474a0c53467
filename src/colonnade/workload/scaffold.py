"""A new workload folder is written from a template, and nothing that exists is overwritten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from colonnade.errors import SetupError

TEMPLATES = {
    "support-assistant": "answers questions from your own documents, with an embedded model",
    "extraction": "turns texts into JSON records, with an embedded model",
    "writing": "drafts texts for people, with a provider's model and a simulated one to rehearse with",
    "code": "explains and reviews code, with an embedded model",
}
_IGNORED = ".colonnade/\n"


def scaffold(folder: Path, template: str) -> list[Path]:
    """Write the template into `folder`; returns the files written, relative to it.

    Raises:
        SetupError: a file exists already, or the folder cannot be written.
    """
    contents = dict(_contents(files("colonnade.workload") / "templates" / template, Path()))
    contents[Path(".gitignore")] = _IGNORED
    contents[Path("workload.yaml")] = _named(contents[Path("workload.yaml")], folder)
    if existing := [str(path) for path in contents if (folder / path).exists()]:
        raise SetupError(f"{folder} already holds {', '.join(sorted(existing))}; choose another folder")
    try:
        for path, text in contents.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise SetupError(f"{folder} cannot be written: {error.strerror}") from error
    return sorted(contents)


def _contents(place: Traversable, path: Path) -> Iterator[tuple[Path, str]]:
    for entry in place.iterdir():
        if entry.is_dir():
            yield from _contents(entry, path / entry.name)
        else:
            yield path / entry.name, entry.read_text(encoding="utf-8")


def _named(text: str, folder: Path) -> str:
    """The workload takes the name of its folder, where that can be a name."""
    name = re.sub(r"[^a-z0-9_-]+", "-", folder.resolve().name.lower()).strip("-")[:63]
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", name):
        return text
    return re.sub(r"(?m)^name: .*$", f"name: {name}", text, count=1)
