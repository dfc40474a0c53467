"""API keys are stored as digests, expire, carry a role and labels, and every change of them is in the ledger."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from colonnade.errors import SetupError
from colonnade.evidence.change import Change
from colonnade.evidence.ledger import Ledger
from colonnade.store import schema

Role = Literal["caller", "operator", "reviewer"]
ROLES: tuple[Role, ...] = ("caller", "operator", "reviewer")
EXPIRES_DAYS = 90
LONGEST_DAYS = 730
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key; the key itself is known to its owner alone. Times in seconds since the epoch."""

    id: str
    role: str
    labels: dict[str, str]
    created_at: float
    expires_at: float
    revoked_at: float | None
    last_used_day: str | None
    digest: bytes = field(repr=False)

    def state(self, now: float) -> Literal["valid", "revoked", "expired"]:
        """Whether it opens anything at `now`."""
        if self.revoked_at is not None:
            return "revoked"
        return "valid" if now < self.expires_at else "expired"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made: `text` is shown once and then nowhere."""

    key: ApiKey
    text: str = field(repr=False)


class ApiKeys:
    """The keys of one store."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def create(
        self,
        role: Role,
        labels: dict[str, str],
        *,
        actor: str,
        now: float,
        expires_days: float = EXPIRES_DAYS,
    ) -> NewKey:
        """Make a key; raises SetupError for a term outside (0, 730] days."""
        if not 0 < expires_days <= LONGEST_DAYS:
            raise SetupError(
                f"a key must expire, within {LONGEST_DAYS} days: {expires_days:g} days were asked for"
            )
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        key = ApiKey(key_id, role, labels, now, now + expires_days * DAY_S, None, None, digest_of(secret))
        row = {**_columns(key), "labels": msgspec.json.encode(labels, order="deterministic").decode()}
        change = Change(
            kind="key",
            name=key_id,
            at=now,
            actor=actor,
            reason="created",
            after=role,
            details={**labels, "expires_at": f"{key.expires_at:.0f}"},
        )
        self._ledger.append_change(change, lambda to: _run_insert(to, row))
        return NewKey(key, f"ck-{key_id}-{secret}")

    def revoke(self, key_id: str, *, actor: str, now: float) -> None:
        """Revoke a key at once; raises SetupError if there is none or it is revoked already."""
        key = self.load().get(key_id)
        if key is None:
            raise SetupError(f"there is no key {key_id}: `colonnade key list` names them")
        if key.revoked_at is not None:
            raise SetupError(f"the key {key_id} is revoked already")
        change = Change(kind="key", name=key_id, at=now, actor=actor, reason="revoked", before=key.role)
        self._ledger.append_change(change, lambda to: _run_revoke(to, key_id, now))

    def load(self) -> dict[str, ApiKey]:
        """Every key by id, oldest first."""
        table = schema.api_key
        with self._ledger.store.reading() as connection:
            rows = connection.execute(select(table).order_by(table.c.created_at)).mappings().all()
        return {row["id"]: ApiKey(**{**row, "labels": msgspec.json.decode(row["labels"])}) for row in rows}

    def edition(self) -> int:
        """A number that grows with every change of any key; cheap to ask for."""
        table = schema.change.c
        with self._ledger.store.reading() as connection:
            return connection.scalar(select(func.max(table.seq)).where(table.kind == "key")) or 0

    def mark_used(self, key_ids: Iterable[str], day: str) -> None:
        """Note that keys were used on a day (ISO date)."""
        table = schema.api_key
        with self._ledger.store.writing() as connection:
            connection.execute(update(table).where(table.c.id.in_(list(key_ids))).values(last_used_day=day))


def digest_of(secret: str) -> bytes:
    """SHA-256: the secret has 256 random bits, so a slow digest would add nothing."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _columns(key: ApiKey) -> dict[str, object]:
    return {name: getattr(key, name) for name in ApiKey.__slots__}


def _run_insert(connection: Connection, row: dict[str, object]) -> None:
    connection.execute(insert(schema.api_key).values(**row))


def _run_revoke(connection: Connection, key_id: str, now: float) -> None:
    table = schema.api_key
    connection.execute(update(table).where(table.c.id == key_id).values(revoked_at=now))
