"""Prompts and answers rest redacted, long ones compressed, and sealed under a key of their own for each request."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import zlib
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Part = Literal["prompt", "answer"]

_NONCE_BYTES = 12
_PLAIN = b"\x00"
"""Stands before text that is not compressed; compressed text (RFC 1950) begins with another byte."""
_WORTH_COMPRESSING = 4096
"""Bytes. Below, zlib costs ten microseconds, more than the database needs to write what it would save."""


@dataclass(frozen=True, slots=True)
class Content:
    """What is still kept of one request's text; None is what retention has taken."""

    prompt: str | None
    answer: str | None


class SealBroken(Exception):
    """Sealed content was altered, or belongs to another request."""


class Seal:
    """AES-256-GCM under HMAC(content key, request id), so that random nonces never meet under one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def close(self, request_id: str, prompt: str, answer: str) -> tuple[bytes, bytes]:
        """The sealed bytes of both texts."""
        cipher = self._cipher(request_id)
        return _sealed(cipher, "prompt", prompt), _sealed(cipher, "answer", answer)

    def open(self, request_id: str, part: Part, sealed: bytes) -> str:
        """The text again; raises SealBroken."""
        nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            packed = self._cipher(request_id).decrypt(nonce, body, part.encode())
            return _unpacked(packed).decode("utf-8", "surrogatepass")
        except (InvalidTag, ValueError, zlib.error) as error:
            raise SealBroken(f"the stored {part} of request {request_id} was altered") from error

    def _cipher(self, request_id: str) -> AESGCM:
        return AESGCM(hmac.digest(self._key, request_id.encode(), "sha256"))


def _sealed(cipher: AESGCM, part: Part, text: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, _packed(text.encode("utf-8", "surrogatepass")), part.encode())


def _packed(text: bytes) -> bytes:
    return _PLAIN + text if len(text) < _WORTH_COMPRESSING else zlib.compress(text, 1)


def _unpacked(packed: bytes) -> bytes:
    return packed[1:] if packed[:1] == _PLAIN else zlib.decompress(packed)


def text_digest(text: str) -> str:
    """`sha256:...` of a redacted text."""
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
