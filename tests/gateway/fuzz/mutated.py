"""Bytes that were right once: cut, doubled, overwritten and spiced at places that hypothesis chooses."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st

SPICE = [
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\0", b" ", b"\t", b":", b";", b",", b"chunked", b"content-length: 3\r\n",
    b"transfer-encoding: chunked\r\n", b"0\r\n\r\n", b"ffffffff\r\n", b"-1", b"HTTP/1.1", b"\xff\xfe", b"\xed\xa0\x80",
    b"{", b"}", b"[", b"]", b'"', b"\\", b"\\ud800", b"NaN", b"1e999", b"9" * 5000, b"[" * 3000, b"null", b"data: ",
    b"data: [DONE]\n\n", b'data: {"error": {}}\n\n', b"event: x\n", b"\n\n", b": \n\n", b"\xef\xbb\xbf",
]  # fmt: skip
"""What parsers trip over."""


@st.composite
def mutations(draw: st.DrawFn, good: bytes, most: int = 4) -> bytes:
    """`good` after a few changes, each of which may undo what held before."""
    data = good
    for _ in range(draw(st.integers(1, most))):
        at = draw(st.integers(0, len(data)))
        until = draw(st.integers(at, min(len(data), at + 40)))
        put = draw(st.sampled_from(SPICE) | st.binary(max_size=12) | st.just(data[at:until] * 2))
        data = data[:at] + put + data[until:]
    return data


def cuts(data: bytes, places: list[int]) -> list[bytes]:
    """The data in pieces that end at these places."""
    ends = sorted({min(place, len(data)) for place in places} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(ends)]
