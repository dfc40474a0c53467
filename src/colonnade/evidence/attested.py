"""What people signed is seen with its signatures verified: each counts, or the view says why it does not."""

from __future__ import annotations

from typing import Literal

import msgspec

from colonnade.evidence.view import view

SignatureState = Literal["counts", "changed", "expired", "refused"]
"""`changed`: what was signed over is not what stands there now; `expired`: its term is over; `refused`: it never
counted, since its person is unknown, revoked, expired, has not the role, or may not sign here."""


class SeenSignature(msgspec.Struct, frozen=True, kw_only=True):
    """One signature, as it was found when it was verified; `why` is empty while it counts."""

    person: str
    role: str
    keyid: str
    signed_at: float
    expires_at: float
    state: SignatureState
    why: str = ""


class Attested(msgspec.Struct, frozen=True, kw_only=True):
    """All signatures for one signal over one thing, the newest last.

    `about` names the thing, `digest` is its digest now; `problems` are faults of the thing itself, such as a decision
    that is overdue. `valid_until` is when the first signature that counts ends.
    """

    about: str
    digest: str
    signatures: list[SeenSignature]
    problems: list[str] = []
    valid_until: float | None = None


@view("attestation.uc-01.2", binds=("intent",))
class IntentSigned(Attested, frozen=True, kw_only=True):
    """Over the digest of the `intent` block."""


@view("attestation.uc-02.2", binds=("workload",))
class WorkloadSigned(Attested, frozen=True, kw_only=True):
    """Over the digest of the workload file and its prompts."""


@view("attestation.uc-09.1")
class HostingSigned(Attested, frozen=True, kw_only=True):
    """Over a decision record of the kind `hosting`."""


@view("attestation.sec-11.2")
class AccessSigned(Attested, frozen=True, kw_only=True):
    """Over a list of everybody who has access; `problems` are removals that were not carried out."""


@view("attestation.sec-13.1")
class PrivateTuningSigned(Attested, frozen=True, kw_only=True):
    """Over a decision record of the kind `private_tuning`."""


@view("attestation.sus-03.1")
class EnergySigned(Attested, frozen=True, kw_only=True):
    """Over a decision record of the kind `energy`."""


@view("attestation.rai-10.1")
class ProcessingSigned(Attested, frozen=True, kw_only=True):
    """Over a decision record of the kind `processing`."""


@view("attestation.rai-11.1")
class PrinciplesSigned(Attested, frozen=True, kw_only=True):
    """Over a decision record of the kind `principles`."""


@view("attestation.rai-12.1")
class BoardSigned(Attested, frozen=True, kw_only=True):
    """Over a decision record of the kind `board`."""


SIGNED_VIEWS: dict[str, type[Attested]] = {
    "UC-01.2": IntentSigned,
    "UC-02.2": WorkloadSigned,
    "UC-09.1": HostingSigned,
    "SEC-11.2": AccessSigned,
    "SEC-13.1": PrivateTuningSigned,
    "SUS-03.1": EnergySigned,
    "RAI-10.1": ProcessingSigned,
    "RAI-11.1": PrinciplesSigned,
    "RAI-12.1": BoardSigned,
}
"""The view of each signal that people sign off."""
