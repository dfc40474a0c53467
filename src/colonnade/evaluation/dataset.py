"""A dataset is a JSONL file of questions, read strictly: every faulty line is named, or the whole is taken."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from colonnade.errors import Fault, FaultyWorkload
from colonnade.workload.reading import read_text
from colonnade.workload.section import Section, Text

LARGEST_BYTES = 64 * 1024 * 1024
_REMEDY = "a line is one JSON object with id, question, answerable, reference and sources"


class ReferenceSource(Section):
    """A passage that answers the question: a document, and words that stand in the passage."""

    document: Text = Field(description="Path relative to the knowledge folder.")
    quote: str = Field(default="", description="Empty where any passage of the document will do.")


class Item(Section):
    """One line of a dataset."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][\w.-]{0,62}$")]
    question: Text
    answerable: bool
    reference: str = Field(default="", description="The answer of a person who knows the documents.")
    sources: list[ReferenceSource] = []
    tags: list[Text] = []


@dataclass(frozen=True, slots=True)
class Dataset:
    """The items in the order of the file; `digest` is `sha256:...` of its bytes."""

    name: str
    digest: str
    items: tuple[Item, ...]

    @property
    def answerable(self) -> tuple[Item, ...]:
        """The questions that the documents answer."""
        return tuple(item for item in self.items if item.answerable)

    @property
    def unanswerable(self) -> tuple[Item, ...]:
        """The questions that they do not answer, and that must be declined."""
        return tuple(item for item in self.items if not item.answerable)

    def tagged(self, tag: str) -> tuple[Item, ...]:
        """The items with this tag."""
        return tuple(item for item in self.items if tag in item.tags)

    def sample(self, answerable: int, unanswerable: int, seed: int) -> tuple[Item, ...]:
        """So many of each kind (all, where there are fewer), in the file's order; the same for the same seed."""
        source = random.Random(seed)  # noqa: S311 - a sample that can be drawn again, not a secret
        drawn = [
            *source.sample(self.answerable, min(answerable, len(self.answerable))),
            *source.sample(self.unanswerable, min(unanswerable, len(self.unanswerable))),
        ]
        chosen = {item.id for item in drawn}
        return tuple(item for item in self.items if item.id in chosen)


def read_dataset(path: Path) -> Dataset:
    """Read a dataset.

    Raises:
        FaultyWorkload: with every fault of every line.
    """
    text = read_text(path, path.name, LARGEST_BYTES)
    if isinstance(text, Fault):
        raise FaultyWorkload([text])
    items: list[Item] = []
    faults: list[Fault] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            _read_line(line, path.name, number, items, faults)
    faults += _repeated(items, path.name) if not faults else []
    if not items and not faults:
        faults.append(Fault(path.name, 0, 0, "", "holds no question", remedy=_REMEDY))
    if faults:
        raise FaultyWorkload(faults)
    return Dataset(path.name, "sha256:" + hashlib.sha256(text.encode()).hexdigest(), tuple(items))


def _read_line(line: str, file: str, number: int, items: list[Item], faults: list[Fault]) -> None:
    try:
        value = json.loads(line)
        item = Item.model_validate(value)
    except ValidationError as error:
        faults.extend(_complaints(error, file, number))
    except (ValueError, RecursionError):
        faults.append(Fault(file, number, 1, "", "is not JSON", remedy=_REMEDY))
    else:
        items.append(item)
        faults.extend(_contradictions(item, file, number))


def _complaints(error: ValidationError, file: str, number: int) -> Iterator[Fault]:
    for each in error.errors(include_url=False, include_input=False):
        where = ".".join(str(step) for step in each["loc"])
        yield Fault(file, number, 1, where, each["msg"][:1].lower() + each["msg"][1:], remedy=_REMEDY)


def _contradictions(item: Item, file: str, number: int) -> Iterator[Fault]:
    def fault(where: str, problem: str) -> Fault:
        return Fault(file, number, 1, where, problem, item.id)

    if item.answerable and not item.reference.strip():
        yield fault("reference", "an answerable question needs a reference answer")
    if item.answerable and not item.sources:
        yield fault("sources", "an answerable question needs at least one source")
    if not item.answerable and (item.reference.strip() or item.sources):
        yield fault("answerable", "a question with a reference answer or a source is answerable")


def _repeated(items: list[Item], file: str) -> Iterator[Fault]:
    seen: dict[str, Any] = {}
    for item in items:
        if item.id in seen:
            yield Fault(file, 0, 0, "id", "is used twice", item.id)
        seen[item.id] = item
