"""What other tools wrote is read within limits; what is beyond them is refused with a reason, and nothing raises else."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.review.adapters import bounded
from colonnade.review.adapters.bounded import Unreadable, json_value, text_of, yaml_values
from colonnade.review.adapters.material import LONGEST_WORD, Material, plain

LETTERS = "abcdefghij"


def _bomb(value: bytes, form: str) -> bytes:
    """Ten lines, each of which names the one before it ten times."""
    lines = [b"a: &a " + value]
    for before, letter in pairwise(LETTERS):
        named = ", ".join([f"*{before}"] * 10)
        lines.append(f"{letter}: &{letter} {form.format(named)}".encode())
    return b"\n".join(lines)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"[" * 100_000 + b"]" * 100_000, "nested more than 64 deep"),
        (b"[" * 70 + b"]" * 70, "nested more than 64 deep"),
        (b'{"a": NaN}', "is not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "is not JSON"),
        (b'{"a": 1', "is not JSON"),
        (b'"\\ud800"', "is not JSON"),
        (b"\x00", "is not JSON"),
        (b'{"a": "\xff"}', "line 1 is not UTF-8"),
        (b"\xff\xfe\x00", "not UTF-16"),
        (b"", "is not JSON"),
    ],
)
def test_json_beyond_the_limits_is_refused(data, reason):
    with pytest.raises(Unreadable, match=reason):
        json_value(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"[" * 100_000, "nested more than 64 deep"),
        (b"- " * 5000, "nested more than 64 deep"),
        (_bomb(b"[x, x]", "[{}]"), "more than 2,000,000 values"),
        (_bomb(b"{k0: 1, k1: 1, k2: 1}", "{{<<: [{}]}}"), "merges more than"),
        (b"a: &a [*a]", "nested more than 64 deep"),
        (b"!!python/object/apply:os.system ['true']", "constructor"),
        (b"a: !Ref b", "constructor"),
        (b"? [1, 2]\n: 3", "unhashable key"),
        (b"a: \x00", "not plain YAML"),
        (b"a: " + b"9" * 10_000, "cannot be read"),
        (b"a: [", "not plain YAML"),
        (b"a: \xff", "not UTF-8"),
    ],
)
def test_yaml_beyond_the_limits_is_refused(data, reason):
    with pytest.raises(Unreadable, match=reason):
        yaml_values(data)


def test_a_yaml_file_may_not_be_large(monkeypatch):
    monkeypatch.setattr(bounded, "LARGEST_YAML_BYTES", 10)
    with pytest.raises(Unreadable, match="larger than"):
        yaml_values(b"a: 12345678")


def test_aliases_within_reason_are_read():
    [value] = yaml_values(b"a: &a {x: 1}\nb: *a\nc: {<<: *a, y: 2}")
    assert value == {"a": {"x": 1}, "b": {"x": 1}, "c": {"x": 1, "y": 2}}


def test_times_stay_text_and_empty_documents_are_left_out():
    assert yaml_values(b"---\n---\na: 2026-01-01\n---\nb: 2026-01-01T00:00:00Z\n") == [
        {"a": "2026-01-01"},
        {"b": "2026-01-01T00:00:00Z"},
    ]


def test_what_windows_writes_is_read():
    """PowerShell writes UTF-16 with a byte order mark when output is sent to a file."""
    assert json_value('{"a": "é"}'.encode("utf-16")) == {"a": "é"}
    assert json_value(b"\xef\xbb\xbf{}") == {}
    assert text_of("é".encode()) == "é"


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(data):
    for read in (json_value, yaml_values):
        with suppress(Unreadable):
            assert read(data) is not data


def test_a_word_of_evidence_is_one_short_line():
    assert plain("a\x00b\n<b>\x1b[31mc\u202e") == "a b <b> [31mc"
    assert plain("\ud800x") == "x"
    assert len(plain("x" * 10_000)) == LONGEST_WORD
    assert plain(["x"]) == ""
    assert plain(None) == ""
    assert (plain(True), plain(3)) == ("true", "3")


def test_a_material_knows_its_digest():
    material = Material("a.json", b"{}", Path("a.json"))
    assert material.digest == "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert (material.json(), material.yaml(), material.text()) == ({}, [{}], "{}")
