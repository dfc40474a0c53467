"""Whether the process that serves could delete its own backups is tried out, not believed."""

from __future__ import annotations

import os

import fsspec
from fsspec.implementations.local import LocalFileSystem


def exposure(url: str) -> str:
    """Why what runs under this account could delete backups there; empty where it cannot.

    A folder protects what lies in it from those who may not write to it. Of a store of objects nothing can be told
    from here: that its objects are locked must be shown by the plan of its infrastructure.
    """
    place, root = fsspec.core.url_to_fs(url)
    if not isinstance(place, LocalFileSystem):
        return f"whether {place.protocol[0] if isinstance(place.protocol, tuple) else place.protocol} locks its objects cannot be seen from here"
    points = f"{root}/points"
    if os.access(points, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        return "the account that serves may write to the folder of its backups"
    return ""
