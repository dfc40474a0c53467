"""A fault point is armed by a signed file in the state folder, so only by an operator of this machine who can open its store."""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from colonnade.drills.experiment import LONGEST_S
from colonnade.errors import SetupError
from colonnade.store import Store
from colonnade.workload.sections.serving import Fault

FILE: Final = "faults.json"
NOWHERE: Final = ".invalid"
"""Names that resolve nowhere (RFC 2606)."""


class Strike(msgspec.Struct, frozen=True, kw_only=True):
    """What calls to these upstreams meet until a moment (seconds since the epoch).

    Either a fault of the provider simulator, which then answers in the upstream's place, or an `address` on this
    machine (or one that resolves nowhere) that is called instead. Callers with all of `labels` meet it, and `share` of
    the others.
    """

    experiment: str
    upstreams: list[str]
    until: float
    fault: Fault | None = None
    address: str = ""
    labels: dict[str, str] = {}
    share: float = 0.0


class _Signed(msgspec.Struct, frozen=True, kw_only=True):
    strike: Strike
    made_at: float
    signature: str


@dataclass(frozen=True, slots=True)
class Control:
    """The control file of one workload; `key` is derived from that of its store."""

    file: Path
    key: bytes

    @classmethod
    def of(cls, store: Store, folder: Path) -> Control:
        """The file in `folder`, which gateway and operator of one workload share."""
        return cls(folder / FILE, store.subkey("signing", b"fault points"))

    def arm(self, strike: Strike) -> None:
        """Write the file, whole and at once.

        Raises:
            SetupError: the strike would last too long or leave this machine, or the file cannot be written.
        """
        now = time.time()
        if strike.until > now + LONGEST_S:
            raise SetupError(f"a fault stays in for {LONGEST_S:g} s at most")
        if strike.address and not stays_here(strike.address):
            raise SetupError(f"{strike.address} is not on this machine")
        signed = _Signed(strike=strike, made_at=now, signature=self._signature(strike, now))
        draft = self.file.with_suffix(f".{os.getpid()}.draft")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(signed))
            draft.replace(self.file)
        except OSError as error:
            raise SetupError(f"the fault point cannot be armed by {self.file}: {error.strerror}") from error

    def disarm(self) -> None:
        """Remove the file; nothing happens where there is none."""
        self.file.unlink(missing_ok=True)

    def stamp(self) -> tuple[int, int] | None:
        """Changes when the file does; None where there is none."""
        try:
            found = self.file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def read(self) -> Strike | None:
        """What is armed; None where nothing is, or what the file says is not signed with this store's key, or is past."""
        try:
            signed = msgspec.json.decode(self.file.read_bytes(), type=_Signed)
        except (OSError, msgspec.MsgspecError):
            return None
        expected = self._signature(signed.strike, signed.made_at)
        if not hmac.compare_digest(expected, signed.signature) or not _fit(signed):
            return None
        return signed.strike

    def _signature(self, strike: Strike, made_at: float) -> str:
        said = msgspec.json.encode([strike, made_at], order="deterministic")
        return hmac.new(self.key, said, sha256).hexdigest()


def _fit(signed: _Signed) -> bool:
    strike = signed.strike
    in_time = time.time() < strike.until <= signed.made_at + LONGEST_S
    return in_time and (not strike.address or stays_here(strike.address))


def stays_here(address: str) -> bool:
    """Whether the address is on the loopback, or resolves nowhere."""
    host = urlsplit(address).hostname or ""
    if host == "localhost" or host.endswith(NOWHERE):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def meets(strike: Strike, labels: Mapping[str, str], drawn: float) -> bool:
    """Whether a caller with these labels meets it; `drawn` is a number from 0 to 1 that stays with the call."""
    if strike.labels and all(labels.get(name) == value for name, value in strike.labels.items()):
        return True
    return drawn < strike.share
