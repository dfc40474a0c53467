"""Lines are the same wherever the parts of a file are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.gateway.batches.lines import LineTooLong, lines


@given(st.lists(st.binary(max_size=12)), st.integers(1, 7))
def test_lines_do_not_depend_on_the_cuts(parts: list[bytes], size: int):
    text = b"\n".join(parts)
    cut = [text[start : start + size] for start in range(0, len(text), size)]
    expected = [(n, line) for n, line in enumerate(text.split(b"\n"), start=1) if line.strip()]
    assert list(lines(cut)) == expected


@pytest.mark.parametrize(
    "parts", [[b"ok\n", b"x" * 11], [b"ok\n" + b"x" * 11 + b"\n"], [b"ok\nxxxxx", b"x" * 6]]
)
def test_a_line_without_end_is_not_gathered(parts: list[bytes]):
    with pytest.raises(LineTooLong) as told:
        list(lines(parts, 10))
    assert told.value.line == 2
