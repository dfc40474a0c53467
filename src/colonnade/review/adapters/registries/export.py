"""Every view of a registry names the files that it was read from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec

from colonnade.evidence.collection import Scope
from colonnade.evidence.imported.registries import Export
from colonnade.evidence.record import Record
from colonnade.review.adapters.material import Material
from colonnade.review.adapters.taking import as_of


def export_of(origin: str, materials: Iterable[Material], *, mutable: bool) -> Export:
    """The files by digest."""
    return Export(origin=origin, files={it.name: it.digest for it in materials}, mutable=mutable)


def registry_record(
    view: msgspec.Struct, scope: Scope, collector: str, n: int, materials: Sequence[Material]
) -> Record:
    """A record of what a registry's export tells."""
    raw = b"".join(material.data for material in materials)
    return as_of(scope).record(
        view, kind="registry", source="registry_export", collector=collector, n=n, raw=raw
    )


def number(text: object) -> float | None:
    """A finite number of 0 or more, or None."""
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        return None
    try:
        found = float(text)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and found >= 0 else None


def truth(text: object) -> bool | None:
    """`true` or `false`, or None of what is neither."""
    return {"true": True, "false": False}.get(str(text).strip().lower())
