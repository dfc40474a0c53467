"""An export of a registry that can be rewritten counts only with a signature over its bytes."""

from __future__ import annotations

from colonnade.evidence.imported.registries import Export
from colonnade.evidence.imported.statements import SignedStatements
from colonnade.review.verdict import Verdict, insufficient


def unvouched(export: Export, signed: SignedStatements) -> Verdict | None:
    """`insufficient` where nobody whose key counts signed what the registry said; None where nothing stands in the way."""
    if not export.mutable:
        return None
    vouched = {digest for each in signed.counting for digest in each.subjects}
    loose = sorted(name for name, digest in export.files.items() if digest not in vouched)
    if not loose:
        return None
    return insufficient(
        f"{export.origin} can be rewritten, and no enrolled key signed this export: {', '.join(loose[:5])}"
    )
