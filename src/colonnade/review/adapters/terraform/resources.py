"""A resource of a plan or state becomes one of the view: what its table says, and its tags, place and identity."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from colonnade.evidence.imported.infrastructure import Aspect, AspectName, Origin, Resource
from colonnade.review.adapters.exceptions import exceptions_in
from colonnade.review.adapters.material import plain
from colonnade.review.adapters.terraform.attachment import Attachments, references
from colonnade.review.adapters.terraform.cells import UNKNOWN
from colonnade.review.adapters.terraform.document import Instance
from colonnade.review.adapters.terraform.openings import closed
from colonnade.review.adapters.terraform.rules import aspect_of
from colonnade.review.adapters.terraform.tables import Entry, Table, lookup
from colonnade.review.adapters.terraform.trust import federated

KIND = "terraform"
MOST_TAGS = 60
_ZONE_OF_AWS = re.compile(r"^([a-z]{2}(?:-[a-z]+)+-\d)[a-z]$")
_ZONE_OF_GOOGLE = re.compile(r"^([a-z]+-[a-z]+\d)-[a-z]$")
_ARN = re.compile(r"^arn:[\w-]+:[\w-]*:([\w-]*):")
INFERENCE = frozenset({"inference", "model", "model-server"})
"""Values of a tag `component` or `role` by which the owner says that a model runs there."""


def resource_of(instance: Instance, origin: Origin, attachments: Attachments) -> Resource | None:
    """The resource, or None for a type that no table knows."""
    found = lookup(instance.type)
    if found is None:
        return None
    table, entry = found
    tags, tags_unknown = _tags(instance, table, entry)
    inference = entry.inference or _says_inference(tags or {})
    segments = (
        [plain(each) for each in instance.at(entry.segments) if each is not UNKNOWN]
        if entry.segments
        else None
    )
    return Resource(
        name=instance.address,
        type=instance.type,
        source=KIND,
        origin=origin,
        run=entry.run,
        tier="model" if inference else entry.tier,
        event_driven=entry.event_driven,
        endpoint=entry.endpoint,
        region=_region(instance, table),
        segments=segments,
        segments_unknown=bool(entry.segments) and instance.unsettled(entry.segments),
        identity=_identity(instance, entry),
        tags=tags,
        tags_unknown=tags_unknown,
        aspects=dict(_aspects(instance, table, entry, attachments, inference=inference)),
        exceptions=exceptions_in(tags or {}),
    )


def _aspects(
    instance: Instance, table: Table, entry: Entry, attachments: Attachments, *, inference: bool
) -> Iterator[tuple[AspectName, Aspect]]:
    for name, rule in entry.aspects.items():
        yield name, aspect_of(rule, instance, attachments)
    if entry.opens is not None:
        yield "closed", closed(entry.opens, instance)
    if entry.machine and (inference or _accelerated(instance, table, entry).holds == "yes"):
        yield "accelerated", _accelerated(instance, table, entry)
    if entry.sign_in and (told := federated(instance.at(entry.sign_in))) is not None:
        yield "federated", told
    if entry.path:
        yield from _path(instance, entry)


def _accelerated(instance: Instance, table: Table, entry: Entry) -> Aspect:
    machines = instance.at(entry.machine)
    beside = [each for each in instance.at(entry.accelerator) if each] if entry.accelerator else []
    if beside and UNKNOWN not in beside:
        return Aspect("yes", plain(beside[0]))
    if UNKNOWN in machines or not machines:
        return Aspect("unknown", f"{entry.machine} is not told")
    told = plain(machines[0])
    asked = all(str(each).startswith(table.accelerated) for each in machines)
    return Aspect("yes" if asked else "no", told)


def _path(instance: Instance, entry: Entry) -> Iterator[tuple[AspectName, Aspect]]:
    values = instance.at(entry.path)
    if UNKNOWN in values:
        yield "path", Aspect("unknown", f"{entry.path} is known only after an apply")
    elif entry.path_told:
        yield "path", Aspect("yes" if True in values else "no", entry.path_told)
    elif values:
        yield "path", Aspect("yes", ", ".join(plain(each) for each in values))


def _tags(instance: Instance, table: Table, entry: Entry) -> tuple[dict[str, str] | None, bool]:
    """The tags, None for what takes none, and whether some are settled only by an apply."""
    values = instance.values if isinstance(instance.values, dict) else {}
    unknown = instance.unknown if isinstance(instance.unknown, dict) else {}
    if entry.tag_blocks:
        blocks = values.get(entry.tag_blocks)
        rows = [each for each in blocks if isinstance(each, dict)] if isinstance(blocks, list) else []
        return _plain_tags({plain(row.get("key")): row.get("value") for row in rows}), unknown.get(
            entry.tag_blocks
        ) is True
    for name in table.tags:
        if unknown.get(name) is True:
            return {}, True
        if name in values:
            found = values[name] if isinstance(values[name], dict) else {}
            unsettled = unknown.get(name)
            return _plain_tags(found), isinstance(unsettled, dict) and True in unsettled.values()
    return None, False


def _plain_tags(found: Mapping[Any, Any]) -> dict[str, str]:
    return {plain(name): plain(value) for name, value in list(found.items())[:MOST_TAGS]}


def _says_inference(tags: Mapping[str, str]) -> bool:
    return any(
        re.sub(r".*[/:]", "", name).lower() in {"component", "role"} and value.lower() in INFERENCE
        for name, value in tags.items()
    )


def _identity(instance: Instance, entry: Entry) -> str | None:
    """The role that it acts as; the empty text where none is named or it is not settled, None where it takes none."""
    if not entry.identity:
        return None
    found = [each for each in instance.at(entry.identity) if each is not UNKNOWN]
    return plain(found[0]) if found else _referred_role(instance, entry.identity)


def _referred_role(instance: Instance, path: str) -> str:
    """What the code refers to where the value is settled only by an apply."""
    written = instance.configured.get(path.split(".", maxsplit=1)[0])
    return plain(next(references(written), ""))


def _region(instance: Instance, table: Table) -> str:
    for name in table.region:
        told = _arn_region(instance.word(name)) if name == "arn" else instance.word(name)
        if told:
            return _region_of_zone(told)
    return instance.provider_region


def _arn_region(arn: str) -> str:
    found = _ARN.match(arn)
    return found[1] if found else ""


def _region_of_zone(place: str) -> str:
    for zone in (_ZONE_OF_AWS, _ZONE_OF_GOOGLE):
        if found := zone.match(place):
            return found[1]
    return plain(place)
