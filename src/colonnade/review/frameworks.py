"""The ids of each framework are pinned in a list of their own, so that no mapping can name one that does not exist.

A list is a text file in `data/frameworks/`: lines `# key: value` at its head (`version`, `source`, `confirmed`,
`unconfirmed`, and `note` where a reader must know more), then one id a line, with its title behind ` | ` where the
title is public.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec

from colonnade.errors import FaultyCatalogue

_REQUIRED = {"version", "source", "confirmed", "unconfirmed"}


class PinnedList(msgspec.Struct, frozen=True):
    """The known ids of one framework in one version, and what they were checked against.

    `unconfirmed` ids are in use and were not seen in the source named; they are never counted as confirmed.
    `in_order` has every id as listed, `titles` those that are public, `note` what a reader must know beside them.
    """

    name: str
    version: str
    source: str
    confirmed: str
    ids: frozenset[str]
    unconfirmed: frozenset[str]
    in_order: tuple[str, ...] = ()
    titles: dict[str, str] = {}
    note: str = ""

    def knows(self, identifier: str) -> bool:
        """Whether the id is pinned, confirmed or not."""
        return identifier in self.ids or identifier in self.unconfirmed


def framework_names() -> tuple[str, ...]:
    """The names of all lists, without reading them."""
    folder = files("colonnade.review") / "data" / "frameworks"
    return tuple(sorted(each.name[:-4] for each in folder.iterdir() if each.name.endswith(".txt")))


def pinned_lists(folder: Traversable | None = None) -> dict[str, PinnedList]:
    """Every pinned list of the package, by framework name.

    Raises:
        FaultyCatalogue: a list lacks a line of its head, repeats an id, or is empty.
    """
    place = folder or files("colonnade.review") / "data" / "frameworks"
    texts = sorted(
        (each for each in place.iterdir() if each.name.endswith(".txt")), key=lambda each: each.name
    )
    return {each.name[:-4]: _parse(each.name[:-4], each.read_text("utf-8")) for each in texts}


def _parse(name: str, text: str) -> PinnedList:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    head = dict(_head_line(line) for line in lines if line.startswith("# "))
    entries = [line.partition(" | ") for line in lines if not line.startswith("#")]
    ids = [each for each, _, _ in entries]
    faults = [f"{name}.txt: no line `# {key}:`" for key in sorted(_REQUIRED - head.keys())]
    faults += [
        f"{name}.txt: {each} stands there twice" for each in sorted({i for i in ids if ids.count(i) > 1})
    ]
    if not ids:
        faults.append(f"{name}.txt: no ids")
    if faults:
        raise FaultyCatalogue(faults)
    unconfirmed = {each.strip() for each in head["unconfirmed"].split(",")} - {"none", ""}
    return PinnedList(
        name=name,
        version=head["version"],
        source=head["source"],
        confirmed=head["confirmed"],
        ids=frozenset(ids),
        unconfirmed=frozenset(unconfirmed),
        in_order=(*ids, *sorted(unconfirmed)),
        titles={each: title for each, _, title in entries if title},
        note=head.get("note", ""),
    )


def _head_line(line: str) -> tuple[str, str]:
    key, _, value = line[2:].partition(":")
    return key.strip(), value.strip()
