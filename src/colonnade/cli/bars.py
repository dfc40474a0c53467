"""A figure beside others is drawn, too: a bar as long as its share of the largest."""

from __future__ import annotations

from math import isfinite

_EIGHTHS = " ▏▎▍▌▋▊▉"
WIDTH = 16


def bar(value: float, largest: float, width: int = WIDTH) -> str:
    """Blocks for `value`, `width` of them for `largest`; nothing where there is nothing to compare with."""
    if not (isfinite(value) and isfinite(largest)) or largest <= 0.0 or value <= 0.0:
        return ""
    eighths = max(1, round(8 * width * min(value / largest, 1.0)))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
