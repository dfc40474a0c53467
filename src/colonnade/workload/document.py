"""A YAML text becomes plain values of which each knows its line and column, or its faults are named.

Aliases, anchors, merge keys and tags are refused: a file that is read by people says each thing where it
stands, and nothing can be blown up by repetition.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from colonnade.errors import Fault
from colonnade.workload.scalars import Scalar, plain
from colonnade.workload.secret_patterns import secret_in

Path = tuple[str | int, ...]
DEEPEST = 24
MOST_VALUES = 20_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, counting from 1."""

    line: int
    column: int


def dotted(path: Path) -> str:
    """`("kpis", 0, "query")` as people write it: `kpis[0].query`; a secret in place of a name is not shown."""
    text = ""
    for each in path:
        step = "(secret)" if isinstance(each, str) and secret_in(each) else each
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


@dataclass(slots=True)
class Document:
    """Plain values beside the places where they, and their keys, stand; `faults` are those of the form.

    `broken` holds the paths whose value could not be read, so that nobody judges what stands in for it.
    `first_line` is the line of the file on which the text begins.
    """

    file: str
    first_line: int = 1
    value: Any = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    broken: set[Path] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Where the value (or its key) at `path` stands; of what is missing, where its parent stands."""
        while path:
            found = (self.keys.get(path) or self.values.get(path)) if key else self.values.get(path)
            if found:
                return found
            path, key = path[:-1], True
        return self.values.get((), Place(self.first_line, 1))

    def fault(
        self, path: Path, problem: str, value: str = "", remedy: str = "", *, key: bool = False
    ) -> Fault:
        """A fault of the value (or key) at `path`."""
        at = self.place(path, key=key)
        return Fault(self.file, at.line, at.column, dotted(path), problem, value, remedy)

    def judged(self, path: Path) -> bool:
        """Whether the value at `path` was read as it stands."""
        return not any(path[:length] in self.broken for length in range(len(path) + 1))

    def lines(self) -> dict[str, int]:
        """Dotted path -> line, of every key and list entry."""
        return {dotted(path): self.place(path, key=True).line for path in self.values if path}


def compose(text: str, file: str, first_line: int = 1) -> Document:
    """Read one YAML mapping; whatever is wrong with its form is in `faults` of the document."""
    document = Document(file, first_line)
    try:
        _Composer(document, yaml.parse(text, Loader=_LOADER)).run()
    except yaml.YAMLError as error:
        document.broken.add(())
        document.faults += _unreadable(error, text, document)
    except _TooMuch as error:
        document.broken.add(())
        document.faults.append(error.fault)
    return document


class _TooMuch(Exception):
    """The text is nested or repeated beyond all need; reading stops."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.problem)
        self.fault = fault


class _Composer:
    """Turns the parser's events into values; recursion is bounded by `DEEPEST`."""

    def __init__(self, document: Document, events: Iterator[yaml.Event]) -> None:
        self.document = document
        self.events = events
        self.count = 0

    def run(self) -> None:
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._blame((), event, "a second document begins", remedy="one file holds one document")
                    return
                self._root(next(self.events))
        if not documents:
            self.document.broken.add(())
            self.document.faults.append(Fault(self.document.file, 0, 0, "", "is empty"))

    def _root(self, event: yaml.Event) -> None:
        self.document.value = self._node(event, ())
        if not isinstance(self.document.value, dict):
            self._blame((), event, "the whole must be a mapping", remedy="write `field: value` lines")

    def _node(self, event: yaml.Event, path: Path) -> Any:
        self.document.values[path] = self._place(event)
        self._bounded(event, path)
        if isinstance(event, yaml.AliasEvent):
            self._blame(path, event, "refers to an anchor", f"*{event.anchor}", "write the value out here")
            return None
        self._plainly_written(event, path)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        assert isinstance(event, yaml.ScalarEvent)
        return self._scalar(event)

    def _bounded(self, event: yaml.Event, path: Path) -> None:
        self.count += 1
        at = self._place(event)
        if len(path) > DEEPEST:
            problem = f"is nested more than {DEEPEST} deep"
        elif self.count > MOST_VALUES:
            problem = f"holds more than {MOST_VALUES} values"
        else:
            return
        raise _TooMuch(Fault(self.document.file, at.line, at.column, "", problem))

    def _plainly_written(self, event: Any, path: Path) -> None:
        if event.anchor is not None:
            remedy = "write every value where it is used"
            self._blame(path, event, "sets an anchor", f"&{event.anchor}", remedy, broken=False)
        if event.tag is not None:
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            self._blame(path, event, "carries a tag", tag, "write the plain value")

    def _mapping(self, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._key(event, path)
            child = (*path, key)
            if key in values:
                self._twice(child, event)
                self._node(next(self.events), (*path, f"{key}#{self.count}"))
                continue
            self.document.keys[child] = self._place(event)
            values[key] = self._node(next(self.events), child)
            if key == "<<":
                self._blame(child, event, "is a merge key", "<<", "write the merged fields out here")
                del values[key]
        return values

    def _key(self, event: yaml.Event, path: Path) -> str:
        if isinstance(event, yaml.ScalarEvent):
            self._plainly_written(event, path)
            return str(event.value)
        place = self._place(event)
        self._blame(path, event, "a key must be a single word", remedy="write `name: value`")
        self._node(event, (*path, f"key at line {place.line}"))
        return f"key at line {place.line}, column {place.column}"

    def _twice(self, path: Path, event: yaml.Event) -> None:
        first = self.document.keys[path]
        at = self._place(event)
        self.document.faults.append(
            Fault(
                self.document.file,
                at.line,
                at.column,
                dotted(path),
                "is written twice",
                remedy=f"it already stands on line {first.line}; keep one of them",
            )
        )

    def _sequence(self, path: Path) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            values.append(self._node(event, (*path, len(values))))
        return values

    @staticmethod
    def _scalar(event: yaml.ScalarEvent) -> Scalar:
        return plain(event.value) if event.implicit[0] else str(event.value)

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        assert mark is not None  # every event of a parser has one
        return Place(mark.line + self.document.first_line, mark.column + 1)

    def _blame(
        self,
        path: Path,
        event: yaml.Event,
        problem: str,
        value: str = "",
        remedy: str = "",
        *,
        broken: bool = True,
    ) -> None:
        at = self._place(event)
        if broken:
            self.document.broken.add(path)
        self.document.faults.append(
            Fault(self.document.file, at.line, at.column, dotted(path), problem, value, remedy)
        )


def _unreadable(error: yaml.YAMLError, text: str, document: Document) -> list[Fault]:
    """The place where the parser gave up, and every line that is indented with a tab."""
    mark = getattr(error, "problem_mark", None)
    line = mark.line + document.first_line if mark else 0
    tabs = _tab_indented(text, document)
    if any(tab.line == line for tab in tabs):
        return tabs
    column = mark.column + 1 if mark else 0
    problem = f"is not YAML: {getattr(error, 'problem', None) or 'it holds a character that YAML forbids'}"
    return [*tabs, Fault(document.file, line, column, "", problem)]


def _tab_indented(text: str, document: Document) -> list[Fault]:
    faults = []
    for number, line in enumerate(text.split("\n"), start=document.first_line):
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if "\t" in indent and line.strip():
            remedy = "indent with spaces"
            faults.append(
                Fault(document.file, number, indent.index("\t") + 1, "", "is indented with a tab", "", remedy)
            )
    return faults
