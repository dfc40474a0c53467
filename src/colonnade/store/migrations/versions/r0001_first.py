"""The first schema: ledger, requests, content, records, changes, API keys."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None

_sequence = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table; written out, so that later edits of `schema.py` do not change history."""
    _ledger()
    _requests()
    _evidence()
    _keys()


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("seq", _sequence, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("ref", sa.String(160), nullable=False, unique=True),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("chain", sa.LargeBinary(32), nullable=False),
    )


def _requests() -> None:
    op.create_table(
        "request",
        sa.Column("id", sa.String(160), primary_key=True),
        sa.Column("seq", _sequence, nullable=False, unique=True),
        sa.Column("opened_at", sa.Float(53), nullable=False),
        sa.Column("closed_at", sa.Float(53), nullable=False),
        sa.Column("route", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("request_opened_at", "request", ["opened_at"])
    op.create_table(
        "content",
        sa.Column(
            "request_id", sa.String(160), sa.ForeignKey("request.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("prompt", sa.LargeBinary),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("stored_at", sa.Float(53), nullable=False),
    )
    op.create_index("content_stored_at", "content", ["stored_at"])


def _evidence() -> None:
    op.create_table(
        "record",
        sa.Column("id", sa.String(160), primary_key=True),
        sa.Column("seq", _sequence, nullable=False, unique=True),
        sa.Column("topic", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("environment", sa.String(16), nullable=False),
        sa.Column("window_end", sa.Float(53), nullable=False),
        sa.Column("collected_at", sa.Float(53), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("record_topic", "record", ["environment", "topic", "seq"])
    op.create_table(
        "change",
        sa.Column("id", sa.String(160), primary_key=True),
        sa.Column("seq", _sequence, nullable=False, unique=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("change_kind", "change", ["kind", "seq"])


def _keys() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("labels", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.Column("expires_at", sa.Float(53), nullable=False),
        sa.Column("revoked_at", sa.Float(53)),
        sa.Column("last_used_day", sa.String(10)),
    )
