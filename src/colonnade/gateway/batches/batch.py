"""A batch as it is stored, and the shape in which OpenAI's clients see it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

Status = Literal[
    "validating", "failed", "in_progress", "finalizing", "completed", "expired", "cancelling", "cancelled"
]

ACTIVE: Final = ("validating", "in_progress", "cancelling", "finalizing")
WINDOWS_S: Final = {"1h": 3600.0, "8h": 8 * 3600.0, "24h": 24 * 3600.0}
"""Deadline classes: `completion_window` -> seconds from creation."""
LONGEST_S: Final = max(WINDOWS_S.values())

REASONS: Final = {
    "batch_expired": "This request could not be executed before the completion window expired.",
    "batch_cancelled": "This request was not executed: the batch was cancelled.",
    "key_revoked": "This request was not executed: the API key of the batch is revoked or expired.",
}
"""Why a row was never answered, by the code of its error."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is known of a batch. Times in seconds since the epoch, JSON where the schema says so."""

    id: str
    tenant: str
    key_id: str
    endpoint: str
    input_file_id: str
    completion_window: str
    labels: str
    created_at: float
    start_after: float
    expires_at: float
    output_stays_s: float | None
    status: Status
    ending: Status
    moments: str
    errors: str
    total: int
    completed: int
    failed: int
    missed: int
    waited_s: float
    longest_wait_s: float
    output_file_id: str | None
    error_file_id: str | None
    worker: str
    claimed_until: float

    @property
    def active(self) -> bool:
        """Whether anything may still happen to it."""
        return self.status in ACTIVE

    def shape(self) -> dict[str, Any]:
        """The batch object of OpenAI's API."""
        moments: dict[str, float] = msgspec.json.decode(self.moments)
        errors = msgspec.json.decode(self.errors)
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": self.endpoint,
            "errors": {"object": "list", "data": errors} if errors else None,
            "input_file_id": self.input_file_id,
            "completion_window": self.completion_window,
            "status": self.status,
            "output_file_id": self.output_file_id,
            "error_file_id": self.error_file_id,
            "created_at": int(self.created_at),
            "expires_at": int(self.expires_at),
            **{f"{status}_at": _moment(moments, status) for status in _DATED},
            "request_counts": {"total": self.total, "completed": self.completed, "failed": self.failed},
            "metadata": msgspec.json.decode(self.labels) or None,
        }


_DATED = ("in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled")


def _moment(moments: dict[str, float], status: str) -> int | None:
    at = moments.get(status)
    return None if at is None else int(at)


def new_batch_id() -> str:
    """An id that nobody can guess."""
    return f"batch_{secrets.token_hex(16)}"


class LineFault(msgspec.Struct, frozen=True):
    """What is wrong with one line of an input file; `line` counts from 1, None for the file as a whole."""

    code: str
    message: str
    param: str | None = None
    line: int | None = None
