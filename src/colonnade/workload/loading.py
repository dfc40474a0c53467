"""A workload folder is loaded whole, or every one of its faults is named at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from colonnade.errors import Fault, FaultyWorkload
from colonnade.workload.decisions.reading import read_decisions
from colonnade.workload.document import Document, compose
from colonnade.workload.document import Path as Place
from colonnade.workload.folder import Workload
from colonnade.workload.prompts.collection import Prompts, read_prompts
from colonnade.workload.reading import read_text
from colonnade.workload.references import Draft, Known, reference_faults
from colonnade.workload.salvage import salvage
from colonnade.workload.secret_patterns import secret_in
from colonnade.workload.specification import Specification
from colonnade.workload.wording import faults_of

FILE = "workload.yaml"
LONGEST_TEXT = 400
"""Characters of one part of a fault."""


def load(folder: Path, known: Known = Known()) -> Workload:  # noqa: B008 - frozen
    """The workload in `folder`.

    Args:
        folder: the folder that holds `workload.yaml`.
        known: names that live outside the folder, against which its references are checked.

    Raises:
        FaultyWorkload: with every fault of the file, the prompts and the references between them.
    """
    text = read_text(folder / FILE, FILE)
    if isinstance(text, Fault):
        raise FaultyWorkload([text])
    document = compose(text, FILE)
    specification, faults = _specification(document)
    prompts = read_prompts(folder, fenced=specification.prompts.untrusted_delimiter)
    faults += [*prompts.faults, *secrets_in(document), *read_decisions(folder).faults]
    if document.judged(()):
        faults += reference_faults(Draft(folder, specification, document, prompts, known))
    if faults:
        raise FaultyWorkload(one_a_place(faults))
    return _workload(folder, specification, document, prompts)


def _specification(document: Document) -> tuple[Specification, list[Fault]]:
    """The specification, salvaged where it is faulty, and the faults of its form."""
    faults = list(document.faults)
    if not document.judged(()):
        return salvage(Specification, {}), faults
    try:
        return Specification.model_validate(document.value), faults
    except ValidationError as error:
        faults += faults_of(error, document, Specification)
        return salvage(Specification, document.value), faults


def secrets_in(document: Document) -> Iterator[Fault]:
    """Secrets anywhere in the file, by their shape; their text is not shown."""
    for path, text in _texts(document.value, ()):
        if kind := secret_in(text):
            problem = f"holds what looks like {kind}; a secret is never written into the file"
            yield document.fault(
                path, problem, "", "take it out, replace it everywhere, and write `env:NAME`"
            )


def _texts(value: object, path: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, entry in value.items():
            yield from _texts(entry, (*path, name))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _texts(entry, (*path, index))


def one_a_place(faults: list[Fault]) -> list[Fault]:
    """The first fault of every field at every place; what is merely said again in other words goes."""
    first: dict[tuple[str, int, int, str], Fault] = {}
    for fault in faults:
        subject = fault.where if fault.line else fault.problem
        first.setdefault((fault.file, fault.line, fault.column, subject), _presentable(fault))
    return list(first.values())


def _presentable(fault: Fault) -> Fault:
    """On one line and of bounded length, whatever the file holds."""
    return replace(
        fault,
        file=_printable(fault.file),
        where=_printable(fault.where),
        problem=_printable(fault.problem),
        value=_printable(fault.value),
        remedy=_printable(fault.remedy),
    )


def _printable(text: str) -> str:
    cut = text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 3] + "..."
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in cut)


def _workload(folder: Path, specification: Specification, document: Document, prompts: Prompts) -> Workload:
    versions = {name: prompt.version for name, prompt in prompts.usable.items()}
    digest = meaning_digest(specification, versions)
    return Workload(folder, specification, prompts.usable, document.lines(), digest)


def meaning_digest(specification: Specification, prompts: Mapping[str, str]) -> str:
    """Over what is meant, not how it is laid out: comments and order of fields change nothing.

    Args:
        specification: the workload file.
        prompts: name of each prompt -> its version.
    """
    meant = {"specification": specification.model_dump(mode="json"), "prompts": dict(prompts)}
    canonical = json.dumps(meant, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()
