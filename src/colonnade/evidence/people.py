"""A person is enrolled with a name, roles and a public key; what a key signed counts while its person may sign."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from colonnade.errors import SetupError
from colonnade.evidence.change import Change
from colonnade.evidence.ledger import Ledger

PersonRole = Literal[
    "business", "end_user", "technical", "data_protection", "sponsor", "owner", "executive", "board", "security",
]  # fmt: skip
PersonState = Literal["valid", "expired", "revoked"]
VALID_DAYS = 365.0
LONGEST_DAYS = 730.0
DAY_S = 86_400.0


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may sign, as of the last change of this key. Times are seconds since the epoch."""

    name: str
    keyid: str
    public_key: str
    roles: tuple[str, ...]
    enrolled_at: float
    valid_until: float
    revoked_at: float | None = None

    @property
    def key(self) -> Ed25519PublicKey:
        """The public key."""
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public_key))

    def state(self, now: float) -> PersonState:
        """Whether what this key signed counts at `now`; a revoked key counts for nothing it ever signed."""
        if self.revoked_at is not None:
            return "revoked"
        return "valid" if now < self.valid_until else "expired"


def keyid_of(key: Ed25519PublicKey) -> str:
    """The id of a key: the SHA-256 of its 32 bytes, in hex."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


class People:
    """Everybody enrolled in one ledger; each enrolment and revocation is a change in it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def load(self) -> dict[str, Person]:
        """Every person by key id, in the order of enrolment."""
        found: dict[str, Person] = {}
        for change in self._ledger.changes(kind="person"):
            if change.after:
                found[change.name] = _enrolled(change)
            elif change.name in found:
                found[change.name] = msgspec.structs.replace(found[change.name], revoked_at=change.at)
        return found

    def enrol(
        self,
        name: str,
        roles: Sequence[PersonRole],
        key: Ed25519PublicKey,
        *,
        actor: str,
        now: float,
        valid_days: float = VALID_DAYS,
    ) -> Person:
        """Enrol a person's key.

        Raises:
            SetupError: no name or role, a term outside (0, 730] days, or a key that is enrolled already.
        """
        keyid = keyid_of(key)
        self._refuse(name, roles, keyid, valid_days)
        details = {
            "person": name.strip(),
            "roles": ",".join(sorted(set(roles))),
            "valid_until": f"{now + valid_days * DAY_S:.0f}",
        }
        change = Change(
            kind="person",
            name=keyid,
            at=now,
            actor=actor,
            reason="enrolled",
            after=key.public_bytes_raw().hex(),
            details=details,
        )
        self._ledger.append_change(change)
        return _enrolled(change)

    def revoke(self, start: str, *, actor: str, now: float, reason: str) -> Person:
        """Revoke the key whose id begins with `start`; whatever it signed counts for nothing from now on.

        Raises:
            SetupError: no key or several begin so, or it is revoked already.
        """
        fitting = [person for keyid, person in self.load().items() if keyid.startswith(start) and start]
        if len(fitting) != 1:
            many = "several keys begin" if fitting else "no key begins"
            raise SetupError(f"{many} with {start}: `colonnade key person list` names them")
        [person] = fitting
        if person.revoked_at is not None:
            raise SetupError(f"the key of {person.name} is revoked already")
        change = Change(
            kind="person", name=person.keyid, at=now, actor=actor, reason=reason, before=person.public_key
        )
        self._ledger.append_change(change)
        return msgspec.structs.replace(person, revoked_at=now)

    def _refuse(self, name: str, roles: Sequence[str], keyid: str, valid_days: float) -> None:
        if not name.strip() or not roles:
            raise SetupError("a person is enrolled with a name and at least one role")
        if not 0 < valid_days <= LONGEST_DAYS:
            raise SetupError(f"a person is enrolled for at most {LONGEST_DAYS:.0f} days, not {valid_days:g}")
        known = self.load().get(keyid)
        if known is not None:
            raise SetupError(f"this key is enrolled already, for {known.name}: every person has a key alone")


def _enrolled(change: Change) -> Person:
    details = change.details
    return Person(
        name=details["person"],
        keyid=change.name,
        public_key=change.after,
        roles=tuple(details["roles"].split(",")),
        enrolled_at=change.at,
        valid_until=float(details["valid_until"]),
    )
