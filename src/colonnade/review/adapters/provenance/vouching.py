"""Somebody vouches for files as they are: a signed statement with their digests, and the commit that they are about."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from colonnade.errors import SetupError
from colonnade.evidence.envelope import Envelope, sign
from colonnade.evidence.people import keyid_of
from colonnade.review.adapters.provenance.reading import IN_TOTO

PREDICATE = "urn:colonnade:vouched:1"
"""That these bytes are what somebody got from a tool; it says nothing of how anything was made."""


def vouched(files: Sequence[Path], commit: str, key: Ed25519PrivateKey) -> Envelope:
    """A statement about the files, signed.

    Args:
        files: what is vouched for, byte for byte.
        commit: the commit that the files are about; empty where they are about none.
        key: of the person or pipeline that signs.

    Raises:
        SetupError: a file cannot be read.
    """
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": path.name, "digest": {"sha256": _digest(path)}} for path in files],
        "predicateType": PREDICATE,
        "predicate": {"materials": [{"digest": {"gitCommit": commit}}] if commit else []},
    }
    return sign(
        IN_TOTO, msgspec.json.encode(statement, order="deterministic"), key, keyid_of(key.public_key())
    )


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {(error.strerror or 'no reason').lower()}") from error
