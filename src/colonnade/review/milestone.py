"""A milestone is a named, signed picture of a review with what it rested on; nobody alters it unnoticed."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from colonnade.errors import CannotEvaluate, SetupError
from colonnade.evidence.envelope import Envelope, sign, verified
from colonnade.review.report import Report
from colonnade.review.waiver import Waiver

SCHEMA = "colonnade.milestone/1"
PAYLOAD_TYPE = "application/vnd.colonnade.milestone+json"
NOW = "now"
"""The word for the review at this moment, where a milestone is asked for."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,99}")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the ledger ended: the entry and its link, in hex. The link holds every entry before it."""

    seq: int
    chain: str


class Milestone(msgspec.Struct, frozen=True, kw_only=True):
    """A review as it was. `evidence` lists the ids of every record that a verdict rested on; `made_by` is an operator."""

    schema: str
    name: str
    note: str
    made_at: float
    made_by: str
    workload_digest: str
    catalogue_version: int
    catalogue_digest: str
    evidence: tuple[str, ...]
    waivers: tuple[Waiver, ...]
    ledger: Place
    report: Report

    def signed(self, key: Ed25519PrivateKey) -> Envelope:
        """The milestone in an envelope; the key's id is the public key itself, in hex."""
        payload = msgspec.json.encode(self, order="deterministic")
        return sign(PAYLOAD_TYPE, payload, key, key.public_key().public_bytes_raw().hex())


def check_name(name: str) -> None:
    """Let a name pass that a milestone may have.

    Raises:
        SetupError: it is none, or the word for the review at this moment.
    """
    if _NAME.fullmatch(name) is None or name == NOW:
        raise SetupError(
            f"{name[:40]!r} is no name of a milestone: write 3 to 100 lower-case letters, digits, `.`, `_`, `-`"
        )


def milestone_of(name: str, report: Report, ledger: Place, *, made_by: str, note: str = "") -> Milestone:
    """The milestone of a report."""
    return Milestone(
        schema=SCHEMA,
        name=name,
        note=note,
        made_at=report.reviewed_at,
        made_by=made_by,
        workload_digest=report.workload_digest,
        catalogue_version=report.catalogue_version,
        catalogue_digest=report.catalogue_digest,
        evidence=manifest(report),
        waivers=tuple(each.waiver for each in report.waivers),
        ledger=ledger,
        report=report,
    )


def manifest(report: Report) -> tuple[str, ...]:
    """The ids of all evidence that a report rests on, each once, in order."""
    used = (each.id for row in report.rows for signal in row.signals for each in signal.evidence)
    return tuple(sorted({*used, *(refused.id for refused in report.rejected)}))


def opened(content: bytes, keys: Mapping[str, Ed25519PublicKey], where: str) -> Milestone:
    """The milestone in an envelope, its signature verified.

    Args:
        content: the envelope as JSON.
        keys: the keys that are trusted, by their own hex.
        where: how the milestone is named in an error.

    Raises:
        CannotEvaluate: it is no milestone, was altered, or signed by a key that is not trusted.
    """
    try:
        envelope = msgspec.json.decode(content, type=Envelope)
        milestone = msgspec.json.decode(envelope.content, type=Milestone)
    except (msgspec.MsgspecError, ValueError) as error:
        raise CannotEvaluate(f"{where} is no milestone: {error}") from error
    if milestone.schema != SCHEMA or envelope.payload_type != PAYLOAD_TYPE:
        raise CannotEvaluate(f"{where} is a milestone of another release: {milestone.schema[:40]}")
    if not verified(envelope, keys):
        signer = next((each.keyid[:16] for each in envelope.signatures), "nobody")
        raise CannotEvaluate(
            f"{where} was altered, or signed by {signer}, which is not trusted here: see `review.trusted_keys`"
        )
    return milestone
