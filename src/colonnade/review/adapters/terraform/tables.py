"""What a type of resource says of the practices stands in a table a provider, so that adding a type needs no code."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
import yaml

from colonnade.evidence.imported.infrastructure import AspectName, Tier

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
TABLES = ("aws", "azurerm", "google", "neutral")


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an aspect is read off a resource. Exactly one of `path`, `key`, `always`, `never`, `unseen`, `any`, `all`.

    `path` goes through blocks and lists, and every value there must satisfy what follows: `equals` (true where
    nothing else is said), `one_of`, `includes` (one value does), `present`, `absent`, `least`, or `distinct` (so many different
    values; those at `own`, a path of the resource itself, count with them, and with `through`, `type.path`, values are
    those of the resources that are named). `key` is the path of a key that the
    owner named. `always`, `never` and `unseen` say in words what holds for the type.
    With `attached`, the path is looked up in resources of that type whose attribute `by` names this one; `none` asks
    that there is no such resource.
    """

    path: str = ""
    key: str = ""
    always: str = ""
    never: str = ""
    unseen: str = ""
    any: tuple[Rule, ...] = ()
    all: tuple[Rule, ...] = ()
    attached: str = ""
    by: str = ""
    none: bool = False
    equals: str | bool | float | None = None
    one_of: tuple[str, ...] = ()
    includes: str = ""
    present: bool = False
    absent: bool = False
    least: float | None = None
    distinct: int = 0
    own: str = ""
    through: str = ""


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"sources": "from"}):
    """Where a type says who may come in: addresses at `from`, ports, within each block `each` if there are several.

    `span` means that the two ports are the ends of a range; `of: whole` that the addresses stand beside the blocks;
    `when` are values that make it a rule for coming in.
    """

    sources: tuple[str, ...]
    ports: tuple[str, ...]
    each: str = ""
    span: bool = False
    of: Literal["each", "whole"] = "each"
    when: dict[str, str] = {}


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of one type. Strings are paths unless said otherwise.

    `run` and `tier` are as in `Resource`; `machine` and `accelerator` tell the kind of machine; `inference` says that
    a model runs on it; `tag_blocks` are blocks of `key` and `value`; `sign_in` is a policy of who may take a role;
    `path` is a private path to a provider's service, `path_told` its name where the path has only a yes or no.
    """

    run: Literal["", "managed", "self"] = ""
    tier: Tier = ""
    event_driven: bool = False
    endpoint: bool = False
    inference: bool = False
    machine: str = ""
    accelerator: str = ""
    segments: str = ""
    identity: str = ""
    tag_blocks: str = ""
    sign_in: str = ""
    path: str = ""
    path_told: str = ""
    opens: Opening | None = None
    aspects: dict[AspectName, Rule] = {}


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One provider: attributes that hold tags and region, accelerated machines, and its types."""

    provider: str
    nothing: tuple[str, ...]
    tags: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    accelerated: tuple[str, ...] = ()
    types: dict[str, Entry] = {}

    def holds_nothing(self, kind: str) -> bool:
        """Whether a type holds no data, runs nothing and opens nothing."""
        return any(fnmatchcase(kind, pattern) for pattern in self.nothing)


@cache
def tables() -> tuple[Table, ...]:
    """Every table, as it stands in `review/data/infrastructure/`."""
    place = files("colonnade.review") / "data" / "infrastructure"
    return tuple(
        msgspec.convert(yaml.load((place / f"{name}.yaml").read_bytes(), Loader=_LOADER), Table, strict=True)  # noqa: S506 - a safe loader
        for name in TABLES
    )


@cache
def lookup(kind: str) -> tuple[Table, Entry] | None:
    """The table and entry of a type; an empty entry for a type of no concern, None for one that no table knows."""
    for table in tables():
        if kind in table.types:
            return table, table.types[kind]
    for table in tables():
        if table.holds_nothing(kind):
            return table, Entry()
    return None
