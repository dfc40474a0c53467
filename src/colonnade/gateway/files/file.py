"""A file as it is stored, and the shape in which OpenAI's clients see it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final

UPLOADED: Final = frozenset({"assistants", "batch", "evals", "fine-tune", "user_data", "vision"})
"""Purposes that callers may name."""

BATCH_OUTPUT: Final = "batch_output"
"""The purpose of files that a batch writes."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is known of a file beside its bytes. Times in seconds since the epoch; `size` in bytes."""

    id: str
    tenant: str
    key_id: str
    purpose: str
    name: str
    size: int
    state: str
    created_at: float
    expires_at: float | None

    def shape(self) -> dict[str, Any]:
        """The file object of OpenAI's API."""
        return {
            "id": self.id,
            "object": "file",
            "bytes": self.size,
            "created_at": int(self.created_at),
            "expires_at": None if self.expires_at is None else int(self.expires_at),
            "filename": self.name,
            "purpose": self.purpose,
            "status": "processed",
            "status_details": None,
        }


def new_file_id() -> str:
    """An id that nobody can guess."""
    return f"file-{secrets.token_hex(16)}"
