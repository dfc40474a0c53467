"""Keys that drills call with: written to the ledger like all others, and taken back."""

from __future__ import annotations

import time
from dataclasses import dataclass

from colonnade.drills.target import DRILL_LABELS, IssuedKey
from colonnade.evidence.change import operator
from colonnade.security.keys import DAY_S, ApiKeys, Role


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys for the length of a drill; their labels say that a drill calls."""

    keys: ApiKeys

    def issue(self, *, role: Role, expires_in_s: float) -> IssuedKey:
        """A new key; a negative term makes one that has expired already."""
        now = time.time() if expires_in_s > 0 else time.time() + expires_in_s - 1.0
        term_days = (expires_in_s if expires_in_s > 0 else 1.0) / DAY_S
        made = self.keys.create(role, dict(DRILL_LABELS), actor=operator(), now=now, expires_days=term_days)
        return IssuedKey(made.key.id, made.text)

    def revoke(self, key_id: str) -> None:
        """Take a key back."""
        self.keys.revoke(key_id, actor=operator(), now=time.time())
