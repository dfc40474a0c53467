"""Guide section 3, what people answer for: who has access, and how models are tuned on personal data."""

from __future__ import annotations

from colonnade.evidence.attested import AccessSigned, PrivateTuningSigned
from colonnade.review.signal import signal
from colonnade.review.signoff import signed_off
from colonnade.review.verdict import Verdict
from colonnade.workload.specification import Specification


@signal(
    "SEC-11",
    2,
    improve="review who has access: `colonnade attest SEC-11.2 --key FILE --remove ID ...`, then revoke what was removed",
)
def access_was_reviewed_and_removals_made(signed: AccessSigned, specification: Specification) -> Verdict:
    """Everybody with access was looked at in the window, and what was to be removed opens nothing any more."""
    return signed_off("SEC-11.2", signed, specification)


@signal(
    "SEC-13",
    1,
    improve="write a decision of the kind `private_tuning` under decisions/, which the data-protection role signs:"
    " `colonnade attest SEC-13.1 --key FILE`",
)
def ways_of_private_tuning_were_compared(
    signed: PrivateTuningSigned, specification: Specification
) -> Verdict:
    """Federated, on-site and differentially private tuning were compared, and data protection signed it."""
    return signed_off("SEC-13.1", signed, specification)
