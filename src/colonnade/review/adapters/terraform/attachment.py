"""Some of what holds for a resource is said by others that are attached to it: a bucket's encryption, a group's policy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.review.adapters.terraform.cells import UNKNOWN
from colonnade.review.adapters.terraform.document import Instance

NAMES = ("id", "arn", "name", "bucket", "self_link", "function_name")
"""Attributes by which others name a resource."""


@dataclass(frozen=True, slots=True)
class Attached:
    """The resources that are attached for certain, and whether there may be others that cannot be told yet."""

    certain: tuple[Instance, ...]
    possibly: bool


class Attachments:
    """Who is attached to whom, over all resources of one import."""

    def __init__(self, instances: Sequence[Instance]) -> None:
        self._by_type: defaultdict[str, list[Instance]] = defaultdict(list)
        self._by_name: dict[tuple[str, str], Instance] = {}
        self._indexes: dict[tuple[str, str], _Index] = {}
        for instance in instances:
            self._by_type[instance.type].append(instance)
            for name in NAMES:
                self._by_name[instance.type, instance.word(name)] = instance

    def named(self, kind: str, name: str) -> Instance | None:
        """The resource of a type that goes by a name."""
        return self._by_name.get((kind, name)) if name else None

    def to(self, instance: Instance, kind: str, by: str) -> Attached:
        """The resources of type `kind` whose attribute `by` names `instance`.

        Where the attribute is settled only by an apply, the code says what it refers to.
        """
        names = [each for name in NAMES if (each := instance.word(name))]
        index = self._index(kind, by)
        certain = {id(other): other for name in names for other in index.naming.get(name, ())}
        possibly = False
        for other in index.unsettled:
            referred = _referred(other, instance, by)
            if referred:
                certain.setdefault(id(other), other)
            possibly = possibly or referred is None
        return Attached(tuple(certain.values()), possibly)

    def _index(self, kind: str, by: str) -> _Index:
        if (kind, by) not in self._indexes:
            self._indexes[kind, by] = _Index.of(self._by_type.get(kind, ()), by)
        return self._indexes[kind, by]


@dataclass(frozen=True, slots=True)
class _Index:
    """The resources of a type by what one of their attributes names, whole or behind its last slash."""

    naming: Mapping[str, Sequence[Instance]]
    unsettled: Sequence[Instance]

    @classmethod
    def of(cls, instances: Sequence[Instance], by: str) -> _Index:
        """Look at every resource of a type once."""
        naming: defaultdict[str, list[Instance]] = defaultdict(list)
        unsettled = []
        for instance in instances:
            found = instance.at(by)
            for value in {each for each in found if isinstance(each, str)}:
                for name in {value, value.rpartition("/")[2]}:
                    naming[name].append(instance)
            if UNKNOWN in found:
                unsettled.append(instance)
        return cls(naming, unsettled)


def _referred(other: Instance, instance: Instance, by: str) -> bool | None:
    """Whether the code of `other` refers to `instance`; None where it goes by a variable or a local value."""
    referred = set(references(other.configured.get(by.split(".", maxsplit=1)[0])))
    if other.module == instance.module and f"{instance.type}.{instance.name}" in referred:
        return other.index == instance.index or not other.index or not instance.index
    indirect = any(each.startswith(("var.", "local.", "module.", "each.")) for each in referred)
    return None if indirect or not referred else False


def references(written: Any) -> Iterator[str]:
    """Everything that an expression of the code refers to, most exact first."""
    waiting = [written]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, dict):
            found = each.get("references")
            yield from (it for it in found if isinstance(it, str)) if isinstance(found, list) else ()
            waiting.extend(value for name, value in each.items() if name != "references")
