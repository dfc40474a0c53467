"""Pieces of backups are closed with a key of their own, so that the place where they lie learns nothing of them."""

from __future__ import annotations

import hmac
import secrets
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from colonnade.errors import SetupError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CHUNK = 1 << 20
"""Bytes of a piece. Pages of a database that nobody wrote to are the same bytes, and are stored once."""
_NONCE = 12


class Sealing:
    """Closes and opens pieces under one backup key (32 bytes)."""

    def __init__(self, key: bytes) -> None:
        self._naming = _derived(key, b"names of pieces")
        self._pieces = AESGCM(_derived(key, b"pieces"))
        self._points = AESGCM(_derived(key, b"points"))
        self.check = _derived(key, b"check")[:8].hex()

    def name(self, piece: bytes) -> str:
        """The name under which a piece lies: the same for the same bytes, and telling only to who has the key."""
        return hmac.digest(self._naming, piece, "sha256").hex()

    def close(self, name: str, piece: bytes) -> bytes:
        """Compressed and encrypted, bound to its name."""
        return _closed(self._pieces, name, piece)

    def open(self, name: str, closed: bytes) -> bytes:
        """The piece; raises SetupError where a byte of it was altered, or it lies under another's name."""
        piece = _opened(self._pieces, name, closed, CHUNK)
        if not hmac.compare_digest(self.name(piece), name):
            raise _altered(name)
        return piece

    def close_point(self, name: str, plain: bytes) -> bytes:
        """The list of a backup's pieces, closed."""
        return _closed(self._points, name, plain)

    def open_point(self, name: str, closed: bytes) -> bytes:
        """The list of a backup's pieces; raises SetupError as `open`."""
        return _opened(self._points, name, closed, 1 << 30)


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=b"colonnade backup/" + purpose).derive(key)


def _closed(cipher: AESGCM, name: str, plain: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + cipher.encrypt(nonce, zstd.compress(plain, 3), name.encode())


def _opened(cipher: AESGCM, name: str, closed: bytes, longest: int) -> bytes:
    try:
        packed = cipher.decrypt(closed[:_NONCE], closed[_NONCE:], name.encode())
        return zstd.ZstdDecompressor().decompress(packed, longest)
    except (InvalidTag, ValueError, zstd.ZstdError) as error:
        raise _altered(name) from error


def _altered(name: str) -> SetupError:
    return SetupError(
        f"the piece {name[:16]} of the backup was altered, or another key closed it: restore another backup"
    )
