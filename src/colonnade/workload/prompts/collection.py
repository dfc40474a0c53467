"""All prompts of a workload folder, linted: each with its version, or the faults that keep it out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from colonnade.errors import Fault
from colonnade.workload.folder import Prompt, PromptVariable
from colonnade.workload.prompts.file import PromptFile, read_prompt_file
from colonnade.workload.prompts.includes import include_faults, resolve
from colonnade.workload.prompts.lint import Lint


@dataclass(frozen=True, slots=True)
class Prompts:
    """`usable` prompts by name, the `names` of all files, faulty ones too, and every fault."""

    usable: dict[str, Prompt]
    names: frozenset[str]
    faults: tuple[Fault, ...]


def read_prompts(folder: Path, *, fenced: bool = True) -> Prompts:
    """Read `folder/prompts/*.md`; `fenced` is whether untrusted variables are fenced when rendered."""
    paths = sorted((folder / "prompts").glob("*.md"))
    read = [read_prompt_file(path, f"prompts/{path.name}") for path in paths]
    files, doubles = _by_name([each for each in read if isinstance(each, PromptFile)])
    resolved, too_large = resolve(files)
    faults = [*(each for each in read if isinstance(each, Fault)), *doubles, *too_large]
    for file in files.values():
        faults += [*file.faults, *include_faults(file, files)]
    faults += Lint(files, resolved, fenced).faults()
    blamed = {fault.file for fault in faults}
    usable = {
        name: _prompt(files[name], text) for name, text in resolved.items() if files[name].file not in blamed
    }
    return Prompts(usable, frozenset(files) | {path.stem for path in paths}, tuple(faults))


def _by_name(files: list[PromptFile]) -> tuple[dict[str, PromptFile], list[Fault]]:
    named: dict[str, PromptFile] = {}
    faults = []
    for file in files:
        first = named.setdefault(file.name, file)
        if first is not file:
            problem = f"has the name `{file.name}`, as {first.file} has"
            at = file.document.place(("name",))
            faults.append(Fault(file.file, at.line, at.column, "name", problem, "", "give it another name"))
    return named, faults


def _prompt(file: PromptFile, template: str) -> Prompt:
    header = file.header
    return Prompt(
        name=file.name,
        version=_version(file, template),
        purpose=header.purpose,
        owner=header.owner,
        template=template,
        variables=tuple(
            PromptVariable(each.name, each.required, each.trusted, each.max_chars)
            for each in header.variables
        ),
        token_budget=header.token_budget,
        path=file.path,
        models=tuple(header.models),
    )


def _version(file: PromptFile, template: str) -> str:
    """Without includes, the digest that `sha256sum` gives for the file."""
    content = f"---\n{file.front}---\n{template}" if template != file.template else None
    encoded = content.encode() if content is not None else file.path.read_bytes()
    return "sha256:" + hashlib.sha256(encoded).hexdigest()
