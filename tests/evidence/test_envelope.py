"""Envelopes are those of DSSE: the published vector, every altered byte, and keys that are not asked for."""

from __future__ import annotations

import base64

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from colonnade.evidence.envelope import Envelope, Signature, pae, sign, verified

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = {"a": KEY.public_key()}
TYPE = "application/vnd.colonnade.test+json"


def test_the_encoding_is_that_of_the_protocol() -> None:
    """The example of the DSSE protocol document."""
    covered = pae("http://example.com/HelloWorld", b"hello world")
    assert covered == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_a_signed_payload_verifies_after_a_round_trip() -> None:
    envelope = sign(TYPE, b"\x00\xff{}", KEY, "a")
    again = msgspec.json.decode(envelope.encode(), type=Envelope)
    assert again == envelope
    assert again.content == b"\x00\xff{}"
    assert verified(again, KEYS) == ("a",)
    assert set(msgspec.json.decode(envelope.encode())) == {"payloadType", "payload", "signatures"}


@pytest.mark.parametrize(
    "altered",
    [
        {"payload_type": TYPE + "x"},
        {"payload": base64.b64encode(b"other").decode()},
        {"payload": "not base64!"},
        {"payload": "ä"},
        {"signatures": (Signature("a", base64.b64encode(bytes(64)).decode()),)},
        {"signatures": (Signature("a", "%%%"),)},
        {"signatures": (Signature("a", ""),)},
        {"signatures": ()},
    ],
)
def test_what_was_altered_counts_for_nothing(altered: dict[str, object]) -> None:
    envelope = msgspec.structs.replace(sign(TYPE, b"payload", KEY, "a"), **altered)
    assert verified(envelope, KEYS) == ()


def test_a_signature_of_another_key_or_name_counts_for_nothing() -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    assert verified(sign(TYPE, b"payload", stranger, "a"), KEYS) == ()
    assert verified(sign(TYPE, b"payload", KEY, "b"), KEYS) == ()


def test_each_signer_is_named_once_in_order() -> None:
    second = Ed25519PrivateKey.from_private_bytes(bytes(32))
    one, two = (sign(TYPE, b"payload", key, name).signatures[0] for key, name in ((KEY, "a"), (second, "b")))
    both = msgspec.structs.replace(sign(TYPE, b"payload", KEY, "a"), signatures=(two, one, one))
    assert verified(both, {**KEYS, "b": second.public_key()}) == ("b", "a")


def test_url_safe_base64_is_read_too() -> None:
    envelope = sign(TYPE, b"\xfb\xff\xfe>>>???", KEY, "a")
    safe = msgspec.structs.replace(
        envelope,
        payload=envelope.payload.replace("+", "-").replace("/", "_"),
        signatures=tuple(
            Signature(each.keyid, each.sig.replace("+", "-").replace("/", "_"))
            for each in envelope.signatures
        ),
    )
    assert verified(safe, KEYS) == ("a",)
