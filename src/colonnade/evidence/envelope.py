"""A statement travels in an envelope that its signatures hold shut: DSSE, signed with Ed25519.

The envelope is that of github.com/secure-systems-lab/dsse, protocol 1.0.2: what is signed is the pre-authentication
encoding of type and payload, so that a payload of one type is never taken for one of another.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class Signature(msgspec.Struct, frozen=True):
    """One signature over an envelope: who signed, and `sig` in base64."""

    keyid: str
    sig: str


class Envelope(msgspec.Struct, frozen=True, rename="camel"):
    """A payload in base64 with its type and its signatures, as DSSE writes it."""

    payload_type: str
    payload: str
    signatures: tuple[Signature, ...]

    @property
    def content(self) -> bytes:
        """The payload itself.

        Raises:
            ValueError: the payload is not base64.
        """
        return _decoded(self.payload)

    def encode(self) -> bytes:
        """The envelope as JSON: the same envelope gives the same bytes."""
        return msgspec.json.encode(self, order="deterministic")


def pae(payload_type: str, payload: bytes) -> bytes:
    """The pre-authentication encoding: what a signature covers."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def sign(payload_type: str, payload: bytes, private_key: Ed25519PrivateKey, keyid: str) -> Envelope:
    """An envelope with one signature."""
    signature = Signature(keyid, _encoded(private_key.sign(pae(payload_type, payload))))
    return Envelope(payload_type, _encoded(payload), (signature,))


def verified(envelope: Envelope, keys: Mapping[str, Ed25519PublicKey]) -> tuple[str, ...]:
    """The ids of those keys whose signature covers the envelope, in order; what does not verify counts for nothing."""
    try:
        covered = pae(envelope.payload_type, envelope.content)
    except ValueError:
        return ()
    valid = (each.keyid for each in envelope.signatures if _covers(each, covered, keys.get(each.keyid)))
    return tuple(dict.fromkeys(valid))


def _covers(signature: Signature, covered: bytes, key: Ed25519PublicKey | None) -> bool:
    if key is None:
        return False
    try:
        key.verify(_decoded(signature.sig), covered)
    except (InvalidSignature, ValueError):
        return False
    return True


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    """Base64, standard or URL-safe: a reader of DSSE must take either."""
    try:
        return base64.b64decode(text.translate(_STANDARD), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


_STANDARD = str.maketrans("-_", "+/")
