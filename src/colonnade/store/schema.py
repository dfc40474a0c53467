"""Every table of the store, in types that SQLite and PostgreSQL both have."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()


class Bytes(LargeBinary):
    """Bytes as they are: both drivers take and give them, so nothing converts them row by row."""

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> None:
        """Nothing to do on the way in."""

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """Nothing to do on the way out."""


_Sequence = BigInteger().with_variant(Integer(), "sqlite")

ledger = Table(
    "ledger",
    metadata,
    Column("seq", _Sequence, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("ref", String(160), nullable=False, unique=True),
    Column("at", Float(53), nullable=False),
    Column("digest", Bytes(32), nullable=False),
    Column("chain", Bytes(32), nullable=False),
)
"""The chain: one row an entry. `ref` is the id of a request, record or change; `digest` that of its body."""

request = Table(
    "request",
    metadata,
    Column("id", String(160), primary_key=True),
    Column("seq", _Sequence, nullable=False, unique=True),
    Column("opened_at", Float(53), nullable=False),
    Column("closed_at", Float(53), nullable=False),
    Column("route", String(64), nullable=False),
    Column("body", Bytes, nullable=False),
    Index("request_opened_at", "opened_at"),
)
"""Requests; `body` is the JSON of a RequestRecord, the other columns repeat it for queries."""

content = Table(
    "content",
    metadata,
    Column("request_id", String(160), ForeignKey("request.id", ondelete="CASCADE"), primary_key=True),
    Column("prompt", Bytes),
    Column("answer", Bytes),
    Column("stored_at", Float(53), nullable=False),
    Index("content_stored_at", "stored_at"),
)
"""Redacted prompts and answers, compressed and sealed; null once retention has taken them."""

record = Table(
    "record",
    metadata,
    Column("id", String(160), primary_key=True),
    Column("seq", _Sequence, nullable=False, unique=True),
    Column("topic", String(128), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("environment", String(16), nullable=False),
    Column("window_end", Float(53), nullable=False),
    Column("collected_at", Float(53), nullable=False),
    Column("body", Bytes, nullable=False),
    Index("record_topic", "environment", "topic", "seq"),
)
"""Evidence records; `body` is their canonical JSON."""

change = Table(
    "change",
    metadata,
    Column("id", String(160), primary_key=True),
    Column("seq", _Sequence, nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("at", Float(53), nullable=False),
    Column("body", Bytes, nullable=False),
    Index("change_kind", "kind", "seq"),
)
"""Changes: who changed what, when, why."""

api_key = Table(
    "api_key",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("digest", Bytes(32), nullable=False),
    Column("role", String(16), nullable=False),
    Column("labels", Text, nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("expires_at", Float(53), nullable=False),
    Column("revoked_at", Float(53)),
    Column("last_used_day", String(10)),
)
"""API keys by digest; `labels` is a JSON object, `last_used_day` an ISO date."""
