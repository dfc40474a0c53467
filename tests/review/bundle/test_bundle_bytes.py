"""Flip any byte of a bundle, cut it anywhere, add anything: it is noticed, and what is hit has a name."""

from __future__ import annotations

import pytest
from bundled import RECORDS, inspected, members, named, packed
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.errors import CannotEvaluate
from colonnade.review.bundle.manifest import ENVELOPE

BUNDLE = packed()
BLOCK = 512


def layout() -> list[tuple[int, int, str]]:
    """From, to and name of every member with its header and its padding, and of the end."""
    at, found = 0, []
    for name, data in members(BUNDLE).items():
        after = at + BLOCK + len(data) + -len(data) % BLOCK
        found.append((at, after, name))
        at = after
    return [*found, (at, len(BUNDLE), "the end of the file")]


LAYOUT = layout()


def hit(offset: int) -> str:
    return next(name for start, end, name in LAYOUT if start <= offset < end)


def assert_noticed_and_named(damaged: bytes, name: str) -> None:
    if name == ENVELOPE:
        with pytest.raises(CannotEvaluate, match=r"bundle\.json|the bundle"):
            inspected(damaged)
        return
    assert name in {ref for _, ref in named(damaged)}


def test_an_honest_bundle_has_no_findings() -> None:
    found = inspected(BUNDLE)
    assert found.findings.count == 0
    assert found.records == RECORDS


def test_the_same_contents_give_the_same_bytes() -> None:
    assert packed() == BUNDLE
    assert packed(workload=b"name: other\n") != BUNDLE


@given(offset=st.integers(0, len(BUNDLE) - 1), mask=st.integers(1, 255))
@settings(max_examples=150)
def test_any_flipped_byte_is_noticed_and_named(offset: int, mask: int) -> None:
    damaged = bytearray(BUNDLE)
    damaged[offset] ^= mask
    assert_noticed_and_named(bytes(damaged), hit(offset))


@pytest.mark.slow
def test_each_single_byte_is_noticed_and_named_when_flipped() -> None:
    for offset in range(len(BUNDLE)):
        damaged = bytearray(BUNDLE)
        damaged[offset] ^= 1 << offset % 8
        assert_noticed_and_named(bytes(damaged), hit(offset))


@given(length=st.integers(0, len(BUNDLE) - 1))
@settings(max_examples=60)
def test_a_bundle_that_breaks_off_names_what_is_missing(length: int) -> None:
    assert_noticed_and_named(BUNDLE[:length], hit(length))


@given(extra=st.binary(min_size=1, max_size=30))
@settings(max_examples=20)
def test_nothing_can_be_added_behind_it(extra: bytes) -> None:
    assert named(BUNDLE + extra) == [("altered", "the end of the file")]


def test_a_damaged_page_names_the_records_that_it_held() -> None:
    start, end, name = next(each for each in LAYOUT if each[2].startswith("records/"))
    damaged = bytearray(BUNDLE)
    damaged[(start + end) // 2] ^= 0xFF
    found = inspected(bytes(damaged)).findings.in_order()
    assert {each.ref for each in found} == {name}
    assert any("records 1 to 12" in each.detail for each in found)


def test_any_tar_program_and_any_zstd_program_reads_it() -> None:
    from colonnade.review.bundle.zstandard import zstd

    inside = members(BUNDLE)
    assert list(inside)[:4] == [
        "bundle.json",
        "report.json.zst",
        "workload.yaml.zst",
        "checkpoints.jsonl.zst",
    ]
    page = zstd.decompress(inside["records/000001.jsonl.zst"])
    assert page.splitlines() == RECORDS
