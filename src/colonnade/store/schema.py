"""Every table of the store, in types that SQLite and PostgreSQL both have."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
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
    Index("record_newest", "environment", "topic", "window_end", "collected_at", "id"),
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

file = Table(
    "file",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("key_id", String(32), nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("expires_at", Float(53)),
    Index("file_tenant", "tenant", "created_at"),
)
"""Files of callers and of batches; `state` is `draft` while bytes come, then `kept`, and `gone` while they go."""

file_part = Table(
    "file_part",
    metadata,
    Column("file_id", String(64), ForeignKey("file.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("body", Bytes, nullable=False),
)
"""The bytes of files, in order of `number` from 0."""

batch = Table(
    "batch",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("key_id", String(32), nullable=False),
    Column("endpoint", String(64), nullable=False),
    Column("input_file_id", String(64), nullable=False),
    Column("completion_window", String(16), nullable=False),
    Column("labels", Text, nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("start_after", Float(53), nullable=False),
    Column("expires_at", Float(53), nullable=False),
    Column("output_stays_s", Float(53)),
    Column("status", String(16), nullable=False),
    Column("ending", String(16), nullable=False),
    Column("moments", Text, nullable=False),
    Column("errors", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("completed", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("waited_s", Float(53), nullable=False),
    Column("longest_wait_s", Float(53), nullable=False),
    Column("output_file_id", String(64)),
    Column("error_file_id", String(64)),
    Column("worker", String(64), nullable=False),
    Column("claimed_until", Float(53), nullable=False),
    Index("batch_tenant", "tenant", "created_at"),
    Index("batch_status", "status"),
)
"""Batches. `labels` is the caller's metadata, `moments` when each status began, `errors` what validation found, each
JSON. `ending` is the status that the batch ends with. `missed` rows ran out of time; waits are those of rows."""

batch_row = Table(
    "batch_row",
    metadata,
    Column("batch_id", String(64), ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("custom_id", Text, nullable=False),
    Column("request", Bytes, nullable=False),
    Column("done", Boolean, nullable=False),
    Column("worker", String(64), nullable=False),
    Column("free_at", Float(53), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("failed", Boolean, nullable=False),
    Column("error", String(64), nullable=False),
    Column("response", Bytes),
    Index("batch_row_open", "batch_id", "done", "free_at"),
)
"""Rows of batches until their output is written. A row with a `worker` is claimed until `free_at`; one without may
run from `free_at` on. `response` is JSON; `error` says why a row was never answered."""

response = Table(
    "response",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("previous_id", String(64)),
    Column("status", String(16), nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("input", Bytes, nullable=False),
    Column("answer", Bytes, nullable=False),
    Index("response_created_at", "created_at"),
)
"""Responses that callers left with the gateway; input items and answer are compressed and sealed. `previous_id` names
no foreign key: a conversation may lose its beginning."""
