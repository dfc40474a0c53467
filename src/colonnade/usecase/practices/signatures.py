"""Guide section 1, what people answer for: the intent, the frame and the place of hosting are signed."""

from __future__ import annotations

from colonnade.evidence.attested import HostingSigned, IntentSigned, WorkloadSigned
from colonnade.review.signal import signal
from colonnade.review.signoff import signed_off
from colonnade.review.verdict import Verdict
from colonnade.workload.specification import Specification


@signal(
    "UC-01",
    2,
    improve="the sponsor runs `colonnade attest UC-01.2 --key FILE`; again when the intent changes",
)
def the_sponsor_signed_the_intent(signed: IntentSigned, specification: Specification) -> Verdict:
    """The sponsor's signature over the digest of the `intent` block verifies and is in its term."""
    return signed_off("UC-01.2", signed, specification)


@signal(
    "UC-02",
    2,
    improve="everybody named under `stakeholders` runs `colonnade attest UC-02.2 --role ROLE --key FILE`; again when"
    " the workload file changes",
)
def every_role_signed_the_workload(signed: WorkloadSigned, specification: Specification) -> Verdict:
    """Each required role signed the workload file as it stands, and more than one person did."""
    return signed_off("UC-02.2", signed, specification)


@signal(
    "UC-09",
    1,
    improve="write a decision of the kind `hosting` under decisions/, which the owner signs:"
    " `colonnade attest UC-09.1 --key FILE`",
)
def the_owner_signed_the_choice_of_hosting(signed: HostingSigned, specification: Specification) -> Verdict:
    """A decision on hosting covers skills, budget, customisation and exit, and its owner signed it."""
    return signed_off("UC-09.1", signed, specification)
