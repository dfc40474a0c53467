"""A model has one name, however a bill, an answer or a workload writes it."""

from __future__ import annotations

import re

_DATED = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{8})$")
_GAPS = re.compile(r"[\s_.:()]+")


def canonical(model: str) -> str:
    """Lower case with hyphens, without provider, snapshot day or variant of the host.

    `Claude Haiku 4.5`, `claude-haiku-4-5-20251001` and `anthropic/claude-haiku-4.5` are one model.
    """
    plain = _GAPS.sub("-", model.strip().lower().rpartition("/")[2]).strip("-")
    return _DATED.sub("", plain)
