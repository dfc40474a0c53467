"""The newest record of a topic is found without reading the others: a review of a million records rests on it."""

from alembic import op

revision = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Create the index."""
    op.create_index("record_newest", "record", ["environment", "topic", "window_end", "collected_at", "id"])
