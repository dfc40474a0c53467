"""Statements count by the keys of people who may sign now: an expired, revoked or unknown key signs for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from colonnade.evidence.collection import Scope
from colonnade.evidence.envelope import Envelope, Signature, verified
from colonnade.evidence.imported.statements import KeptStatements, SignedStatement, SignedStatements
from colonnade.evidence.people import Person
from colonnade.evidence.record import Record, Subject
from colonnade.review.adapters.bounded import json_value
from colonnade.review.adapters.material import Unreadable, plain
from colonnade.review.adapters.taking import listed, mapped

COLLECTOR = "review.statements@1"
MOST_NAMED = 1_000
_ALGORITHMS = ("sha256", "gitCommit", "sha1")
"""Digests that are compared; a commit of git is written as it is, a SHA-256 with its name."""


def signed_statements(kept: Record | None, people: Mapping[str, Person], scope: Scope) -> Record:
    """Every kept envelope with the people whose signature counts at the end of the scope's window."""
    known = msgspec.convert(kept.facts, KeptStatements).statements if kept else []
    valid = [person for person in people.values() if person.state(scope.window_end) == "valid"]
    found = [_opened(it.envelope, it.digest, valid) for it in known]
    statements = [each for each in found if each is not None]
    view = SignedStatements(statements=statements, wanted=_wanted(scope.subject))
    return scope.record(view, kind="signature", source="signed", collector=COLLECTOR, n=len(statements))


def _wanted(subject: Subject) -> dict[str, str]:
    named = {"models": subject.models, "knowledge": subject.knowledge, "datasets": subject.datasets}
    return {f"{part}.{name}": digest for part, found in named.items() for name, digest in found.items()}


def _opened(envelope: Envelope, digest: str, people: Iterable[Person]) -> SignedStatement | None:
    try:
        statement = mapped(json_value(envelope.content))
    except (Unreadable, ValueError):
        return None
    predicate = mapped(statement.get("predicate"))
    return SignedStatement(
        digest=digest,
        predicate=plain(statement.get("predicateType")),
        builder=plain(_builder(predicate)),
        subjects=_digests(listed(statement.get("subject"))),
        materials=_digests(_materials(predicate)),
        signers=sorted({person.name for person in people if _signed_by(envelope, person.key)}),
    )


def _signed_by(envelope: Envelope, key: Ed25519PublicKey) -> bool:
    """Tools name keys in their own ways, so that each signature is tried with the key."""
    unnamed = tuple(Signature("", each.sig) for each in envelope.signatures)
    return bool(verified(msgspec.structs.replace(envelope, signatures=unnamed), {"": key}))


def _builder(predicate: dict[str, Any]) -> object:
    """Of SLSA 1.0, else of SLSA 0.2."""
    details = mapped(predicate.get("runDetails")) or predicate
    return mapped(details.get("builder")).get("id")


def _materials(predicate: dict[str, Any]) -> list[Any]:
    definition = mapped(predicate.get("buildDefinition"))
    return [*listed(definition.get("resolvedDependencies")), *listed(predicate.get("materials"))]


def _digests(resources: Iterable[Any]) -> list[str]:
    found = []
    for resource in resources:
        digests = mapped(mapped(resource).get("digest"))
        for name in _ALGORITHMS:
            value = digests.get(name)
            if isinstance(value, str) and value:
                word = plain(value.lower())
                found.append(f"sha256:{word}" if name == "sha256" else word)
    return sorted(set(found))[:MOST_NAMED]
