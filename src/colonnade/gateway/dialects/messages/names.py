"""What Anthropic's callers call the fields of the gateway's form, so that errors and headers name their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

_NAMES: Final[Mapping[str, str]] = {
    "parallel_tool_calls": "tool_choice.disable_parallel_tool_use",
    "reasoning_effort": "output_config.effort",
    "response_format": "output_config.format",
    "stop": "stop_sequences",
    "user": "metadata.user_id",
}


def callers_name(field: str) -> str:
    """The caller's name of one field."""
    return _NAMES.get(field, field)


def callers_names(fields: Iterable[str]) -> tuple[str, ...]:
    """The caller's names of fields, in order."""
    return tuple(callers_name(field) for field in fields)
