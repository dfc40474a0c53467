"""The store opens with its key and with no other, and says what to do when the key is lost."""

from __future__ import annotations

import base64
import subprocess
import sys

import pytest

from colonnade.errors import ColonnadeError, KeyUnusable, SetupError
from colonnade.store.custody import KeyFile, KeyVariable, Passphrase, custody_of
from colonnade.store.datakey import rotate, unlock


@pytest.fixture
def state(tmp_path):
    return tmp_path / ".colonnade"


def subkey(state, custody=None):
    return unlock(state, custody or custody_of(state)).subkey("database")


def variable(value: bytes, name: str = "STORE_KEY"):
    return KeyVariable(name, {name: base64.b64encode(value).decode()})


def test_the_first_opening_makes_private_files(state):
    first = subkey(state)
    assert subkey(state) == first
    for path in (state / "keys").iterdir():
        assert path.stat().st_mode & 0o077 == 0


def test_subkeys_differ_by_purpose_salt_and_store(state, tmp_path):
    key = unlock(state, custody_of(state))
    made = [key.subkey(purpose) for purpose in ("database", "content", "spool", "signing")]
    made += [key.subkey("spool", b"one"), key.subkey("spool", b"two")]
    made.append(unlock(tmp_path / "other", custody_of(tmp_path / "other")).subkey("database"))
    assert len(set(made)) == 7
    assert {len(one) for one in made} == {32}
    assert repr(key) == "DataKey(...)"


def test_a_lost_key_file_is_named(state):
    subkey(state)
    (state / "keys" / "master.key").unlink()
    with pytest.raises(KeyUnusable, match=r"master\.key cannot be read .*put back the copy from your backup"):
        subkey(state)


def test_a_key_file_open_to_others_is_refused(state):
    subkey(state)
    (state / "keys" / "master.key").chmod(0o640)
    with pytest.raises(KeyUnusable, match=r"mode 0640.*chmod 600"):
        subkey(state)


@pytest.mark.parametrize("content", ["", "not a key", "AAAA", "é" * 30])
def test_a_damaged_key_file_is_told_from_a_wrong_key(state, content):
    subkey(state)
    (state / "keys" / "master.key").write_text(content)
    with pytest.raises(KeyUnusable, match=r"master\.key"):
        subkey(state)


def test_a_wrong_key_does_not_fit(state):
    subkey(state, variable(b"a" * 32))
    with pytest.raises(KeyUnusable, match="the key from env:STORE_KEY does not fit"):
        subkey(state, variable(b"b" * 32))


def test_a_lost_wrapped_key_beside_a_database_is_not_replaced(state):
    subkey(state)
    (state / "keys" / "data.key.json").unlink()
    (state / "colonnade.db").touch()
    with pytest.raises(KeyUnusable, match=r"data\.key\.json is missing"):
        subkey(state)


@pytest.mark.parametrize("field", ["salt", "check", "nonce", "wrapped"])
def test_every_part_of_the_wrapped_key_counts(state, field):
    custody = Passphrase("PHRASE", {"PHRASE": "correct horse"})
    subkey(state, custody)
    path = state / "keys" / "data.key.json"
    text = path.read_text()
    start = text.index(f'"{field}": "') + len(field) + 5
    other = "B" if text[start] != "B" else "C"
    path.write_text(text[:start] + other + text[start + 1 :])
    with pytest.raises(KeyUnusable):
        subkey(state, custody)


@pytest.mark.parametrize("content", ["", "{}", "[1]", "\x00", '{"format":2}'])
def test_a_wrapped_key_that_is_no_such_file_is_damaged(state, content):
    subkey(state)
    (state / "keys" / "data.key.json").write_text(content)
    with pytest.raises(KeyUnusable, match="is damaged: put it back"):
        subkey(state)


def test_a_passphrase_opens_and_another_does_not(state):
    first = subkey(state, Passphrase("PHRASE", {"PHRASE": "correct horse"}))
    assert subkey(state, Passphrase("PHRASE", {"PHRASE": "correct horse"})) == first
    with pytest.raises(KeyUnusable, match="passphrase:PHRASE does not fit"):
        subkey(state, Passphrase("PHRASE", {"PHRASE": "battery staple"}))
    with pytest.raises(KeyUnusable, match="the variable PHRASE is not set"):
        subkey(state, Passphrase("PHRASE", {}))


def test_the_variable_may_hold_hex(state):
    key = bytes(range(32))
    first = subkey(state, KeyVariable("K", {"K": key.hex()}))
    assert subkey(state, variable(key, "K")) == first


@pytest.mark.parametrize("reference", ["hunter2", "env:", "vault:x", ":"])
def test_custody_is_named_never_the_key(state, reference):
    with pytest.raises(KeyUnusable, match="must name a source") as caught:
        custody_of(state, reference)
    assert "hunter2" not in str(caught.value)


def test_custody_follows_the_environment(state, monkeypatch):
    assert custody_of(state) == KeyFile(state / "keys" / "master.key")
    monkeypatch.setenv("COLONNADE_KEY", "env:STORE_KEY")
    assert custody_of(state).reference == "env:STORE_KEY"
    assert custody_of(state, "file:/x/y").reference == "file:/x/y"


def test_rotation_keeps_the_data_and_retires_the_key(state):
    first = subkey(state)
    old = (state / "keys" / "master.key").read_bytes()
    rotate(state, custody_of(state), custody_of(state))
    assert subkey(state) == first
    assert (state / "keys" / "master.key").read_bytes() != old
    (state / "keys" / "master.key").write_bytes(old)
    with pytest.raises(KeyUnusable, match="does not fit"):
        subkey(state)


def test_rotation_to_another_custody(state):
    first = subkey(state)
    rotate(state, custody_of(state), variable(b"n" * 32))
    assert subkey(state, variable(b"n" * 32)) == first
    with pytest.raises(KeyUnusable):
        subkey(state)


@pytest.mark.parametrize("cut_after", [1, 2])
def test_a_rotation_cut_off_anywhere_still_opens(state, monkeypatch, cut_after):
    first = subkey(state)
    from colonnade.store import custody, datakey

    done = []

    def cut(path, content):
        if len(done) == cut_after:
            raise SetupError("cut off")
        done.append(path)
        real(path, content)

    real = custody.replace_file
    monkeypatch.setattr(custody, "replace_file", cut)
    monkeypatch.setattr(datakey, "replace_file", cut)
    with pytest.raises(ColonnadeError, match="cut off"):
        rotate(state, custody_of(state), custody_of(state))
    monkeypatch.undo()
    assert subkey(state) == first


def test_processes_that_start_together_share_one_key(state):
    code = (
        "import sys; from pathlib import Path; from colonnade.store import open_store;"
        "store = open_store(Path(sys.argv[1])); print(store.subkey('database').hex())"
    )
    starts = [
        subprocess.Popen([sys.executable, "-c", code, str(state)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = {process.communicate()[0] for process in starts}
    assert [process.returncode for process in starts] == [0, 0, 0, 0]
    assert len(said) == 1
