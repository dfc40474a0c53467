"""Whoever holds the key and repacks a bundle still cannot change, drop, add or move a record unnoticed."""

from __future__ import annotations

import json

import pytest
from bundled import IDS, KEY, RECORDS, STRANGER, chained, inspected, named, packed, signed

from colonnade.errors import CannotEvaluate
from colonnade.evidence.breaks import Findings
from colonnade.review.bundle.comparison import compare

ENTRIES = chained(RECORDS)


def altered(body: bytes) -> bytes:
    return body.replace(b'"good":100', b'"good":101')


def test_an_altered_record_is_named() -> None:
    bodies = [*RECORDS[:4], altered(RECORDS[4]), *RECORDS[5:]]
    assert named(packed(records=bodies)) == [("altered", IDS[4])]


def test_a_missing_record_is_named() -> None:
    assert named(packed(records=[*RECORDS[:4], *RECORDS[5:]])) == [("missing", IDS[4])]


def test_moved_records_are_named_and_their_neighbours_are_not() -> None:
    moved = [RECORDS[7], *RECORDS[:7], *RECORDS[8:]]
    assert named(packed(records=moved)) == [("reordered", IDS[7])]


def test_a_record_that_the_ledger_does_not_list_is_named() -> None:
    foreign = altered(RECORDS[0])
    [(what, ref)] = named(packed(records=[*RECORDS, foreign]))
    assert what == "unreferenced"
    assert ref not in IDS


def test_a_record_that_stands_twice_is_named() -> None:
    assert named(packed(records=[*RECORDS, RECORDS[2]])) == [("unreferenced", IDS[2])]


def test_an_altered_entry_is_named() -> None:
    entries = [*ENTRIES]
    entries[1] = entries[1]._replace(at=entries[1].at + 1)
    assert named(packed(entries=entries)) == [("altered", "req-1")]


def test_a_missing_entry_is_named_by_its_place() -> None:
    found = inspected(packed(entries=[*ENTRIES[:2], *ENTRIES[3:]])).findings.in_order()
    assert [(each.what, each.seq) for each in found] == [("missing", 3)]


def test_swapped_entries_are_named() -> None:
    first, second = ENTRIES[1], ENTRIES[2]
    entries = [ENTRIES[0], second._replace(seq=2), first._replace(seq=3), *ENTRIES[3:]]
    assert {what for what, _ in named(packed(entries=entries))} >= {"reordered"}


def test_a_whole_new_chain_contradicts_the_signed_checkpoints() -> None:
    """The owner rewrites history and every link of it, and keeps the checkpoints that others have copies of."""
    bodies = [altered(RECORDS[0]), *RECORDS[1:]]
    forged = chained(bodies)
    found = named(packed(records=bodies, entries=forged))
    assert ("checkpoint contradicted", forged[-1].ref) in found


def test_a_stranger_who_signs_anew_cannot_sign_the_checkpoints() -> None:
    found = named(packed(key=STRANGER))
    assert {what for what, _ in found} >= {"checkpoint damaged"}


def test_a_ledger_whose_end_no_checkpoint_covers_is_named() -> None:
    found = named(packed(checkpoints=[signed(ENTRIES[3])]))
    assert found == [("missing", "checkpoints.jsonl.zst")]


def test_an_unsigned_checkpoint_is_named_by_its_line() -> None:
    loose = json.dumps(json.loads(signed(ENTRIES[-1])) | {"at": 1.0}).encode()
    found = named(packed(checkpoints=[loose, signed(ENTRIES[-1])]))
    assert found == [("checkpoint damaged", "checkpoints.jsonl.zst line 1")]


def test_an_entry_that_is_no_entry_is_named_by_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from colonnade.review.bundle import packing

    lines = iter([b"[1]", b"nonsense"])
    genuine = packing.entry_line
    monkeypatch.setattr(packing, "entry_line", lambda entry: next(lines) if entry.seq < 3 else genuine(entry))
    found = {ref for _, ref in named(packed())}
    assert {"entries/000001.jsonl.zst line 1", "entries/000001.jsonl.zst line 2"} <= found


def test_the_least_number_of_records_is_called_moved() -> None:
    findings = Findings()
    names = [f"r{n}" for n in range(200)]
    swapped = [*names[100:], *names[:99], names[99]]
    compare(names, swapped, {name: n for n, name in enumerate(names)}, findings)
    assert findings.count == 100


def test_an_envelope_with_another_signature_is_refused() -> None:
    data = packed()
    assert inspected(data).manifest.public_key == KEY.public_key().public_bytes_raw().hex()
    with pytest.raises(CannotEvaluate, match=r"bundle\.json is altered"):
        inspected(data.replace(b'"keyid":"0', b'"keyid":"1', 1))
