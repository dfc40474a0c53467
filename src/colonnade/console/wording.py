"""Figures, moments and states as people read them; every unit is written out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup, escape

from colonnade.review.catalogue import Pillar

PILLAR_NAMES: Mapping[Pillar, str] = {
    "use_case": "Use case",
    "operational_excellence": "Operational excellence",
    "security": "Security",
    "reliability": "Reliability",
    "performance": "Performance",
    "cost": "Cost",
    "sustainability": "Sustainability",
    "responsible_ai": "Responsible AI",
}
MARKS: Mapping[str, str] = {
    "proven": "✓",
    "pass": "✓",
    "answered": "✓",
    "partial": "◐",
    "insufficient": "◔",
    "failed": "✕",
    "fail": "✕",
    "error": "!",
    "conflict": "≠",
    "stale": "◷",
    "interrupted": "◷",
    "unknown": "○",
    "not_judged": "·",
    "not_applicable": "-",
    "refused": "⊘",
    "abandoned": "↩",
}
"""One sign a state, so that none needs colour."""


def moment(at: float) -> str:
    """A moment in UTC, `2026-11-23 03:12:47 UTC`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def minute(at: float) -> str:
    """A moment in UTC without its seconds."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")


def day(at: float) -> str:
    """A day in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def machine_time(at: float) -> str:
    """A moment for the `datetime` attribute."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def percent(share: float) -> str:
    """A share, rounded down: 100% stands for all of it."""
    return f"{int(share * 100)}%"


def figure(value: float) -> str:
    """A figure with four significant digits, never in powers of ten."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return _plain(value, 4)


def usd(value: float) -> str:
    """US dollars; small sums keep three significant digits."""
    return f"${value:,.2f}" if value >= 1 or value == 0 else f"${_plain(value, 3)}"


def between(low: float, high: float, unit: str) -> str:
    """A range with its unit."""
    first, last = _plain(low, 3), _plain(high, 3)
    text = first if first == last else f"{first} to {last}"
    return f"{text} {unit}".rstrip()


def in_unit(value: float, unit: str) -> str:
    """A reading in the unit that its indicator names."""
    if unit == "share":
        return f"{value:.1%}"
    if unit == "usd":
        return usd(value)
    return f"{figure(value)} {unit}"


def duration(milliseconds: float) -> str:
    """A time in the unit that fits it."""
    if milliseconds < 1000:
        return f"{milliseconds:.1f} ms" if milliseconds < 100 else f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1000
    return f"{seconds:.2f} s" if seconds < 60 else f"{int(seconds // 60)} min {seconds % 60:.0f} s"


def short(digest: str) -> str:
    """The beginning of a digest; other names stay whole."""
    return digest[:19] if digest.startswith("sha256:") else digest


def spoken(name: str) -> str:
    """A name of the code in words."""
    return name.replace("_", " ")


def mark(state: str) -> str:
    """The sign of a state."""
    return MARKS.get(state, "·")


def pretty(facts: Any) -> str:
    """Facts as indented JSON."""
    return json.dumps(facts, indent=2, ensure_ascii=False, sort_keys=True)


def told(value: Any) -> str:
    """Any value of an explanation in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return _plain(value, 6)
    if isinstance(value, dict):
        return ", ".join(f"{name} = {told(part)}" for name, part in value.items())
    if isinstance(value, (list, tuple)):
        return " to ".join(told(part) for part in value)
    return str(value)


def coded(text: str) -> Markup:
    """Text whose parts between back quotes are shown as code; everything in it is escaped."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    shown = (
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )
    return Markup("").join(shown)


def count(number: int, one: str) -> str:
    """A number of things, `1 minute` or `3 minutes`."""
    return f"{figure(number)} {one}{'' if number == 1 else 's'}"


def pillar_name(pillar: Pillar) -> str:
    """The name of a pillar."""
    return PILLAR_NAMES[pillar]


def _plain(value: float, digits: int) -> str:
    """Significant digits without an exponent and without zeros at the end."""
    if value == 0:
        return "0"
    exponent = int(f"{value:e}".partition("e")[2])
    text = f"{value:,.{max(digits - 1 - exponent, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


FILTERS: Mapping[str, Callable[..., str]] = {
    each.__name__: each
    for each in (
        moment, minute, day, machine_time, percent, figure, usd, between, in_unit, duration, short, spoken,
        mark, pretty, told, coded, count, pillar_name,
    )
}  # fmt: skip
"""What templates call by name."""
