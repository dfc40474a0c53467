"""An accepted risk lies over a row for a time; it never turns the row into a proven one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

import msgspec


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted risk. `expires` is its last day, inclusive; a date that cannot be read counts as lapsed."""

    practice: str
    reason: str
    owner: str
    approver: str
    expires: str

    def stands(self, now: float) -> bool:
        """Whether it has not lapsed and somebody other than its owner approved it."""
        try:
            last = date.fromisoformat(self.expires)
        except ValueError:
            return False
        return datetime.fromtimestamp(now, UTC).date() <= last and self.approver != self.owner


def standing(waivers: Iterable[Waiver], now: float) -> frozenset[str]:
    """Ids of the practices whose risk is accepted at `now`."""
    return frozenset(waiver.practice for waiver in waivers if waiver.stands(now))
