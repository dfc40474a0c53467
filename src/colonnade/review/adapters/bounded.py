"""JSON and YAML from somewhere else are read within limits: what is nested or repeated beyond all need is refused.

Aliases of YAML are kept as what they are, references to one value; a file in which they stand for more values than
`MOST_VALUES`, or for themselves, is refused before anybody walks through it.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import yaml

DEEPEST = 64
MOST_VALUES = 2_000_000
MOST_KEYS = 20_000
"""Of one mapping whose merge keys (`<<`) were followed."""
LARGEST_YAML_BYTES = 16 << 20

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_SAFE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TIME = "tag:yaml.org,2002:timestamp"


class Unreadable(ValueError):
    """The material is not what its reader was told; the message is one sentence without its content."""


def text_of(data: bytes) -> str:
    """The characters of a file.

    Raises:
        Unreadable: neither UTF-8 nor marked as UTF-16.
    """
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Unreadable(f"line {line} is not {'UTF-8' if encoding != 'utf-16' else 'UTF-16'}") from error


def json_value(data: bytes) -> Any:
    """The value of a JSON file.

    Raises:
        Unreadable: no JSON, or more or deeper than what is read.
    """
    try:
        value = msgspec.json.decode(text_of(data))
    except RecursionError as error:
        raise Unreadable(f"is nested more than {DEEPEST} deep") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise Unreadable(f"is not JSON: {error}") from error
    return _within_limits(value)


def yaml_values(data: bytes) -> list[Any]:
    """The documents of a YAML file; times stay text, and what only tags can say is refused.

    Raises:
        Unreadable: no YAML, or more or deeper than what is read.
    """
    if len(data) > LARGEST_YAML_BYTES:
        raise Unreadable(f"is larger than {LARGEST_YAML_BYTES >> 20} MiB of YAML")
    text = text_of(data)
    try:
        _check_nesting(yaml.parse(text, Loader=_SAFE))
        values = [value for value in yaml.load_all(text, Loader=_Loader) if value is not None]
    except yaml.YAMLError as error:
        raise Unreadable(f"is not plain YAML: {_problem(error)}") from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"holds a value that cannot be read: {type(error).__name__}") from error
    _within_limits(values)
    return values


class _Loader(_SAFE):  # type: ignore[misc] # the class is chosen when the module is loaded
    """Plain values alone, and merge keys that cannot multiply without end."""

    yaml_implicit_resolvers = {
        first: [each for each in known if each[0] != _TIME]
        for first, known in _SAFE.yaml_implicit_resolvers.items()
    }

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Follow merge keys, and stop where they bring more keys than anybody writes."""
        super().flatten_mapping(node)
        if len(node.value) > MOST_KEYS:
            raise yaml.constructor.ConstructorError(problem=f"merges more than {MOST_KEYS} keys")


def _check_nesting(events: Iterable[yaml.Event]) -> None:
    depth = 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise yaml.YAMLError(f"nested more than {DEEPEST} deep")


def _within_limits(value: Any) -> Any:
    """The value; values that are met twice by an alias count twice, as they would for everybody who walks."""
    waiting: list[tuple[Iterator[Any], int]] = [(iter((value,)), 0)]
    count = 0
    while waiting:
        within, depth = waiting[-1]
        for each in within:
            count += 1
            if isinstance(each, dict | list):
                waiting.append((iter(each.values() if isinstance(each, dict) else each), depth + 1))
                break
        else:
            waiting.pop()
        if depth >= DEEPEST or count > MOST_VALUES:
            raise Unreadable(f"is nested more than {DEEPEST} deep or holds more than {MOST_VALUES:,} values")
    return value


def _problem(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).split("\n", 1)[0] or "it cannot be parsed"
    return f"line {mark.line + 1}: {problem}" if mark else problem
