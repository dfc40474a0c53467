"""Files are uploaded, listed, read and deleted by official clients, each tenant its own."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import openai
import pytest
from batch_world import KEYS, World

from colonnade.gateway.files.store import PART_BYTES, FileLimits, FileStore
from colonnade.gateway.files.upload import take_upload
from colonnade.gateway.service import Visit
from colonnade.store import open_store


def upload(world: World, content: bytes, key: str = "anna", **fields):
    known = {"purpose": "user_data", **fields}
    return world.client(key).files.create(file=("notes.txt", content), **known)


def test_a_file_comes_back_byte_for_byte(steady: World):
    content = os.urandom(3 * PART_BYTES + 17)
    file = upload(steady, content)
    assert (file.bytes, file.filename, file.purpose, file.status) == (
        len(content),
        "notes.txt",
        "user_data",
        "processed",
    )
    assert steady.client().files.content(file.id).read() == content
    assert steady.client().files.retrieve(file.id) == file
    assert [steady.files.part(file.id, number) is None for number in range(5)] == [False] * 4 + [True]


def test_an_empty_file_is_a_file(steady: World):
    file = upload(steady, b"")
    assert file.bytes == 0
    assert steady.client().files.content(file.id).read() == b""


def test_a_deleted_file_is_gone(steady: World):
    file = upload(steady, b"soon gone")
    assert steady.client().files.delete(file.id).deleted
    with pytest.raises(openai.NotFoundError):
        steady.client().files.content(file.id)
    assert steady.files.part(file.id, 0) is None


@pytest.mark.parametrize("key", ["bert", "solo"])
def test_files_of_others_do_not_exist(steady: World, key: str):
    file = upload(steady, b"for us alone")
    other = steady.client(key).files
    for ask in (other.retrieve, other.content, other.delete):
        with pytest.raises(openai.NotFoundError) as refused:
            ask(file.id)
        assert refused.value.code == "file_not_found"
    assert file.id not in {each.id for each in other.list()}
    with pytest.raises(openai.NotFoundError):
        other.list(after=file.id)
    assert steady.client("alma").files.retrieve(file.id) == file


def test_a_label_does_not_pass_for_the_id_of_a_key():
    from colonnade.gateway.call import Identity
    from colonnade.gateway.files.tenant import tenant_of

    alone = Identity("k1", "caller", {})
    assert tenant_of(alone) != tenant_of(Identity("k2", "caller", {"tenant": "key", "team": "k1"}))
    assert tenant_of(alone) != tenant_of(Identity("k2", "caller", {}))


def test_lists_are_paged_newest_first_and_by_purpose(world):
    started = world(runs=False)
    ids = [upload(started, b"%d" % number).id for number in range(5)]
    data = started.upload(["{}"])
    files = started.client().files
    assert [file.id for file in files.list(purpose="user_data", limit=2)] == ids[
        ::-1
    ]  # the client turns pages
    assert [file.id for file in files.list(order="asc").data] == [*ids, data]
    first = files.list(limit=2, order="asc")
    assert first.has_more
    assert [file.id for file in first.data] == ids[:2]
    for wrong in ({"limit": 0}, {"limit": "many"}, {"order": "up"}):
        with pytest.raises(openai.BadRequestError):
            files.list(**wrong)


def test_a_file_expires(world):
    started = world(runs=False)
    file = upload(started, b"x", expires_after={"anchor": "created_at", "seconds": 3600})
    kept = upload(started, b"y")
    assert file.expires_at == file.created_at + 3600
    assert kept.expires_at is None
    started.jump(3601.0)
    with pytest.raises(openai.NotFoundError):
        started.client().files.retrieve(file.id)
    assert [each.id for each in started.client().files.list()] == [kept.id]
    assert started.files.sweep() == 1
    assert started.files.part(file.id, 0) is None
    assert started.files.part(kept.id, 0) == b"y"


@pytest.mark.parametrize(
    "fields",
    [
        {"purpose": "mischief"},
        {"purpose": "batch_output"},
        {"expires_after": {"anchor": "created_at", "seconds": 60}},
        {"expires_after": {"anchor": "tomorrow", "seconds": 3600}},
    ],
)
def test_what_cannot_be_meant_is_refused_and_leaves_nothing(steady: World, fields):
    before = stored(steady)
    with pytest.raises(openai.BadRequestError):
        upload(steady, b"x" * 10, **fields)
    assert stored(steady) == before


def stored(world: World) -> list[int]:
    """How many files, drafts among them, and parts of files there are."""
    with world.store.connection() as connection:
        return [connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("file", "file_part")]


def test_one_file_and_all_of_a_tenant_are_bounded(world):
    started = world(runs=False, limits=FileLimits(file_bytes=1000, tenant_bytes=1500))
    with pytest.raises(openai.APIStatusError) as refused:
        upload(started, b"x" * 1001)
    assert (refused.value.status_code, refused.value.code) == (413, "file_too_large")
    with pytest.raises(openai.APIStatusError) as announced:
        upload(started, b"x" * (8 << 20))  # refused by what it announces
    assert announced.value.status_code == 413
    assert stored(started) == [0, 0]
    upload(started, b"x" * 1000)
    with pytest.raises(openai.BadRequestError) as full:
        upload(started, b"x" * 501)
    assert full.value.code == "storage_exceeded"
    assert upload(started, b"x" * 500).bytes == 500
    assert upload(started, b"x" * 501, key="bert").bytes == 501


def post(world: World, content: bytes, kind: str) -> httpx.Response:
    headers = {"authorization": "Bearer anna", "content-type": kind}
    return httpx.post(f"{world.gateway.url}/v1/files", content=content, headers=headers)


FORM = (
    b'--B\r\nContent-Disposition: form-data; name="file"; filename="../../etc/pass\x07wd"\r\n\r\nhello\r\n'
    b'--B\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n--B--\r\n'
)


def test_fields_may_follow_the_file_and_names_are_plain(steady: World):
    answer = post(steady, FORM, "multipart/form-data; boundary=B")
    assert answer.status_code == 200, answer.text
    assert answer.json()["filename"] == "passwd"
    assert steady.client().files.content(answer.json()["id"]).read() == b"hello"


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"{}", "application/json", "invalid_content_type"),
        (FORM, "multipart/form-data", "invalid_content_type"),
        (FORM[:-20], "multipart/form-data; boundary=B", "invalid_multipart"),
        (b"nonsense", "multipart/form-data; boundary=B", "invalid_multipart"),
        (FORM.replace(b"purpose", b"porpoise"), "multipart/form-data; boundary=B", "missing_required_parameter"),
        (FORM.replace(b'; filename="../../etc/pass\x07wd"', b""), "multipart/form-data; boundary=B", "missing_required_parameter"),
        (FORM.replace(b'name="file"', b'name="film"'), "multipart/form-data; boundary=B", "invalid_value"),
        (FORM.replace(b"batch", b"b" * 2000), "multipart/form-data; boundary=B", "invalid_value"),
    ],
)  # fmt: skip
def test_forms_that_are_none_are_refused(steady: World, content: bytes, kind: str, code: str):
    before = stored(steady)
    answer = post(steady, content, kind)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["code"] == code
    assert stored(steady) == before


def test_who_breaks_off_leaves_a_draft_that_nobody_sees(world):
    import socket
    import time

    started = world(runs=False)
    head = (
        b"POST /v1/files HTTP/1.1\r\nhost: x\r\nauthorization: Bearer anna\r\ncontent-length: 9999999\r\n"
        b"content-type: multipart/form-data; boundary=B\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", started.gateway.port)) as connection:
        connection.sendall(head + FORM[:100] + b"x" * (2 * PART_BYTES))
        time.sleep(0.2)
    deadline = time.monotonic() + 5
    while stored(started) != [0, 0]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.slow
async def test_an_upload_never_stands_whole_in_memory(tmp_path: Path):
    import tracemalloc

    store = open_store(tmp_path / "state")
    chunk, count = os.urandom(64 << 10), 1500

    async def body():
        yield FORM.partition(b"hello")[0]
        for _ in range(count):
            yield chunk
        yield FORM.partition(b"hello")[2]

    headers = {b"content-type": b"multipart/form-data; boundary=B"}
    visit = Visit("POST", "/v1/files", {}, headers, KEYS["anna"], body(), "vis-1")
    tracemalloc.start()
    file = await take_upload(FileStore(store), visit)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    store.close()
    assert file.size == len(chunk) * count
    assert peak < 12 << 20


def test_a_draft_that_a_dying_process_left_is_swept(world):
    started = world(runs=False)
    draft = started.files.begin("a", "anna")
    started.files.append(draft, 0, b"half")
    assert started.files.sweep() == 0
    started.jump(7 * 3600.0)
    assert started.files.sweep() == 1
    assert stored(started) == [0, 0]


def test_without_a_key_there_is_nothing(steady: World):
    for path in ("/v1/files", "/v1/files/file-1", "/v1/files/file-1/content"):
        assert httpx.get(steady.gateway.url + path).status_code == 401
    assert httpx.put(f"{steady.gateway.url}/v1/files").status_code == 405
    assert httpx.get(f"{steady.gateway.url}/v1/files/file-1/other").status_code == 404


def test_nothing_of_a_file_lies_open_on_the_disk(steady: World):
    secret = b"a sentence that nobody should find on the disk " * 50
    upload(steady, secret)
    for path in steady.store.state.rglob("*"):
        if path.is_file():
            assert secret[:40] not in path.read_bytes(), path


def test_where_no_content_is_stored_no_file_is_taken(world) -> None:
    strict = world(keeps=False)
    with pytest.raises(openai.BadRequestError) as refused:
        upload(strict, b"my secret")
    assert (refused.value.code, refused.value.param) == ("content_not_stored", "file")
    assert "one by one" in refused.value.message
    assert list(strict.client().files.list()) == []
    with pytest.raises(openai.BadRequestError) as refused:
        strict.client().batches.create(
            input_file_id="file-x", endpoint="/v1/chat/completions", completion_window="24h"
        )
    assert refused.value.code == "content_not_stored"
