"""Drills that disturb something keep to the owner's windows and freezes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from colonnade.drills.calendar import NotNow, check
from colonnade.workload.sections.drills import Drills, Freeze, Window

NIGHT_SHIFT = Window(days=["mon", "tue"], begin="08:00", end="09:30")
HOLIDAYS = Freeze(begin="2026-12-20", end="2027-01-05", reason="holidays")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_without_windows_any_time_is_right():
    check(Drills(), at("2026-11-22T03:00"))


@pytest.mark.parametrize("moment", ["2026-11-23T08:00", "2026-11-23T09:30", "2026-11-24T09:00"])
def test_within_a_window(moment):
    check(Drills(windows=[NIGHT_SHIFT]), at(moment))


@pytest.mark.parametrize("moment", ["2026-11-23T07:59", "2026-11-23T09:31", "2026-11-25T09:00"])
def test_outside_of_every_window(moment):
    with pytest.raises(NotNow, match=r"at these times alone, UTC: mon, tue 08:00-09:30"):
        check(Drills(windows=[NIGHT_SHIFT]), at(moment))


@pytest.mark.parametrize("moment", ["2026-12-20T00:00", "2027-01-05T23:59"])
def test_a_freeze_counts_whole_days_and_says_why(moment):
    with pytest.raises(NotNow, match=r"from 2026-12-20 to 2027-01-05: holidays"):
        check(Drills(freezes=[HOLIDAYS]), at(moment))


def test_after_a_freeze():
    check(Drills(freezes=[HOLIDAYS]), at("2027-01-06T00:00"))


def test_a_window_that_ends_before_it_begins_is_a_fault():
    with pytest.raises(ValueError, match="write two windows for a night"):
        Window(begin="22:00", end="06:00")
