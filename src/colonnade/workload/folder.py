"""A loaded workload: the specification beside the files that belong to it, and digests of each part."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colonnade.workload.specification import Specification


@dataclass(frozen=True, slots=True)
class PromptVariable:
    """A variable of a prompt: who fills it (`caller`, `gateway`) and whether it is trusted."""

    name: str
    required: bool = True
    trusted: bool = False
    max_chars: int = 8000


@dataclass(frozen=True, slots=True)
class Prompt:
    """A file of `prompts/`: front matter and a template; `version` is the digest of the file's bytes."""

    name: str
    version: str
    purpose: str
    owner: str
    template: str
    variables: tuple[PromptVariable, ...]
    token_budget: int
    path: Path


@dataclass(frozen=True, slots=True)
class Workload:
    """Everything that `load` found in the folder, free of faults.

    `lines` maps dotted paths of the specification (`routes.answer.model`) to line numbers of
    `workload.yaml`, so that findings can point at them.
    """

    folder: Path
    specification: Specification
    prompts: dict[str, Prompt]
    lines: dict[str, int]
    digest: str

    @property
    def state(self) -> Path:
        """The folder for state: encrypted store, keys, spool, indexes; never committed."""
        return self.folder / ".colonnade"

    def section_digest(self, section: str) -> str:
        """`sha256:...` over the canonical JSON of one section, e.g. `intent`."""
        value: Any = self.specification.model_dump(mode="json")[section]
        canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()
