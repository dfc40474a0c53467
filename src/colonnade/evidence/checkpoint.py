"""Signed checkpoints outside the database say how long the ledger was, so that a cut tail is seen."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from colonnade.errors import SetupError


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ledger ended with entry `seq`, named `ref`, linked by `chain`, at the time `at`."""

    seq: int
    ref: str
    chain: bytes
    at: float
    signature: bytes = b""

    def signed_bytes(self) -> bytes:
        """What the signature covers: JSON, keys sorted, the signature left empty."""
        return msgspec.json.encode(msgspec.structs.replace(self, signature=b""), order="deterministic")


class CheckpointLog:
    """`checkpoints.jsonl`: one signed line a checkpoint, appended by any process that holds the seed."""

    def __init__(self, path: Path, seed: bytes) -> None:
        self.path = path
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public_key(self) -> str:
        """The verifying key in hex, for those who keep copies of checkpoints elsewhere."""
        return self._key.public_key().public_bytes_raw().hex()

    def write(self, checkpoint: Checkpoint) -> None:
        """Sign and append; raises SetupError when the disk does not take it."""
        signature = self._key.sign(checkpoint.signed_bytes())
        line = msgspec.json.encode(msgspec.structs.replace(checkpoint, signature=signature)) + b"\n"
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                _append_whole(descriptor, line)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise SetupError(
                f"the checkpoint file {self.path} cannot be written: {error.strerror}"
            ) from error

    def read(self, until: int | None = None) -> Iterator[Checkpoint | None]:
        """The lines that begin before byte `until`; None where one is damaged or not signed by this store."""
        if not self.path.exists():
            return
        read = 0
        with self.path.open("rb") as file:
            for line in file:
                if until is not None and read >= until:
                    return
                read += len(line)
                yield self._verified(line)

    def _verified(self, line: bytes) -> Checkpoint | None:
        try:
            checkpoint = msgspec.json.decode(line, type=Checkpoint)
            self._key.public_key().verify(checkpoint.signature, checkpoint.signed_bytes())
        except (msgspec.MsgspecError, InvalidSignature, UnicodeDecodeError):
            return None
        return checkpoint


def _append_whole(descriptor: int, line: bytes) -> None:
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    size = os.fstat(descriptor).st_size
    if os.write(descriptor, line) < len(line):
        os.ftruncate(descriptor, size)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
