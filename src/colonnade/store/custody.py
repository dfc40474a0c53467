"""The key that protects the data key comes from a key file, a variable or a passphrase, never from the store."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from colonnade.errors import KeyUnusable
from colonnade.store.durable import make_folder, replace_file

KEY_BYTES = 32
CUSTODY_VARIABLE = "COLONNADE_KEY"
"""Names the custody: `file:PATH`, `env:NAME` or `passphrase:NAME`; unset means the key file of the state folder."""

# OWASP's password storage cheat sheet, 2^15 variant: about 0.2 s and 32 MiB a try.
_SCRYPT = {"n": 2**15, "r": 8, "p": 3, "maxmem": 64 * 2**20}


class Custody(Protocol):
    """A source of key-encryption keys (32 bytes each)."""

    @property
    def reference(self) -> str:
        """How the source is named to the user; free of key material."""

    def keys(self, salt: bytes) -> tuple[bytes, ...]:
        """The keys on offer; a key file holds two while a rotation is under way. Raises KeyUnusable."""

    def issue(self, salt: bytes) -> bytes:
        """The key to wrap with from now on; sources that can make keys make a new one."""

    def settle(self, key: bytes) -> None:
        """Forget every key but `key`, now that the data key is wrapped with it."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A file with mode 0600 that holds a key in base64, one a line."""

    path: Path

    @property
    def reference(self) -> str:
        """`file:PATH`."""
        return f"file:{self.path}"

    def keys(self, salt: bytes) -> tuple[bytes, ...]:  # noqa: ARG002 - only passphrases need it
        """Every key of the file; raises KeyUnusable if it is missing, damaged or open to others."""
        try:
            with self.path.open("rb") as file:
                self._refuse_if_shared(os.fstat(file.fileno()).st_mode)
                lines = file.read(4096).split()
        except OSError as error:
            raise KeyUnusable(
                f"the key file {self.path} cannot be read ({(error.strerror or '').lower()}): put back the copy"
                f" from your backup, or name another source in {CUSTODY_VARIABLE}; without it the store stays closed"
            ) from error
        return tuple(_decoded(line, f"the key file {self.path}") for line in lines)

    def issue(self, salt: bytes) -> bytes:
        """A new key, written before those that the file already has."""
        make_folder(self.path.parent)
        key = secrets.token_bytes(KEY_BYTES)
        held = self.keys(salt) if self.path.exists() else ()
        self._write((key, *held))
        return key

    def settle(self, key: bytes) -> None:
        """Keep `key` alone."""
        self._write((key,))

    def _write(self, keys: tuple[bytes, ...]) -> None:
        replace_file(self.path, b"".join(base64.b64encode(key) + b"\n" for key in keys))

    def _refuse_if_shared(self, mode: int) -> None:
        if mode & 0o077:
            raise KeyUnusable(
                f"the key file {self.path} is open to other users (mode {mode & 0o777:04o}):"
                f" run `chmod 600 {self.path}`"
            )


@dataclass(frozen=True, slots=True)
class KeyVariable:
    """An environment variable that holds 32 bytes in base64 or hex."""

    name: str
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    @property
    def reference(self) -> str:
        """`env:NAME`."""
        return f"env:{self.name}"

    def keys(self, salt: bytes) -> tuple[bytes, ...]:  # noqa: ARG002 - only passphrases need it
        """The key of the variable; raises KeyUnusable if it is unset or no key."""
        value = _variable(self.environment, self.name)
        return (_decoded(value.strip().encode(), f"the variable {self.name}"),)

    def issue(self, salt: bytes) -> bytes:
        """The key of the variable: whoever sets the variable makes the key."""
        return self.keys(salt)[0]

    def settle(self, key: bytes) -> None:
        """Nothing to forget here."""


@dataclass(frozen=True, slots=True)
class Passphrase:
    """An environment variable that holds a passphrase; scrypt makes the key."""

    name: str
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    @property
    def reference(self) -> str:
        """`passphrase:NAME`."""
        return f"passphrase:{self.name}"

    def keys(self, salt: bytes) -> tuple[bytes, ...]:
        """The key of the passphrase and `salt`; raises KeyUnusable if the variable is unset."""
        phrase = _variable(self.environment, self.name).encode()
        return (hashlib.scrypt(phrase, salt=salt, dklen=KEY_BYTES, **_SCRYPT),)

    def issue(self, salt: bytes) -> bytes:
        """The key of the passphrase: whoever sets the variable chooses it."""
        return self.keys(salt)[0]

    def settle(self, key: bytes) -> None:
        """Nothing to forget here."""


def custody_of(state: Path, reference: str | None = None) -> Custody:
    """The custody that `reference` names, or else COLONNADE_KEY, or else `keys/master.key` of the state folder."""
    reference = reference or os.environ.get(CUSTODY_VARIABLE, "")
    if not reference:
        return KeyFile(state / "keys" / "master.key")
    kind, _, rest = reference.partition(":")
    if rest and kind == "file":
        return KeyFile(Path(rest))
    if rest and kind == "env":
        return KeyVariable(rest)
    if rest and kind == "passphrase":
        return Passphrase(rest)
    raise KeyUnusable(
        f"{CUSTODY_VARIABLE} must name a source: file:PATH, env:NAME or passphrase:NAME, never the key itself"
    )


def _variable(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise KeyUnusable(f"the variable {name} is not set: it must hold what opens the store")
    return value


def _decoded(text: bytes, where: str) -> bytes:
    try:
        key = (
            bytes.fromhex(text.decode())
            if len(text) == 2 * KEY_BYTES
            else base64.b64decode(text, validate=True)
        )
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyUnusable(f"{where} holds no key: {KEY_BYTES} bytes in base64 or hex are expected")
    return key
