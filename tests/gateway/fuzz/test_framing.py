"""However a stream of events is cut, its events are the same; what is no stream of events costs nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutated import SPICE, cuts, mutations

from colonnade.errors import UpstreamFailed
from colonnade.gateway import events
from colonnade.gateway.events import DONE, Framing, plain_length, split

CHUNK = b'data: {"choices":[{"index":0,"delta":{"content":"hi"}}]}\n\n'
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":1}}\n\n'
ERROR = b'data: {"error": {"message": "no"}}\n\n'
ODD = b": PROCESSING\n\nevent: x\nid: 3\ndata:{}\n\ndata: {\ndata: }\n\n"
STREAM = CHUNK * 2 + ODD + CHUNK + USAGE + ERROR + DONE
LINES = st.sampled_from([CHUNK, USAGE, ERROR, ODD, DONE, b"\n", b"data: x", b"\r\n", b"data: {}\n\n", *SPICE])
STREAMS = st.lists(LINES, max_size=12).map(b"".join) | mutations(STREAM) | st.binary(max_size=200)


def told(pieces: list[bytes]) -> list[bytes]:
    """The data of all events, comments left out."""
    framing = Framing()
    blocks = [framing.take(piece) for piece in pieces]
    return [data for block in blocks if block for data in split(block) if data]


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_cut_at_every_byte_and_into_single_bytes(ends: bytes) -> None:
    stream = STREAM.replace(b"\n", ends)
    whole = told([stream])
    assert len(whole) == 8
    for place in range(len(stream)):
        assert told([stream[:place], stream[place:]]) == whole
    assert told([bytes([byte]) for byte in stream]) == whole


@given(STREAMS, st.lists(st.integers(0, 400), max_size=12))
def test_any_cutting_tells_the_same_events(stream: bytes, places: list[int]) -> None:
    assert told(cuts(stream, places)) == told([stream])


@given(STREAMS)
def test_what_is_plain_holds_whole_events_of_one_line_and_nothing_special(stream: bytes) -> None:
    block = Framing().take(stream)
    plain = plain_length(block)
    passed, rest = block[:plain], block[plain:]
    assert split(passed) + split(rest) == split(block) if plain and rest else True
    for event in passed.split(b"\n\n")[:-1]:
        assert event.startswith(b"data: {")
        assert event.endswith(b"}")
        assert b"\n" not in event
        assert b'"error":' not in event
    assert DONE not in passed
    if passed:
        assert events.array([passed]).count(b"\n") == 0


@given(st.lists(st.binary(max_size=64) | LINES, max_size=40))
def test_garbage_is_held_up_to_a_limit_and_then_refused(pieces: list[bytes]) -> None:
    framing = Framing(longest=100)
    for piece in pieces:
        try:
            framing.take(piece)
        except UpstreamFailed:
            return
        assert len(framing.rest) <= 100
