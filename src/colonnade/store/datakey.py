"""One random data key protects everything at rest; on disk it exists only wrapped by the custody's key."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from colonnade.errors import KeyUnusable
from colonnade.store.custody import KEY_BYTES, Custody
from colonnade.store.durable import locked, replace_file

Purpose = Literal["database", "content", "spool", "signing"]
"""What a sub-key is for; `signing` is the seed of an Ed25519 key."""

DATABASE_NAME = "colonnade.db"
_BOUND_TO = b"colonnade data key, format 1"


class DataKey:
    """The unwrapped data key; it is never printed and only gives sub-keys."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "DataKey(...)"

    def subkey(self, purpose: Purpose, salt: bytes | None = None) -> bytes:
        """32 bytes by HKDF-SHA256 (RFC 5869), independent for each purpose and salt."""
        derivation = HKDF(SHA256(), length=KEY_BYTES, salt=salt, info=f"colonnade/{purpose}".encode())
        return derivation.derive(self._key)


class WrappedKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`keys/data.key.json`: the data key under AES-256-GCM.

    `check` is a keyed digest of the wrapping key, so that a wrong key and a damaged file can be told apart.
    `made_at` is when the wrapping key was made or rotated, seconds since the epoch.
    """

    format: Literal[1] = 1
    custody: str
    salt: bytes
    check: bytes
    nonce: bytes
    wrapped: bytes
    made_at: float = 0.0


def unlock(state: Path, custody: Custody) -> DataKey:
    """The data key of a state folder, made on first use; raises KeyUnusable with what to do."""
    with _key_folder(state) as path:
        if path.exists():
            wrapped = _read(path)
            return DataKey(_unwrap(wrapped, custody, path))
        if (state / DATABASE_NAME).exists():
            raise KeyUnusable(
                f"{path} is missing, so {state / DATABASE_NAME} cannot be opened: put it back from your backup"
            )
        key = secrets.token_bytes(KEY_BYTES)
        _wrap(key, custody, path)
        return DataKey(key)


def rotate(state: Path, old: Custody, new: Custody) -> None:
    """Wrap the data key with a key of `new`; one rename decides, a crash leaves the old or the new."""
    with _key_folder(state) as path:
        if not path.exists():
            raise KeyUnusable(f"{path} is missing: there is no key to rotate")
        _wrap(_unwrap(_read(path), old, path), new, path)


def key_made_at(state: Path) -> float:
    """When the key that protects the store was made or last rotated; raises KeyUnusable as `unlock`."""
    with _key_folder(state) as path:
        return _read(path).made_at


@contextmanager
def _key_folder(state: Path) -> Iterator[Path]:
    folder = state / "keys"
    with locked(folder / "lock"):
        yield folder / "data.key.json"


def _wrap(key: bytes, custody: Custody, path: Path) -> None:
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    wrapping = custody.issue(salt)
    wrapped = WrappedKey(
        custody=custody.reference.partition(":")[0],
        salt=salt,
        check=_check_value(wrapping),
        nonce=nonce,
        wrapped=AESGCM(wrapping).encrypt(nonce, key, _BOUND_TO),
        made_at=time.time(),
    )
    replace_file(path, msgspec.json.format(msgspec.json.encode(wrapped)) + b"\n")
    custody.settle(wrapping)


def _read(path: Path) -> WrappedKey:
    try:
        return msgspec.json.decode(path.read_bytes(), type=WrappedKey)
    except OSError as error:
        raise KeyUnusable(f"{path} cannot be read: {(error.strerror or '').lower()}") from error
    except msgspec.MsgspecError as error:
        raise _damaged(path) from error


def _unwrap(wrapped: WrappedKey, custody: Custody, path: Path) -> bytes:
    for wrapping in custody.keys(wrapped.salt):
        if hmac.compare_digest(_check_value(wrapping), wrapped.check):
            return _opened(wrapped, wrapping, path)
    raise KeyUnusable(
        f"the key from {custody.reference} does not fit {path}, which was closed with a key of kind"
        f" `{wrapped.custody[:12]}`: name the right source in COLONNADE_KEY, or put back the key of this store"
    )


def _opened(wrapped: WrappedKey, wrapping: bytes, path: Path) -> bytes:
    try:
        key = AESGCM(wrapping).decrypt(wrapped.nonce, wrapped.wrapped, _BOUND_TO)
    except (InvalidTag, ValueError) as error:
        raise _damaged(path) from error
    if len(key) != KEY_BYTES:
        raise _damaged(path)
    return key


def _damaged(path: Path) -> KeyUnusable:
    return KeyUnusable(
        f"{path} is damaged: put it back from your backup; the key that wraps it is not at fault"
    )


def _check_value(wrapping: bytes) -> bytes:
    return hmac.digest(wrapping, b"colonnade key check", "sha256")[:8]
