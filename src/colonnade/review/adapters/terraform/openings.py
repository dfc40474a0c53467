"""A rule of a firewall that lets everybody in is seen, whatever the provider calls its fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from colonnade.evidence.imported.infrastructure import Aspect
from colonnade.review.adapters.terraform.cells import UNKNOWN, leaves
from colonnade.review.adapters.terraform.document import Instance
from colonnade.review.adapters.terraform.tables import Opening

EVERYBODY = frozenset({"0.0.0.0/0", "::/0", "*", "internet", "any", "0.0.0.0"})  # noqa: S104 - what is looked for
PUBLIC_PORTS = frozenset({80, 443})
"""Ports on which a service may answer everybody: HTTP, to send callers on, and HTTPS."""
_RANGE = re.compile(r"^(\d+)(?:-(\d+))?$")


def closed(opening: Opening, instance: Instance) -> Aspect:
    """Whether nobody but named addresses may come in, apart from the ports of public services."""
    if not _is_for_coming_in(opening, instance.values):
        return Aspect("yes", "not for coming in")
    unsettled, open_to_all = False, []
    for block, unknown in _blocks(opening, instance):
        beside = opening.of == "whole"
        holder = (instance.values, instance.unknown) if beside else (block, unknown)
        if not _is_for_coming_in(opening, block):
            continue
        from_ = [each for path in opening.sources for each in leaves(*holder, path)]
        unsettled = unsettled or UNKNOWN in from_
        if any(str(each).lower() in EVERYBODY for each in from_):
            ports = [each for path in opening.ports for each in leaves(block, unknown, path)]
            open_to_all += [] if _public(opening, ports) else [_told(ports)]
    if open_to_all:
        return Aspect("no", f"open to everybody: {', '.join(open_to_all[:5])}")
    return Aspect("unknown", "addresses are known only after an apply") if unsettled else Aspect("yes")


def _blocks(opening: Opening, instance: Instance) -> Iterable[tuple[Any, Any]]:
    if not opening.each:
        return [(instance.values, instance.unknown)]
    values = instance.values.get(opening.each) if isinstance(instance.values, dict) else None
    unknown = instance.unknown.get(opening.each) if isinstance(instance.unknown, dict) else None
    if unknown is True:
        return [({}, dict.fromkeys((*opening.sources, *opening.ports), True))]
    rows = values if isinstance(values, list) else []
    beside = unknown if isinstance(unknown, list) else []
    return [(row, beside[number] if number < len(beside) else None) for number, row in enumerate(rows)]


def _is_for_coming_in(opening: Opening, values: Any) -> bool:
    """What says of itself that it is for going out, or refuses, opens nothing; what says nothing counts."""
    said = values if isinstance(values, dict) else {}
    return all(
        str(said.get(name) or wanted).lower() == wanted.lower() for name, wanted in opening.when.items()
    )


def _public(opening: Opening, ports: Sequence[Any]) -> bool:
    """Whether all of these are ports of public services; no port at all means every port."""
    words = [str(each) for each in ports]
    spans = ["-".join(words)] if opening.span and len(set(words)) > 1 else sorted(set(words))
    found = [_RANGE.match(span) for span in spans]
    return bool(spans) and all(
        each and each[2] in (None, each[1]) and int(each[1]) in PUBLIC_PORTS for each in found
    )


def _told(ports: Sequence[Any]) -> str:
    return "ports " + ", ".join(str(each)[:12] for each in ports[:4]) if ports else "every port"
