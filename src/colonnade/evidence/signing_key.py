"""A person's private key stands in a file of the person's own, which nobody else can read."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from colonnade.errors import KeyUnusable, SetupError

_LARGEST_BYTES = 16 * 1024


def write_private(path: Path, key: Ed25519PrivateKey, passphrase: bytes = b"") -> None:
    """Write a key as PKCS #8 in PEM, mode 0600; an existing file is left alone.

    Raises:
        SetupError: the file exists, or the folder does not take it.
    """
    scheme = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, scheme)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise SetupError(f"{path} exists already: name another file, a key is never overwritten") from error
    except OSError as error:
        raise SetupError(f"the key file {path} cannot be written: {error.strerror}") from error


def read_private(path: Path, passphrase: bytes = b"") -> Ed25519PrivateKey:
    """The key of a file.

    Raises:
        KeyUnusable: the file is missing, open to others, no Ed25519 key, or the passphrase does not fit.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise KeyUnusable(f"the key file {path} is open to other users: run `chmod 600 {path}`")
            pem = file.read(_LARGEST_BYTES)
    except OSError as error:
        raise KeyUnusable(f"the key file {path} cannot be read: {error.strerror}") from error
    try:
        key = serialization.load_pem_private_key(pem, passphrase or None)
    except TypeError as error:
        word = "needs a passphrase" if not passphrase else "has no passphrase, and one was given"
        raise KeyUnusable(f"the key file {path} {word}: see --passphrase") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyUnusable(f"the key file {path} holds no key that this passphrase opens") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(f"the key file {path} holds no Ed25519 key")
    return key


def read_public(path: Path) -> Ed25519PublicKey:
    """The public key of a PEM file, for people who make their keys themselves.

    Raises:
        KeyUnusable: the file is missing or holds no Ed25519 public key.
    """
    try:
        with path.open("rb") as file:
            key = serialization.load_pem_public_key(file.read(_LARGEST_BYTES))
    except OSError as error:
        raise KeyUnusable(f"the key file {path} cannot be read: {error.strerror}") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyUnusable(f"the file {path} holds no public key in PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable(f"the file {path} holds no Ed25519 public key")
    return key
