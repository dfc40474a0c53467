"""People are enrolled by the public half of a key; the private half stands in a file that only they can read."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from colonnade.errors import KeyUnusable, SetupError
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.people import DAY_S, People, keyid_of
from colonnade.evidence.signing_key import read_private, read_public, write_private
from colonnade.store import open_store

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NOW = 1_790_000_000.0


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory):
    store = open_store(tmp_path_factory.mktemp("people") / ".colonnade")
    yield Ledger(store)
    store.close()


def enrol(ledger: Ledger, name: str, *roles, **changes):
    key = changes.pop("key", Ed25519PrivateKey.generate())
    return People(ledger).enrol(name, roles, key.public_key(), actor="test", **{"now": NOW, **changes})


def test_a_person_has_a_term_and_can_be_revoked(ledger: Ledger):
    person = enrol(ledger, " Ada Berg ", "sponsor", "business", valid_days=10)
    assert (person.name, person.roles) == ("Ada Berg", ("business", "sponsor"))
    assert People(ledger).load()[person.keyid] == person
    assert person.state(NOW + 10 * DAY_S - 1) == "valid"
    assert person.state(NOW + 10 * DAY_S) == "expired"
    assert keyid_of(person.key) == person.keyid
    revoked = People(ledger).revoke(person.keyid[:12], actor="test", now=NOW + 5, reason="left")
    assert People(ledger).load()[person.keyid] == revoked
    assert revoked.state(NOW) == "revoked"
    with pytest.raises(SetupError, match="revoked already"):
        People(ledger).revoke(person.keyid, actor="test", now=NOW, reason="")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"valid_days": 0}, "at most 730 days"),
        ({"valid_days": 731}, "at most 730 days"),
        ({"roles": ()}, "at least one role"),
        ({"name": " "}, "with a name"),
    ],
)
def test_nobody_is_enrolled_without_name_role_and_term(ledger: Ledger, changes, said):
    roles, name = changes.pop("roles", ("sponsor",)), changes.pop("name", "Ada")
    with pytest.raises(SetupError, match=said):
        enrol(ledger, name, *roles, **changes)


def test_a_key_belongs_to_one_person_even_after_it_was_revoked(ledger: Ledger):
    person = enrol(ledger, "Noor", "technical", key=KEY)
    with pytest.raises(SetupError, match="enrolled already, for Noor"):
        enrol(ledger, "Ada", "sponsor", key=KEY)
    People(ledger).revoke(person.keyid, actor="test", now=NOW, reason="lost")
    with pytest.raises(SetupError, match="enrolled already"):
        enrol(ledger, "Noor", "technical", key=KEY)


@pytest.mark.parametrize("start", ["", "nobody"])
def test_revoking_nobody_is_told(ledger: Ledger, start: str):
    with pytest.raises(SetupError, match="no key begins with"):
        People(ledger).revoke(start, actor="test", now=NOW, reason="")


@pytest.mark.parametrize("passphrase", [b"", b"correct horse"])
def test_a_private_key_is_written_once_for_its_person_alone(tmp_path: Path, passphrase: bytes):
    path = tmp_path / "ada.key"
    write_private(path, KEY, passphrase)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_private(path, passphrase).private_bytes_raw() == KEY.private_bytes_raw()
    assert (b"ENCRYPTED" in path.read_bytes()) is bool(passphrase)
    with pytest.raises(SetupError, match="never overwritten"):
        write_private(path, KEY)
    with pytest.raises(KeyUnusable):
        read_private(path, b"wrong" if passphrase else b"needless")


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path):
    path = tmp_path / "ada.key"
    write_private(path, KEY)
    path.chmod(0o640)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        read_private(path)


def test_what_is_no_key_is_told(tmp_path: Path):
    with pytest.raises(KeyUnusable, match="cannot be read"):
        read_private(tmp_path / "missing")
    with pytest.raises(SetupError, match="cannot be written"):
        write_private(tmp_path / "nowhere" / "ada.key", KEY)
    path = tmp_path / "other.key"
    path.write_text("no key")
    path.chmod(0o600)
    with pytest.raises(KeyUnusable, match="holds no key"):
        read_private(path)
    with pytest.raises(KeyUnusable, match="no public key"):
        read_public(path)
    other = generate_private_key(SECP256R1())
    path.write_bytes(
        other.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    with pytest.raises(KeyUnusable, match="no Ed25519 key"):
        read_private(path)


def test_a_public_key_of_ones_own_is_read(tmp_path: Path):
    path = tmp_path / "ada.pub"
    path.write_bytes(
        KEY.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    assert keyid_of(read_public(path)) == keyid_of(KEY.public_key())
