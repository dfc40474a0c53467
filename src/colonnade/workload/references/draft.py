"""What the checks of references look at: the workload so far, faulty parts included, and the names known outside."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FolderPath

from colonnade.errors import Fault
from colonnade.workload.document import Document, Path
from colonnade.workload.indicators import INDICATORS
from colonnade.workload.prompts.collection import Prompts
from colonnade.workload.specification import Specification
from colonnade.workload.suggestion import did_you_mean


@dataclass(frozen=True, slots=True)
class Known:
    """Names that live outside the folder.

    `models` are the names of `models.toml` with their digests; None leaves them unchecked.
    """

    models: Mapping[str, str] | None = None
    indicators: Collection[str] = INDICATORS


@dataclass(frozen=True, slots=True)
class Draft:
    """A workload that may still be faulty: its specification may be salvaged (see `salvage.py`)."""

    folder: FolderPath
    specification: Specification
    document: Document
    prompts: Prompts
    known: Known

    def unknown(self, path: Path, name: str | None, names: Collection[str], what: str) -> Iterator[Fault]:
        """A fault unless `name` is one of `names`; a name that could not be read has its own fault already."""
        if name and name not in names:
            yield self.document.fault(
                path, f"names {what} that does not exist", name, did_you_mean(name, names)
            )
