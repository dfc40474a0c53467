"""A waiver is an accepted risk with two people, a last day and limits; what breaks its rules excuses nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal

import msgspec

from colonnade.evidence.record import Environment

MOST_DAYS = 180
"""A waiver ends at most so many days after it was created."""
NEAR_DAYS = 14
"""A waiver is near its end when so many days are left."""
RENEWALS_THAT_ESCALATE = 3
"""From so many renewals on, the risk that remains is one level higher."""

WaiverState = Literal["standing", "unused", "lapsed", "void", "elsewhere"]
"""`standing` excuses something; `unused` finds nothing to excuse; `lapsed` is past its last day; `void` breaks one of
its own rules; `elsewhere` is for another environment."""


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted risk, of a practice or of one of its signals.

    Days are ISO dates in UTC; `expires` is the last day, inclusive; a day that cannot be read counts as past. An
    empty `environment`, `tenant` or `resource` leaves the scope that wide. `ceiling` is the worst value that is
    excused. `compensating` names signals (`SEC-06.1`) that must pass meanwhile. `line` is where it stands in
    `waivers.yaml`, 0 where unknown.
    """

    practice: str
    reason: str
    owner: str
    approver: str
    created: str
    expires: str
    signal: int | None = None
    environment: Environment | Literal[""] = ""
    tenant: str = ""
    resource: str = ""
    ticket: str = ""
    co_approvers: tuple[str, ...] = ()
    ceiling: float | None = None
    compensating: tuple[str, ...] = ()
    renewals: int = 0
    line: int = 0

    @property
    def what(self) -> str:
        """The practice or signal that it excuses, as `SEC-06` or `SEC-06.3`."""
        return self.practice if self.signal is None else f"{self.practice}.{self.signal}"

    @property
    def place(self) -> str:
        """The one resource or tenant that it is for, as judges name it; empty where it is for all."""
        if self.resource:
            return f"resource:{self.resource}"
        return f"tenant:{self.tenant}" if self.tenant else ""

    @property
    def approvers(self) -> frozenset[str]:
        """Those who accepted the risk and do not own it, without regard to case."""
        return frozenset(map(folded, (self.approver, *self.co_approvers))) - {folded(self.owner), ""}

    def days_left(self, now: float) -> int | None:
        """Days until its last one, 0 on that day, negative afterwards; None where a day cannot be read."""
        last = _day(self.expires)
        return None if last is None or _day(self.created) is None else (last - _today(now)).days


class WaiverResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a waiver does in one review: its state, the reason in words, and the signals that it excuses.

    `near_expiry` is set while a waiver that could still excuse something has few days left.
    """

    waiver: Waiver
    state: WaiverState
    why: str
    excuses: tuple[str, ...] = ()
    days_left: int | None = None
    near_expiry: bool = False


def folded(name: str) -> str:
    """A name as it is compared: without regard to case and outer blanks."""
    return name.strip().casefold()


def why_lapsed(waiver: Waiver, now: float) -> str:
    """Why a waiver is past its term; empty while it is not."""
    for field, text in (("expires", waiver.expires), ("created", waiver.created)):
        if _day(text) is None:
            return f"counts as lapsed: `{field}` is no day; write it as YYYY-MM-DD"
    left = waiver.days_left(now)
    return f"lapsed after {waiver.expires}" if left is not None and left < 0 else ""


def why_void(waiver: Waiver, now: float) -> str:
    """Why a waiver breaks the rules for waivers, whatever it is laid over; empty where it keeps them."""
    begins, ends = _day(waiver.created), _day(waiver.expires)
    if not waiver.approvers:
        return f"is void: nobody but its owner {waiver.owner} approved it"
    if begins is None or ends is None:
        return ""
    if (ends - begins).days > MOST_DAYS:
        return f"is void: it runs {(ends - begins).days} days, and {MOST_DAYS} are the most"
    return f"is void: it begins on {waiver.created}" if begins > _today(now) else ""


def _today(now: float) -> date:
    return datetime.fromtimestamp(now, UTC).date()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("YYYY-MM-DD") else None
    except ValueError:
        return None
