"""Guide section 7, what people answer for: the provider's energy was considered."""

from __future__ import annotations

from colonnade.evidence.attested import EnergySigned
from colonnade.review.signal import signal
from colonnade.review.signoff import signed_off
from colonnade.review.verdict import Verdict
from colonnade.workload.specification import Specification


@signal(
    "SUS-03",
    1,
    improve="write a decision of the kind `energy` under decisions/ with the provider's report beside it, which the owner"
    " signs: `colonnade attest SUS-03.1 --key FILE`",
)
def the_providers_energy_was_considered(signed: EnergySigned, specification: Specification) -> Verdict:
    """A decision has an energy paragraph with the provider's dated report attached, and its owner signed it."""
    return signed_off("SUS-03.1", signed, specification)
