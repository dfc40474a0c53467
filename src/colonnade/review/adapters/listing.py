"""The table of everything that can be imported is written from the adapters, so that it cannot be wrong."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.review.adapters.adapter import Adapter

BEGIN = "<!-- Written by `colonnade evidence kinds --markdown`; do not edit. -->"
END = "<!-- End of what is written. -->"


def kinds_page(adapters: Sequence[Adapter]) -> str:
    """The table in Markdown, between two marks that a test finds again."""
    rows = [
        f"| `{each.kind}` | {each.title} | {_looked_for(each)} | `{each.collector}` |" for each in adapters
    ]
    head = ["| kind | reads | looks for, in a folder | collector |", "|---|---|---|---|"]
    return "\n".join([BEGIN, "", *head, *rows, "", END, ""])


def _looked_for(adapter: Adapter) -> str:
    return ", ".join(f"`{pattern}`" for pattern in adapter.patterns) or "the folder itself"
