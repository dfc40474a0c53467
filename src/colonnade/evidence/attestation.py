"""An attestation is what a person signed: an in-toto statement over digests, in a role, for a signal, until a day."""

from __future__ import annotations

import hashlib

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from colonnade.errors import ColonnadeError
from colonnade.evidence.envelope import Envelope, sign
from colonnade.evidence.people import keyid_of
from colonnade.evidence.record import Environment
from colonnade.evidence.view import view

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:colonnade:attestation:1"
DIGEST = "sha256:"


class UnreadableStatement(ColonnadeError):
    """An envelope holds something else than an attestation."""


class Thing(msgspec.Struct, frozen=True):
    """Something that was signed over: `intent`, `workload`, `access`, or a file of the workload folder."""

    name: str
    digest: dict[str, str]

    @classmethod
    def of(cls, name: str, digest: str) -> Thing:
        """From a digest as we write it, `sha256:...`."""
        return cls(name, {"sha256": digest.removeprefix(DIGEST)})

    @property
    def sha256(self) -> str:
        """The digest as we write it."""
        return DIGEST + self.digest.get("sha256", "")


class AccessReview(msgspec.Struct, frozen=True, kw_only=True):
    """Which keys and persons may go on, and which were to be removed, by id."""

    kept: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def digest(self) -> str:
        """`sha256:...` over both lists."""
        return DIGEST + hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


class Predicate(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who says what, in which role, for which signal, and until when. Times are seconds since the epoch."""

    workload: str
    environment: Environment
    practice: str
    signal: int
    role: str
    signer: str
    statement: str
    signed_at: float
    expires_at: float
    access: AccessReview | None = None


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """An in-toto statement, version 1."""

    type: str = msgspec.field(name="_type", default=STATEMENT_TYPE)
    subject: tuple[Thing, ...]
    predicate_type: str = msgspec.field(name="predicateType", default=PREDICATE_TYPE)
    predicate: Predicate

    def signed(self, key: Ed25519PrivateKey) -> Envelope:
        """The statement in an envelope, signed."""
        payload = msgspec.json.encode(self, order="deterministic")
        return sign(PAYLOAD_TYPE, payload, key, keyid_of(key.public_key()))


@view("attestation.signed")
class SignedAttestation(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger keeps of a signature: the signal, `UC-01.2`, and the envelope as it was made."""

    signal: str
    envelope: Envelope


def statement_in(envelope: Envelope) -> Statement:
    """What an envelope says; whether its signatures hold is another question.

    Raises:
        UnreadableStatement: it holds something else.
    """
    try:
        statement = msgspec.json.decode(envelope.content, type=Statement)
    except (ValueError, msgspec.MsgspecError) as error:
        raise UnreadableStatement("it holds no statement that can be read") from error
    if (envelope.payload_type, statement.type, statement.predicate_type) != (
        PAYLOAD_TYPE, STATEMENT_TYPE, PREDICATE_TYPE,
    ):  # fmt: skip
        raise UnreadableStatement("it holds a statement of another type")
    return statement
