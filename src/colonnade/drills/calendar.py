"""Drills that disturb something run in the owner's windows and never in a freeze."""

from __future__ import annotations

from datetime import UTC, datetime

from colonnade.errors import ColonnadeError
from colonnade.workload.sections.drills import Drills, Window

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class NotNow(ColonnadeError):
    """The owner of the workload wants no disturbance at this time."""


def check(drills: Drills, now: float) -> None:
    """Return if a drill may disturb the workload at `now` (seconds since the epoch).

    Raises:
        NotNow: naming the freeze, or the windows.
    """
    moment = datetime.fromtimestamp(now, UTC)
    day = moment.strftime("%Y-%m-%d")
    freeze = next((it for it in drills.freezes if it.begin <= day <= it.end), None)
    if freeze is not None:
        raise NotNow(
            f"no drill may disturb the workload from {freeze.begin} to {freeze.end}: {freeze.reason}"
        )
    if drills.windows and not any(_open(window, moment) for window in drills.windows):
        told = "; ".join(f"{', '.join(it.days)} {it.begin}-{it.end}" for it in drills.windows)
        raise NotNow(f"drills may disturb the workload at these times alone, UTC: {told}")


def _open(window: Window, moment: datetime) -> bool:
    return _DAYS[moment.weekday()] in window.days and window.begin <= moment.strftime("%H:%M") <= window.end
