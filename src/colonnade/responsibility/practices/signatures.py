"""Guide section 8, what people answer for: processing of personal data, principles, and a board's decision."""

from __future__ import annotations

from colonnade.evidence.attested import BoardSigned, PrinciplesSigned, ProcessingSigned
from colonnade.review.signal import signal
from colonnade.review.signoff import signed_off
from colonnade.review.verdict import Verdict
from colonnade.workload.specification import Specification


@signal(
    "RAI-10",
    1,
    improve="write a decision of the kind `processing` under decisions/, which the data-protection role signs:"
    " `colonnade attest RAI-10.1 --key FILE`",
)
def processing_is_recorded_and_signed(signed: ProcessingSigned, specification: Specification) -> Verdict:
    """Records of processing, legal basis, processors and impact assessment are current and signed."""
    return signed_off("RAI-10.1", signed, specification)


@signal(
    "RAI-11",
    1,
    improve="write a decision of the kind `principles` under decisions/ with `review_by`, which the executive signs:"
    " `colonnade attest RAI-11.1 --key FILE`",
)
def the_executive_signed_the_principles(signed: PrinciplesSigned, specification: Specification) -> Verdict:
    """Principles are signed by the accountable executive and inside their review date."""
    return signed_off("RAI-11.1", signed, specification)


@signal(
    "RAI-12",
    1,
    improve="write a decision of the kind `board` under decisions/ with charter, members and `review_by`, which two of the"
    " board sign: `colonnade attest RAI-12.1 --key FILE`",
)
def the_board_signed_its_decision(signed: BoardSigned, specification: Specification) -> Verdict:
    """A board with charter and members decided on this workload, with conditions and a date to look again."""
    return signed_off("RAI-12.1", signed, specification)
