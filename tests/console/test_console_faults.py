"""A damaged ledger, a lost store and a faulty folder give pages that say so, never a traceback."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from populated import TOKEN, append_unwished, console_over, workload_folder
from sqlalchemy import text

from colonnade.assembly.opened import opened
from colonnade.console.frame import Frame
from colonnade.evidence.ledger import Ledger


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = workload_folder(tmp_path / "minimal")
    with opened(made) as (_, ledger, _):
        append_unwished(ledger)
    return made


@pytest.fixture
def ledger(folder: Path) -> Iterator[Ledger]:
    with opened(folder) as (_, ledger, _):
        yield ledger


@pytest.fixture
def reader(folder: Path) -> Iterator[httpx.Client]:
    with console_over(folder) as address, httpx.Client(base_url=address, timeout=30) as client:
        assert client.get("/", params={"token": TOKEN}).status_code == 303
        yield client


def tamper(ledger: Ledger, statement: str) -> None:
    with ledger.store.writing() as connection:
        assert connection.execute(text(statement)).rowcount


def assert_said(answer: httpx.Response, *words: str) -> None:
    assert answer.status_code == 503
    assert "Traceback" not in answer.text
    for each in words:
        assert each in answer.text


def test_an_altered_record_is_named_on_the_scoreboard(ledger: Ledger, reader: httpx.Client):
    tamper(
        ledger, "UPDATE request SET body = replace(body, '\"failed\"', '\"answered\"') WHERE id LIKE '%001'"
    )
    shown = reader.get("/").text
    assert "The ledger does not verify" in shown
    assert "req-unwished-001" in shown


def test_a_sound_ledger_gives_no_notice(reader: httpx.Client):
    assert "does not verify" not in reader.get("/").text


def test_a_body_that_is_none_is_said(ledger: Ledger, reader: httpx.Client):
    tamper(ledger, "UPDATE request SET body = x'7b' WHERE id = 'req-unwished-001'")
    for path in ("/", "/requests", "/requests/req-unwished-001", "/indicators", "/cost", "/series.json"):
        assert_said(reader.get(path), "cannot be read", "colonnade ledger verify")


def test_altered_content_is_said(ledger: Ledger, reader: httpx.Client, folder: Path):
    tamper(
        ledger,
        "INSERT INTO content (request_id, prompt, stored_at) VALUES ('req-unwished-001', x'00112233', 1.0)",
    )
    origin = {"origin": str(reader.base_url).rstrip("/")}
    assert_said(reader.post("/requests/req-unwished-001/text", headers=origin), "was altered")


def test_a_database_without_tables_is_said(ledger: Ledger, reader: httpx.Client):
    with ledger.store.writing() as connection:
        connection.execute(text("ALTER TABLE request RENAME TO gone"))
    assert_said(reader.get("/requests"), "cannot be used")


def test_a_faulty_folder_names_its_faults(folder: Path, reader: httpx.Client):
    with (folder / "workload.yaml").open("a", encoding="utf-8") as file:
        file.write("nonsense: <b>1</b>\n")
    assert_said(reader.get("/"), "fault", "workload.yaml", "nonsense")
    assert "<b>1</b>" not in reader.get("/").text


def test_a_mended_folder_is_reviewed_again(folder: Path, reader: httpx.Client):
    whole = (folder / "workload.yaml").read_text(encoding="utf-8")
    (folder / "workload.yaml").write_text(whole + "nonsense: 1\n", encoding="utf-8")
    assert reader.get("/").status_code == 503
    (folder / "workload.yaml").write_text(whole, encoding="utf-8")
    answer = httpx.Response(503)
    for _ in range(40):
        answer = reader.get("/", timeout=30)
        if answer.status_code == 200:
            break
        import time

        time.sleep(0.5)
    assert answer.status_code == 200


def test_a_defect_shows_no_words_of_it(caplog: pytest.LogCaptureFixture):
    from starlette.requests import Request

    def broken(_: Request):
        raise ValueError("a secret word")

    request = Request({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""})
    answer = Frame("minimal").guarded(broken)(request)
    assert answer.status_code == 500
    assert b"a secret word" not in bytes(answer.body)
    assert "a secret word" not in caplog.text
    assert f"ValueError at {__file__}" in caplog.text
