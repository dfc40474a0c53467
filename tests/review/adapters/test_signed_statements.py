"""Statements are kept as they come, and count by the keys that count at the review."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from exported import NOW, SCOPE, material, read, reasons, view_of

from colonnade.cli import colonnade
from colonnade.errors import SetupError
from colonnade.evidence.envelope import Envelope, sign
from colonnade.evidence.imported.statements import KeptStatements, SignedStatements
from colonnade.evidence.people import Person, keyid_of
from colonnade.evidence.signing_key import write_private
from colonnade.review.adapters.material import Material
from colonnade.review.adapters.provenance.reading import IN_TOTO, PROVENANCE, join
from colonnade.review.adapters.provenance.verifying import signed_statements
from colonnade.review.adapters.provenance.vouching import vouched

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))
MODEL = {"name": "model", "digest": {"sha256": "AB"}}


def statement(**fields: Any) -> bytes:
    known = {
        "_type": "https://in-toto.io/Statement/v1", "subject": [MODEL], "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {"resolvedDependencies": [{"digest": {"gitCommit": "c0ffee"}}]},
            "runDetails": {"builder": {"id": "https://ci.example.org"}},
        },
    }  # fmt: skip
    return json.dumps({**known, **fields}).encode()


def envelope(payload: bytes | None = None, key: Ed25519PrivateKey = KEY, kind: str = IN_TOTO) -> Any:
    """What a pipeline writes; the key's name is the signer's own affair."""
    return json.loads(sign(kind, statement() if payload is None else payload, key, "ci-key-1").encode())


def person(
    key: Ed25519PrivateKey = KEY, until: float = NOW + 1, revoked: float | None = None
) -> dict[str, Person]:
    public = key.public_key()
    known = Person(
        name="Pipeline", keyid=keyid_of(public), public_key=public.public_bytes_raw().hex(), roles=("technical",),
        enrolled_at=0.0, valid_until=until, revoked_at=revoked,
    )  # fmt: skip
    return {known.keyid: known}


def verified(given: Any, people: dict[str, Person]) -> SignedStatements:
    [record] = read(PROVENANCE, given).records
    return msgspec.convert(signed_statements(record, people, SCOPE).facts, SignedStatements)


def test_a_statement_tells_subjects_materials_builder_and_who_signed():
    found = verified(envelope(), person())
    [told] = found.statements
    assert (told.subjects, told.materials, told.builder) == (
        ["sha256:ab"],
        ["c0ffee"],
        "https://ci.example.org",
    )
    assert (told.signers, told.is_provenance) == (["Pipeline"], True)
    assert found.wanted == {"models.small": "sha256:m"}
    assert found.bound_to("c0ffee") == {"sha256:ab"}


@pytest.mark.parametrize(
    "people",
    [{}, person(STRANGER), person(until=NOW), person(revoked=1.0)],
    ids=["nobody", "stranger", "expired", "revoked"],
)
def test_keys_that_do_not_count(people):
    found = verified(envelope(), people)
    assert [it.signers for it in found.statements] == [[]]
    assert found.bound_to("c0ffee") == set()


def test_an_altered_statement_has_no_signer():
    altered = msgspec.structs.replace(sign(IN_TOTO, statement(), KEY, "k"), payload="e30=")
    assert verified(json.loads(altered.encode()), person()).statements[0].signers == []


def test_a_signature_may_go_without_the_name_of_its_key():
    given = envelope()
    del given["signatures"][0]["keyid"]
    assert verified(given, person()).statements[0].signers == ["Pipeline"]


def test_materials_of_the_older_provenance():
    old = statement(
        predicateType="https://slsa.dev/provenance/v0.2",
        predicate={"builder": {"id": "b"}, "materials": [{"uri": "git", "digest": {"sha1": "C0FFEE"}}]},
    )
    [told] = verified(envelope(old), person()).statements
    assert (told.materials, told.builder, told.is_provenance) == (["c0ffee"], "b", True)


def test_bundles_and_lines():
    lines = b"\n".join(
        json.dumps(each).encode() for each in (envelope(), {"dsseEnvelope": envelope(statement(a=1))})
    )
    reading = read(PROVENANCE, material(lines + b"\n{\n", "a.intoto.jsonl"))
    kept = view_of(reading, KeptStatements).statements
    assert [it.file for it in kept] == ["a.intoto.jsonl:1", "a.intoto.jsonl:2"]
    assert "a.intoto.jsonl:3" in reasons(reading)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (json.loads(statement()), "nobody signed"),
        ({"payload": 1}, "is no DSSE envelope"),
        ([], "is no DSSE envelope"),
        (envelope(kind="text/plain"), "carries text/plain"),
        (envelope(b"x" * 600_000), "larger than any statement"),
        ({**envelope(), "signatures": [{"sig": ""}] * 21}, "larger than any statement"),
    ],
    ids=["bare", "torn", "list", "other", "large", "many"],
)
def test_what_is_no_signed_statement_is_rejected(given, reason):
    reading = read(PROVENANCE, given)
    assert reading.records == []
    assert reason in reasons(reading)


@pytest.mark.parametrize(
    "payload", [b"{", b"[]", b"\xff", b'{"subject": [1, {"digest": 3}], "predicate": []}']
)
def test_a_payload_that_says_nothing_gives_nothing(payload):
    for told in verified(envelope(payload), person()).statements:
        assert (told.subjects, told.materials) == ([], [])


def test_without_a_statement_there_is_still_evidence_of_that():
    found = msgspec.convert(signed_statements(None, person(), SCOPE).facts, SignedStatements)
    assert (found.statements, found.wanted) == ([], {"models.small": "sha256:m"})


def test_what_was_imported_before_is_kept_once():
    [first], [second] = (
        read(PROVENANCE, envelope()).records,
        read(PROVENANCE, envelope(statement(a=1)), envelope()).records,
    )
    kept = msgspec.convert(join(second, first).facts, KeptStatements).statements
    assert len(kept) == 2
    assert all(isinstance(it.envelope, Envelope) for it in kept)


def test_a_key_that_expired_since_signs_for_nothing():
    later = replace(SCOPE, window_end=NOW + 2)
    [record] = read(PROVENANCE, envelope()).records
    told = msgspec.convert(signed_statements(record, person(), later).facts, SignedStatements)
    assert told.statements[0].signers == [], "the key expired in between"


def test_files_that_somebody_vouches_for_are_bound_to_their_commit(tmp_path):
    report = tmp_path / "report.sarif"
    report.write_bytes(b"{}")
    found = verified(json.loads(vouched([report], "c0ffee", KEY).encode()), person())
    digest = material(b"{}").digest
    assert found.bound_to("c0ffee") == {digest}
    assert not found.statements[0].is_provenance, "nobody says how it was made"
    assert verified(json.loads(vouched([report], "", KEY).encode()), person()).statements[0].materials == []


def test_the_command_writes_what_can_be_imported(tmp_path):
    key, report, out = tmp_path / "ada.key", tmp_path / "report.sarif", tmp_path / "a.intoto.json"
    write_private(key, KEY)
    report.write_bytes(b"{}")
    arguments = ["vouch", str(report), "--key", str(key), "--commit", "c0ffee", "--out", str(out), "--json"]
    done = CliRunner().invoke(colonnade, arguments)
    assert json.loads(done.output) == {"file": str(out), "files": 1, "commit": "c0ffee"}
    [record] = PROVENANCE.read([Material(out.name, out.read_bytes(), out)], SCOPE).records
    told = msgspec.convert(signed_statements(record, person(), SCOPE).facts, SignedStatements)
    assert told.bound_to("c0ffee") == {material(b"{}").digest}


@pytest.mark.parametrize("lost", ["report", "out"])
def test_a_file_that_cannot_be_read_or_written_is_told(tmp_path, lost):
    key, report = tmp_path / "ada.key", tmp_path / "report.sarif"
    write_private(key, KEY)
    if lost == "out":
        report.write_bytes(b"{}")
    arguments = ["vouch", str(report), "--key", str(key), "--out", str(tmp_path / "no" / "where")]
    done = CliRunner().invoke(colonnade, arguments)
    assert isinstance(done.exception, SetupError)
    assert "cannot be" in str(done.exception)
