"""Exports of the example workload look as agreed."""

from __future__ import annotations

import pytest
from golden_files import GOLDEN, NAMES, golden_matter

from colonnade.review.exports.formats import FORMATS


@pytest.mark.parametrize("name", NAMES)
def test_an_export_of_the_example_looks_as_agreed(name: str) -> None:
    """After a wanted change: `python tests/review/exports/golden_files.py`, and look at the difference."""
    assert FORMATS[name].write(golden_matter()) == (GOLDEN / FORMATS[name].file).read_bytes()


def test_the_example_has_practices_of_many_states() -> None:
    assert {row.state for row in golden_matter().report.rows} >= {
        "proven", "partial", "failed", "not_applicable",
    }  # fmt: skip
