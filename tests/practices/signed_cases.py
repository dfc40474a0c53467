"""Cases of judges over signatures: enough, too few, ended, and signed over something that is faulty itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from colonnade.evidence.attested import SIGNED_VIEWS, Attested, SeenSignature
from colonnade.responsibility.practices import signatures as responsibility
from colonnade.security.practices import signatures as security
from colonnade.sustainability.practices import signatures as sustainability
from colonnade.usecase.practices import signatures as usecase
from colonnade.workload import load

SPECIFICATION = load(Path(__file__).parents[1] / "fixtures" / "workloads" / "minimal").specification
PASS, FAIL, INSUFFICIENT, STALE = "pass", "fail", "insufficient", "stale"
JUDGES = {
    "UC-01.2": (usecase.the_sponsor_signed_the_intent, ["sponsor"]),
    "UC-09.1": (usecase.the_owner_signed_the_choice_of_hosting, ["owner"]),
    "SEC-11.2": (security.access_was_reviewed_and_removals_made, ["security"]),
    "SEC-13.1": (security.ways_of_private_tuning_were_compared, ["data_protection"]),
    "SUS-03.1": (sustainability.the_providers_energy_was_considered, ["owner"]),
    "RAI-10.1": (responsibility.processing_is_recorded_and_signed, ["data_protection"]),
    "RAI-11.1": (responsibility.the_executive_signed_the_principles, ["executive"]),
    "RAI-12.1": (responsibility.the_board_signed_its_decision, ["board", "board"]),
    "UC-02.2": (
        usecase.every_role_signed_the_workload,
        ["business", "end_user", "technical", "data_protection"],
    ),
}
"""Each judge, with the roles that sign in the minimal workload."""


def signature(role: str, person: str, state: Any = "counts") -> SeenSignature:
    why = "" if state == "counts" else f"is {state}"
    return SeenSignature(
        person=person, role=role, keyid="k", signed_at=1.0, expires_at=9.0, state=state, why=why
    )


def signed(name: str, *signatures: SeenSignature, problems: list[str] | None = None) -> Attested:
    return SIGNED_VIEWS[name](
        about="it", digest="sha256:1", signatures=list(signatures), problems=problems or []
    )


def _cases(name: str) -> list[tuple[Any, tuple[Any, ...], str]]:
    judge, roles = JUDGES[name]
    enough = [signature(role, f"person {number}") for number, role in enumerate(roles)]
    ended = [*enough[1:], signature(roles[0], "person 0", "changed")]
    found = [
        (signed(name, *enough), PASS),
        (signed(name, *enough, signature("other", "Eve", "refused")), PASS),
        (signed(name, *enough, problems=["overdue"]), FAIL),
        (signed(name, *enough[1:]), INSUFFICIENT),
        (signed(name, *enough[1:], signature(roles[0], "person 0", "refused")), INSUFFICIENT),
        (signed(name, *enough[1:], signature("other", "Eve")), INSUFFICIENT),
        (signed(name, *ended), STALE),
    ]
    if len(roles) > 1:
        found.append((signed(name, *(signature(role, " PERSON 0") for role in roles)), INSUFFICIENT))
    return [(judge, (view, SPECIFICATION), outcome) for view, outcome in found]


SIGNED_CASES = [case for name in JUDGES for case in _cases(name)]
