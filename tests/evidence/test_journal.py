"""What is opened ends up in the ledger: in ordinary life, on full disks, after damage."""

from __future__ import annotations

import asyncio
import errno
import os

import pytest
from samples import opening, request

from colonnade.errors import Unavailable
from colonnade.evidence import spool
from colonnade.evidence.content import text_digest
from colonnade.evidence.journal import Journal
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.redaction import Redactor
from colonnade.store import open_store

CANARY = "the canary sings at Dovecote Lane"


@pytest.fixture
def start(ledger):
    started = []

    def begin(**options):
        journal = Journal(ledger, **{"redact": Redactor(["email"]), **options})
        started.append(journal)
        journal.start()
        return journal

    yield begin
    for journal in started:
        journal.stop()


async def serve(journal, numbers, prompt=b"hello", answer=b"hi"):
    for number in numbers:
        journal.open(opening(number))
        await journal.close(request(number), prompt, answer)


def segments(state):
    return sorted((state / "spool").glob("*/*.seg"))


async def test_requests_are_in_the_ledger_after_a_flush(ledger, start):
    journal = start()
    await serve(journal, range(1200))
    await journal.flush()
    assert [one.id for one in ledger.requests(0, 1e12)] == [request(number).id for number in range(1200)]
    assert ledger.request("req_000007").outcome == "answered"
    assert journal.state().ingested == 1200
    assert journal.state().waiting_bytes == 0
    assert ledger.verify().intact


async def test_content_is_redacted_and_its_digest_recorded(ledger, start):
    journal = start()
    await serve(journal, [1], prompt=b"write to ann@example.org", answer="gewiß".encode())
    await journal.flush()
    kept, record = ledger.content("req_000001"), ledger.request("req_000001")
    assert (kept.prompt, kept.answer) == ("write to [email]", "gewiß")
    assert record.content_stored
    assert (record.prompt_digest, record.answer_digest) == (text_digest(kept.prompt), text_digest("gewiß"))


async def test_only_digests_are_kept_where_the_workload_says_so(ledger, start):
    journal = start(keep="digest")
    await serve(journal, [1], prompt=b"write to ann@example.org")
    await journal.flush()
    assert ledger.content("req_000001") is None
    assert ledger.request("req_000001").prompt_digest == text_digest("write to [email]")
    assert not ledger.request("req_000001").content_stored
    assert ledger.verify().intact


async def test_text_that_cannot_be_redacted_is_not_kept(ledger, start):
    def broken(text):
        raise RuntimeError(text)

    journal = start(redact=broken)
    await serve(journal, [1], prompt=CANARY.encode())
    await journal.flush()
    assert ledger.content("req_000001") is None
    assert ledger.request("req_000001").prompt_digest == ""
    assert ledger.verify().intact


async def test_nothing_readable_is_on_the_disk(ledger, state, start):
    journal = start(redact=str)
    ready = CANARY.encode()
    await serve(journal, range(3), prompt=ready, answer=ready)
    assert segments(state)
    before = b"".join(path.read_bytes() for path in segments(state))
    await journal.flush()
    assert ledger.content("req_000001").prompt == CANARY
    files = [path for path in state.rglob("*") if path.is_file()]
    everything = before + b"".join(path.read_bytes() for path in files)
    assert len(everything) > 10_000
    for plain in (b"canary", b"Dovecote", b"handbook", b"SQLite format"):
        assert plain not in everything, plain


async def test_finished_segments_go_and_a_request_still_open_keeps_its_own(state, start):
    journal = start(segment_bytes=5_000)
    journal.open(opening(999_999))
    await serve(journal, range(100))
    await journal.flush()
    assert [path.name for path in segments(state)] == ["00000001.seg", segments(state)[-1].name]
    await journal.close(request(999_999), b"", b"")
    await serve(journal, range(100, 140))
    await journal.flush()
    assert len(segments(state)) == 1


