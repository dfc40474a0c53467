"""Tables have the width of the terminal, and where the output goes elsewhere, the width that they need."""

from __future__ import annotations

from rich.console import Console

WIDE = 200


def screen() -> Console:
    """Where a command prints tables."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDE)
