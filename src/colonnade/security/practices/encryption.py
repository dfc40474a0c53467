"""Guide section 3.1: what is kept is encrypted under keys that somebody answers for."""

from __future__ import annotations

from colonnade.evidence.imported.infrastructure import Infrastructure
from colonnade.review.resources import every
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict


@signal(
    "SEC-01",
    1,
    improve="name a key of your own on every store (`kms_key_id`, `default_kms_key_name`, a storage class with a key)",
)
def every_store_has_a_named_key(infrastructure: Infrastructure) -> Verdict:
    """Buckets, volumes, databases, indexes, queues, caches and backups are encrypted with a named key."""
    return every(
        infrastructure,
        "encrypted",
        what="stores are encrypted with a named key",
        none="no store is among what was imported",
    )