async def test_stopping_brings_everything_in_and_leaves_no_spool(ledger, state, start):
    journal = start()
    await serve(journal, range(50))
    journal.open(opening(50))
    await asyncio.to_thread(journal.stop)
    assert list((state / "spool").iterdir()) == []
    assert ledger.request("req_000049").outcome == "answered"
    assert ledger.request("req_000050").outcome == "interrupted"
    with pytest.raises(Unavailable):
        journal.open(opening(51))
    assert ledger.verify().intact
    with pytest.raises(Unavailable):
        await journal.flush()


async def test_a_journal_that_never_started_still_brings_in_what_it_has(ledger, state):
    journal = Journal(ledger, redact=str)
    await serve(journal, [1])
    journal.stop()
    journal.stop()
    assert ledger.request("req_000001").outcome == "answered"
    assert list((state / "spool").iterdir()) == []


async def test_a_ledger_that_fails_to_the_end_leaves_the_spool_to_the_next_start(ledger, start):
    journal = start()
    with ledger.store.connection() as connection:
        connection.execute("ALTER TABLE request RENAME TO hidden")
        await serve(journal, range(5))
        await asyncio.to_thread(journal.stop)
        connection.execute("ALTER TABLE hidden RENAME TO request")
    await start().flush()
    assert len(list(ledger.requests(0, 1e12))) == 5


async def test_a_full_disk_refuses_the_call_and_heals(ledger, start, monkeypatch):
    journal = start()
    await serve(journal, [1])
    room = [3]

    def crowded(descriptor, data):
        return real(descriptor, data[: room[0]]) if len(data) > room[0] else real(descriptor, data)

    real = os.write
    monkeypatch.setattr(spool.os, "write", crowded)
    with pytest.raises(Unavailable, match="cannot be written: no space left on device"):
        journal.open(opening(2))
    with pytest.raises(Unavailable):
        await journal.close(request(1), b"x", b"y")
    room[0] = 10**9
    await serve(journal, [3])
    await journal.flush()
    assert journal.state().damaged == ()
    assert [one.id for one in ledger.requests(0, 1e12)] == ["req_000001", "req_000003"]


async def test_a_ledger_that_cannot_be_written_is_reported_and_tried_again(ledger, start):
    journal = start()
    with ledger.store.connection() as connection:
        connection.execute("ALTER TABLE request RENAME TO hidden")
        await serve(journal, range(5))
        with pytest.raises(Unavailable, match="the ledger cannot be written"):
            await journal.flush()
        assert "request" in journal.state().failure
        connection.execute("ALTER TABLE hidden RENAME TO request")
    await journal.flush()
    assert journal.state().failure == ""
    assert len(list(ledger.requests(0, 1e12))) == 5


async def test_calls_are_refused_when_the_ledger_is_too_far_behind(start):
    journal = start(limit_bytes=2_000)

    def burst():
        for number in range(100):
            journal.open(opening(number))

    with pytest.raises(Unavailable, match="does not keep up"):
        burst()


async def test_host_durability_shares_flushes(ledger, start, monkeypatch):
    flushes = []
    real = os.fdatasync
    monkeypatch.setattr(
        spool.os, "fdatasync", lambda descriptor: (flushes.append(descriptor), real(descriptor))
    )
    journal = start(sync="host", segment_bytes=4_000)

    async def one(number):
        journal.open(opening(number))
        await journal.close(request(number), b"q", b"a")

    await asyncio.gather(*(one(number) for number in range(200)))
    assert 1 <= len(flushes) < 60  # one for those who came first, one for all others, one a finished segment
    await journal.flush()
    assert len(list(ledger.requests(0, 1e12))) == 200


async def test_a_failing_disk_fails_the_close(start, monkeypatch):
    journal = start(sync="host")

    def broken(descriptor):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    journal.open(opening(1))
    monkeypatch.setattr(spool.os, "fdatasync", broken)
    with pytest.raises(Unavailable, match="input/output error"):
        await journal.close(request(1), b"", b"")
    monkeypatch.undo()


