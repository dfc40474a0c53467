"""Rows that a provider's batch interface takes wait there for hours, so that they take none of the places of others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from colonnade.gateway.batches.rows import Row


class _Body(msgspec.Struct):
    model: str = ""


_body = msgspec.json.Decoder(_Body).decode


def model_of(row: Row) -> str:
    """The route that the row names, empty where it names none."""
    return _body(row.request).model


def never(row: Row) -> bool:  # noqa: ARG001 - the shape of those who know
    """No provider takes rows."""
    return False


def some() -> int:
    """So many may wait where nobody says how many."""
    return 1000


@dataclass(frozen=True, slots=True)
class Handing:
    """`over` says whether a row is handed over, `most` how many may wait at once."""

    over: Callable[[Row], bool] = never
    most: Callable[[], int] = some
