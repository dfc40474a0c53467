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
    """A variable of a prompt: whether it must be filled, may be believed, and how long it may be.

    `question` is filled with the caller's last user message, all others with `prompt_variables` of the request.
    """

    name: str
    required: bool = True
    trusted: bool = False
    max_chars: int = 8000


@dataclass(frozen=True, slots=True)
class Prompt:
    """A file of `prompts/`: front matter and a template.

    `template` has its includes resolved. `version` is the digest of the file's bytes, with every
    `{{> include}}` replaced by what it stands for. `models` are the bindings it was written for; none means any.
    """

    name: str
    version: str
    purpose: str
    owner: str
    template: str
    variables: tuple[PromptVariable, ...]
    token_budget: int
    path: Path
    models: tuple[str, ...] = ()

    @property
    def short_version(self) -> str:
        """The first 12 hexadecimal digits of the version, as used in `name@version`."""
        return self.version.removeprefix("sha256:")[:12]

    @property
    def address(self) -> str:
        """`name@version`, in its short form."""
        return f"{self.name}@{self.short_version}"


@dataclass(frozen=True, slots=True)
class Workload:
    """Everything that `load` found in the folder, free of faults.

    `lines` maps paths of the specification (`routes.answer.model`, `kpis[0].query`) to line numbers of
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
        return state_of(self.folder)

    def section_digest(self, section: str) -> str:
        """`sha256:...` over the canonical JSON of one section, e.g. `intent`."""
        value: Any = self.specification.model_dump(mode="json")[section]
        canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


def state_of(folder: Path) -> Path:
    """Where a workload folder keeps its state, whether or not the workload can be loaded."""
    return folder / ".colonnade"