async def abandoned(state, numbers, **options):
    """The spool of a process that died: written, never taken in; its lock is free."""
    store = open_store(state)
    journal = Journal(Ledger(store), redact=str, **options)
    await serve(journal, numbers)
    journal.open(opening(900_000 + numbers[0]))
    journal._writer.close()
    journal._carriage.intake.release()
    store.close()


async def test_a_dead_process_is_replayed_once(ledger, state, start):
    await abandoned(state, range(30), segment_bytes=3_000)
    for _ in range(2):
        journal = start()
        await journal.flush()
        await asyncio.to_thread(journal.stop)
    assert len(list(ledger.requests(0, 1e12))) == 31
    assert ledger.request("req_900000").outcome == "interrupted"
    assert ledger.verify().intact


async def test_replaying_after_a_crash_between_commit_and_deletion_adds_nothing(
    ledger, state, start, tmp_path
):
    await abandoned(state, range(30), segment_bytes=3_000)
    [folder] = (state / "spool").iterdir()
    copy = tmp_path / "copy"
    folder.rename(copy)
    for _ in range(2):
        _copy_folder(copy, folder)
        journal = start()
        await journal.flush()
        await asyncio.to_thread(journal.stop)
    assert ledger.verify().entries == 31
    assert ledger.verify().intact


def _copy_folder(source, target):
    target.mkdir(exist_ok=True)
    for path in source.iterdir():
        (target / path.name).write_bytes(path.read_bytes())


async def test_a_torn_last_frame_is_tolerated(ledger, state, start):
    await abandoned(state, range(5))
    [segment] = segments(state)
    segment.write_bytes(segment.read_bytes()[:-7])  # the opening of the sixth
    journal = start()
    await journal.flush()
    assert journal.state().damaged == ()
    assert len(list(ledger.requests(0, 1e12))) == 5


@pytest.mark.parametrize("place", [0, 9, 40])
async def test_a_damaged_frame_costs_only_itself_and_is_named(ledger, state, start, place):
    """Place 0 and 9 lie in the frame's header, 40 in its body."""
    await abandoned(state, range(5))
    [segment] = segments(state)
    data = bytearray(segment.read_bytes())
    second = 48 + 12 + int.from_bytes(data[52:56])  # the close of the first request
    data[second + place] ^= 0x55
    segment.write_bytes(data)
    journal = start()
    await journal.flush()
    damaged = journal.state().damaged
    assert damaged[0].startswith("frame 1 of ")
    assert damaged[1].endswith("00000001.seg")
    outcomes = {one.id: one.outcome for one in ledger.requests(0, 1e12)}
    assert outcomes.pop("req_000000") == "interrupted"
    assert outcomes.pop("req_900000") == "interrupted"
    assert set(outcomes.values()) == {"answered"}
    assert len(outcomes) == 4
    assert len(list((state / "spool" / "damaged").iterdir())) == 1


async def test_large_content_passes(ledger, start):
    journal = start(redact=str)
    large = "word " * 600_000
    await serve(journal, [1], prompt=large.encode(), answer=b"short")
    await serve(journal, [2])
    await journal.flush()
    assert ledger.content("req_000001").prompt == large
    assert ledger.request("req_000002") is not None


async def test_a_living_process_keeps_its_spool_to_itself(ledger, state, start):
    living = Journal(ledger, redact=str)
    living.open(opening(1))
    other = start()
    await other.flush()
    assert ledger.request("req_000001") is None
    living.start()
    await living.close(request(1), b"", b"")
    await living.flush()
    assert ledger.request("req_000001").outcome == "answered"
    await asyncio.to_thread(living.stop)


async def test_no_nonce_is_used_twice(ledger, start, monkeypatch):
    used = []
    real = spool.sealed

    def watched(cipher, index, payload):
        used.append((cipher, index))
        return real(cipher, index, payload)

    monkeypatch.setattr(spool, "sealed", watched)
    journal = start(segment_bytes=3_000)
    await serve(journal, range(40))
    await journal.flush()
    assert len(used) == len(set(used)) == 80
