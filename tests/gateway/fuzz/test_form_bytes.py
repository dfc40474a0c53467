"""Forms are read the same however they are cut, and whatever is no form is refused with one kind of error."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from mutated import SPICE, cuts, mutations

from colonnade.errors import InvalidRequest
from colonnade.gateway.files.form import Form
from colonnade.gateway.multipart import read_form

KIND = b'multipart/form-data; boundary="b d"'
GOOD = (
    b'--b d\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
    b'--b d\r\nContent-Disposition: form-data; name="file"; filename="r\xc3\xb6ws.jsonl"\r\n'
    b"content-type: application/jsonl\r\n\r\n{}\r\n--b\r\n{}\r\n"
    b'--b d\r\ncontent-disposition: form-data; name="expires_after[seconds]"\r\n\r\n3600\r\n--b d--\r\n'
)
NOISE = st.lists(
    st.sampled_from([*SPICE, b"--b d", b"--b d--", GOOD[:60]]) | st.binary(max_size=30), max_size=8
)
BODIES = mutations(GOOD, most=6) | NOISE.map(b"".join)
Read = tuple[dict[str, str], str | None, bytes]


def uploaded(pieces: list[bytes]) -> Read | None:
    """What an upload reads, None where it refuses."""
    form = Form({b"content-type": KIND})
    try:
        for piece in pieces:
            form.feed(piece)
        form.finish()
    except InvalidRequest:
        return None
    return form.fields, form.name, bytes(form.pending)


def test_cut_at_every_byte_and_into_single_bytes() -> None:
    whole = uploaded([GOOD])
    assert whole == (
        {"purpose": "batch", "expires_after[seconds]": "3600"},
        "röws.jsonl",
        b"{}\r\n--b\r\n{}",
    )
    for place in range(len(GOOD)):
        assert uploaded([GOOD[:place], GOOD[place:]]) == whole
        assert uploaded([GOOD[:place]]) is None or GOOD[place:].strip() == b""
    assert uploaded([bytes([byte]) for byte in GOOD]) == whole


@settings(max_examples=300)
@given(BODIES, st.lists(st.integers(0, 500), max_size=8))
def test_any_cutting_reads_the_same(body: bytes, places: list[int]) -> None:
    assert uploaded(cuts(body, places)) == uploaded([body])


@settings(max_examples=300)
@given(BODIES, st.sampled_from([KIND, b"multipart/form-data; boundary=" + b"x" * 200]) | mutations(KIND))
def test_whatever_is_no_form_is_refused(body: bytes, kind: bytes) -> None:
    for read in (lambda: read_form(body, kind).request(), lambda: Form({b"content-type": kind}).feed(body)):
        try:
            read()
        except InvalidRequest as refused:
            code = refused.code
        else:
            code = None
        assert code in {None, "invalid_multipart", "invalid_content_type", "invalid_value", "invalid_form"}
