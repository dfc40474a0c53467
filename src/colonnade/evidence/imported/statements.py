"""Views of signed statements: as they were imported, and as their signatures were verified."""

from __future__ import annotations

import msgspec

from colonnade.evidence.envelope import Envelope
from colonnade.evidence.view import view


class KeptStatement(msgspec.Struct, frozen=True, kw_only=True):
    """An envelope as it was imported; `digest` is that of its file."""

    file: str
    digest: str
    envelope: Envelope


@view("registry.statements")
class KeptStatements(msgspec.Struct, frozen=True, kw_only=True):
    """Envelopes are kept unjudged: keys are enrolled, expire and are revoked afterwards."""

    statements: list[KeptStatement]


class SignedStatement(msgspec.Struct, frozen=True, kw_only=True):
    """An in-toto statement: what it is about, what that was made from, and who signed it with a key that counts now."""

    digest: str
    predicate: str
    builder: str
    subjects: list[str]
    materials: list[str]
    signers: list[str]

    @property
    def is_provenance(self) -> bool:
        """Whether it tells how its subjects were made."""
        return self.predicate.startswith(PROVENANCE)


PROVENANCE = ("https://slsa.dev/provenance/", "https://in-toto.io/Provenance/")


@view("signature.statements", binds=("models", "knowledge", "datasets"))
class SignedStatements(msgspec.Struct, frozen=True, kw_only=True):
    """Every statement whose envelope could be opened; `wanted` are the digests of the models and data that serve now."""

    statements: list[SignedStatement]
    wanted: dict[str, str]

    @property
    def counting(self) -> list[SignedStatement]:
        """Those with a signature that counts."""
        return [each for each in self.statements if each.signers]

    def bound_to(self, digest: str) -> set[str]:
        """Everything that counting statements tie to a digest or commit: what was made from it, and beside it."""
        return {
            each
            for statement in self.counting
            if digest in statement.subjects or digest in statement.materials
            for each in statement.subjects
        }
