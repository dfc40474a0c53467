"""What the review's own cryptographic check of the ledger found."""

from __future__ import annotations

import msgspec

from colonnade.evidence.view import view


@view("signature.ledger")
class LedgerIntegrity(msgspec.Struct, frozen=True, kw_only=True):
    """The hash chain from first to last entry, and the signed checkpoints over it."""

    entries: int
    intact: bool
    breaks: list[str]
    checkpoints: int
    changes: int
    requests: int
