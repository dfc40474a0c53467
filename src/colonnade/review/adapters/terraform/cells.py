"""A value of a resource is read by its path; what is known only after an apply is said to be unknown, not missing."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any, Final


class Unknown(Enum):
    """The one value that is not settled yet."""

    VALUE = "known after apply"


UNKNOWN: Final = Unknown.VALUE


def leaves(values: Any, unknown: Any, path: str) -> list[Any]:
    """Everything at a dotted path, through blocks and lists; `UNKNOWN` for what is not settled, nothing for null.

    Args:
        values: attributes of a resource, as planned or as in the state.
        unknown: the same shape with `true` where a value is not settled (`after_unknown`).
        path: names with dots, `rule.filter.prefix`.
    """
    return list(_leaves(values, unknown, tuple(path.split("."))))


def _leaves(value: Any, unknown: Any, steps: tuple[str, ...]) -> Iterator[Any]:
    if unknown is True:
        yield UNKNOWN
    elif isinstance(value, list) or (value is None and isinstance(unknown, list)):
        for number in range(max(_length(value), _length(unknown))):
            yield from _leaves(_item(value, number), _item(unknown, number), steps)
    elif not steps:
        yield from () if value is None else (value,)
    elif isinstance(value, dict) or isinstance(unknown, dict):
        yield from _leaves(_field(value, steps[0]), _field(unknown, steps[0]), steps[1:])


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else 0


def _item(value: Any, number: int) -> Any:
    return value[number] if isinstance(value, list) and number < len(value) else None


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
