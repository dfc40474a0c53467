"""A rule of a table is applied to a resource: it holds, does not hold, or cannot be told before an apply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from colonnade.evidence.imported.infrastructure import Aspect, Holds
from colonnade.review.adapters.material import plain
from colonnade.review.adapters.terraform.attachment import Attached, Attachments
from colonnade.review.adapters.terraform.cells import UNKNOWN
from colonnade.review.adapters.terraform.document import Instance
from colonnade.review.adapters.terraform.tables import Rule

PROVIDERS_KEYS = ("alias/aws/", "AWS_OWNED_KMS_KEY", "AWS_OWNED_CMK")
"""How keys are named that belong to the provider and not to the owner of the data."""


def aspect_of(rule: Rule, instance: Instance, attachments: Attachments) -> Aspect:
    """What a rule says of a resource."""
    said: tuple[tuple[str, Holds], ...] = (
        (rule.always, "yes"),
        (rule.never, "no"),
        (rule.unseen, "unknown"),
    )
    told = next((Aspect(holds, words) for words, holds in said if words), None)
    if told is not None:
        return told
    if rule.any:
        return _any([aspect_of(each, instance, attachments) for each in rule.any])
    if rule.all:
        return _all([aspect_of(each, instance, attachments) for each in rule.all])
    if rule.attached:
        return _of_attached(rule, instance, attachments.to(instance, rule.attached, rule.by))
    values = instance.at(rule.key or rule.path)
    return _of_values(rule, _through(rule, values, attachments) if rule.through else values, instance)


def _through(rule: Rule, values: Sequence[Any], attachments: Attachments) -> list[Any]:
    """What the resources say that are named; those that the files do not have say nothing yet."""
    kind, _, path = rule.through.partition(".")
    found: list[Any] = []
    for value in values:
        named = attachments.named(kind, value) if isinstance(value, str) else None
        found += named.at(path) if named is not None else [UNKNOWN]
    return found


def _any(found: Sequence[Aspect]) -> Aspect:
    best = [each for holds in ("yes", "unknown", "no") for each in found if each.holds == holds]
    return best[0]


def _all(found: Sequence[Aspect]) -> Aspect:
    worst = [each for holds in ("no", "unknown") for each in found if each.holds == holds]
    return worst[0] if worst else found[-1]


def _of_attached(rule: Rule, instance: Instance, attached: Attached) -> Aspect:
    if rule.none and not attached.certain:
        return Aspect("unknown" if attached.possibly else "yes", f"no {rule.attached}")
    if rule.none:
        return Aspect("no", f"{rule.attached} is set")
    if not attached.certain:
        if attached.possibly:
            return Aspect("unknown", f"whether {rule.attached} belongs to it is settled by an apply")
        return Aspect("no", f"no {rule.attached}")
    values = [value for each in attached.certain for value in each.at(rule.key or rule.path)]
    return _of_values(rule, values, instance)


def _of_values(rule: Rule, values: Sequence[Any], instance: Instance) -> Aspect:
    path = rule.key or rule.path
    values = [*values, *(instance.at(rule.own) if rule.own else ())]
    if UNKNOWN in values:
        return Aspect("unknown", f"{path} is not settled in what was given")
    if rule.absent:
        return Aspect("no" if values else "yes", f"{path} is {'set' if values else 'not set'}")
    settled = [each for each in values if each not in ("", None)]
    if not settled:
        return Aspect("no", f"{path} is not set")
    if rule.key:
        return _named_key(settled, path)
    held = _holds(rule, settled)
    shown = ", ".join(sorted({plain(each, 60) for each in settled}))
    return Aspect("yes" if held else "no", f"{path} is {plain(shown)}")


def _named_key(values: Sequence[Any], path: str) -> Aspect:
    foreign = [each for each in values if any(name in str(each) for name in PROVIDERS_KEYS)]
    if foreign:
        return Aspect("no", f"{path} names the provider's own key")
    return Aspect("yes", plain(values[0]))


def _holds(rule: Rule, values: Sequence[Any]) -> bool:
    if rule.present:
        return True
    if rule.distinct:
        return len({str(each) for each in values}) >= rule.distinct
    if rule.includes:
        return rule.includes in values
    if rule.least is not None:
        return all(_number(each) >= rule.least for each in values)
    if rule.one_of:
        return all(each in rule.one_of for each in values)
    wanted = True if rule.equals is None else rule.equals
    return all(_same(each, wanted) for each in values)


def _same(value: Any, wanted: Any) -> bool:
    """Truth values are written as words here and there."""
    if isinstance(wanted, bool):
        return value is wanted or str(value).lower() == str(wanted).lower()
    return bool(value == wanted)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("-inf")
