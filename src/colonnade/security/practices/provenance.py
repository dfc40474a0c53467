"""Guide section 3.1: where the models and data that serve come from is told by statements whose signatures verify."""

from __future__ import annotations

from colonnade.evidence.imported.statements import SignedStatements
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet


@signal(
    "SEC-04",
    3,
    improve="sign SLSA provenance over the digests of models and data with an enrolled key (`colonnade key person`), and run"
    " `colonnade evidence import provenance DIR`",
)
def provenance_of_what_serves_verifies(signed: SignedStatements) -> Verdict:
    """For every model and dataset that serves, a provenance statement about its digest carries a signature that counts."""
    if not signed.wanted:
        return insufficient("no model, index or dataset serves yet")
    unaddressed = [name for name, digest in signed.wanted.items() if not digest.startswith("sha256:")]
    if unaddressed:
        return insufficient(f"pinned to a name, and not to a digest: {', '.join(unaddressed)}")
    told = [each for each in signed.statements if each.is_provenance]
    if not told:
        return insufficient("no provenance statement is imported")
    vouched = {digest for each in told if each.signers for digest in each.subjects}
    missing = [name for name, digest in signed.wanted.items() if digest not in vouched]
    if missing:
        return unmet(f"no provenance with a signature that counts: {', '.join(missing)}", n=len(told))
    signers = sorted({name for each in told for name in each.signers})
    return met(f"{len(signed.wanted)} digests, provenance signed by {', '.join(signers)}", n=len(told))
