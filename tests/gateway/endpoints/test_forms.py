"""A form is read within bounds, refused clearly where it is faulty, and written again as it was meant."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.errors import InvalidRequest
from colonnade.gateway import multipart
from colonnade.gateway.multipart import FilePart, read_form, written_form

B = "------- a boundary"
KIND = f"multipart/form-data; boundary={B!r}".replace("'", '"')


def part(named: str, content: bytes, *headers: str) -> bytes:
    lines = [f"--{B}", f"Content-Disposition: form-data; {named}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content + b"\r\n"


END = f"--{B}--\r\n".encode()
MODEL = part('name="model"', b"hear")
FILE = part('name="file"; filename="a.wav"', b"RIFF", "Content-Type: audio/wav")


@pytest.mark.parametrize(
    ("kind", "body", "says"),
    [
        ("multipart/form-data", MODEL + FILE + END, "names no boundary"),
        ("multipart/form-data; boundary=" + "x" * 300, MODEL, "not well-formed"),
        (KIND, MODEL + FILE, "breaks off"),
        (KIND, MODEL + FILE[:-6], "breaks off"),
        (KIND, b"", "breaks off"),
        (KIND, b"no form at all", "not well-formed"),
        (KIND, part('name="prompt"', b"x" * ((1 << 20) + 1)) + END, "'prompt' is larger than 1048576 bytes"),
        (KIND, part('name="prompt"', b"\xff\xfe") + END, "'prompt' is not written in UTF-8"),
        (KIND, part('other="x"', b"a") + END, "has no name"),
        (KIND, part(f'name="{"n" * 81}"', b"a") + END, "has no name"),
        (KIND, part('name="a"', b"a", "X-Long: " + "v" * 5000) + END, "not well-formed"),
        (KIND, part('name="a"', b"a", *(f"X-{n}: v" for n in range(9))) + END, "not well-formed"),
        (KIND, part('name="a[]"', b"a") * 65 + END, "more than 64 parts"),
        (KIND, part('name="file"', b"a") + FILE + END, "'file' is sent as text and as a file"),
    ],
)
def test_a_faulty_form_is_refused_clearly(everything, kind: str, body: bytes, says: str) -> None:
    asked = everything.simulator.count
    answer = everything.http.post("/audio/transcriptions", content=body, headers={"content-type": kind})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["type"]) == (
        400,
        "invalid_multipart",
        "invalid_request_error",
    )
    assert says in error["message"]
    assert everything.simulator.count == asked


def test_a_form_without_its_file_or_model(everything) -> None:
    for body, param in ((MODEL + END, "file"), (FILE + END, "model")):
        answer = everything.http.post("/audio/transcriptions", content=body, headers={"content-type": KIND})
        assert answer.json()["error"]["param"] == param


def test_where_a_form_makes_no_sense(everything) -> None:
    for path in ("/chat/completions", "/embeddings", "/audio/speech", "/rerank", "/moderations"):
        answer = everything.http.post(path, content=MODEL + END, headers={"content-type": KIND})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unsupported_content_type")


def test_a_form_that_is_too_large_is_refused_by_its_announcement(everything) -> None:
    head = f"POST /v1/audio/transcriptions HTTP/1.1\r\nhost: x\r\ncontent-type: {KIND}\r\n"
    with socket.create_connection(("127.0.0.1", everything.gateway.port)) as line:
        line.sendall(f"{head}content-length: {(32 << 20) + 1}\r\n\r\n".encode())
        assert line.recv(100).startswith(b"HTTP/1.1 413")


def test_a_recording_larger_than_any_json_passes(everything) -> None:
    sound = bytes(12 << 20)
    answer = everything.openai.audio.transcriptions.create(model="hear", file=("a.wav", sound, "audio/wav"))
    assert answer.text
    assert everything.kept.last.audio_input == len(sound) // 800 + 1


def _can_be_a_name(text: str) -> bool:
    return text.isprintable() and text == text.strip() and not set(text) & set('%"\\')


names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(_can_be_a_name)


@given(st.dictionaries(names, st.text(max_size=200)), st.lists(st.binary(max_size=400), max_size=4))
def test_what_is_written_is_read_again(fields: dict[str, str], contents: list[bytes]) -> None:
    files = [FilePart(f"file {n}", f"{n}.bin", "image/png", memoryview(c)) for n, c in enumerate(contents)]
    body, kind = written_form(fields, files)
    form = read_form(body, kind.encode())
    assert {
        name: value[0] if isinstance(value, list) else value for name, value in form.fields.items()
    } == fields
    assert [bytes(file.content) for file in form.files] == contents


@given(st.binary(max_size=300), st.integers(0, 200), st.integers(0, 40))
def test_no_bytes_do_worse_than_a_refusal(noise: bytes, at: int, left_out: int) -> None:
    good = MODEL + FILE + END
    code = "invalid_multipart"
    try:
        read_form(good[:at] + noise + good[at + left_out :], KIND.encode())
    except InvalidRequest as refused:
        code = refused.code or ""
    assert code == "invalid_multipart"


def test_a_name_cannot_end_its_line() -> None:
    hostile = FilePart('x"\r\nEvil: 1', 'a"\r\n\r\nevil', "image/png\r\nEvil: 1", memoryview(b"c"))
    body, _ = written_form({}, [hostile])
    assert b"\r\nEvil" not in body.split(b"content-type")[0]
    read: Any = read_form(
        part('name="f"; filename="a"', b"", "Content-Type: a/b\nEvil: 1") + END, KIND.encode()
    )
    assert read.files[0].content_type == "application/octet-stream"


def test_files_are_windows_on_the_body() -> None:
    body = MODEL + FILE + END
    assert read_form(body, KIND.encode()).files[0].content.obj is body
    assert multipart.is_form(b"Multipart/Form-Data; boundary=x")
