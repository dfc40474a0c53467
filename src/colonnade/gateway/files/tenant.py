"""Whose a stored thing is follows from the key's labels; what belongs to others does not exist for a caller."""

from __future__ import annotations

import msgspec

from colonnade.gateway.call import Identity


def tenant_of(identity: Identity) -> str:
    """The key's labels `tenant` and `team` as JSON; a key without either shares with nobody.

    The first word keeps a label from passing for the id of somebody's key.
    """
    labels = identity.labels.get("tenant", ""), identity.labels.get("team", "")
    named = ("labels", *labels) if any(labels) else ("key", identity.key_id)
    return msgspec.json.encode(named).decode()
