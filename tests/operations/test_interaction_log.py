"""Opened before a model is asked, closed before the last byte, whatever comes of the call."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import ASK, Served

from colonnade.errors import Unavailable
from colonnade.evidence.journal import Journal
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.redaction import Redactor
from colonnade.evidence.request import RequestRecord
from colonnade.gateway.upstream.interface import Answer, Ask, Upstream
from colonnade.operations.collect import complete
from colonnade.operations.interaction_log import KeepJournal, Surroundings, Tally
from colonnade.reliability.deadline import Deadline
from colonnade.store import open_store

AROUND = Surroundings("rehearsal", "minimal", {"team": "library"}, lambda: "sha256:p")
CANARY = "the canary sings"


class FullDisk:
    """A journal that takes the opening, and then the disk is full."""

    def open(self, opening: RequestRecord) -> None: ...

    async def close(self, record: RequestRecord, prompt: bytes, answer: bytes) -> None:
        raise Unavailable("the disk is full", code="journal_unavailable")


class Room:
    """A gateway with a real journal, and a copy of its state at every moment that matters.

    The journal's thread does not run: what it wrote stays on the disk as a killed process would leave it.
    """

    def __init__(self, place: Path, journal: Any = None, **simulation: Any) -> None:
        self.place, self.copies = place, 0
        self.store = open_store(place / "state")
        self.tally = Tally()
        self.journal = journal or Journal(Ledger(self.store), redact=Redactor([]))
        keep = KeepJournal(self.journal, AROUND, self.tally)
        self.gateway = Served(keep, Deadline(), **simulation)
        self.gateway.known_as("key-1", use_case="questions")
        self.at_ask: dict[str, RequestRecord] = {}
        self.at_end: dict[str, RequestRecord] = {}
        _overheard(self.gateway, self)

    async def after_a_kill(self) -> dict[str, RequestRecord]:
        """What the ledger would hold if the process were killed now and started again."""
        self.copies += 1
        state = self.place / f"copy-{self.copies}"
        shutil.copytree(self.place / "state", state)
        store = open_store(state)
        journal = Journal(Ledger(store), redact=Redactor([]))
        journal.start()
        await journal.flush()
        await asyncio.to_thread(journal.stop)
        found = {request.id: request for request in Ledger(store).requests(0.0, 1e12)}
        assert Ledger(store).verify().intact
        store.close()
        return found

    async def ask(
        self, *, leaves: bool = False, headers: tuple[tuple[bytes, bytes], ...] = (), **fields: Any
    ) -> list[dict[str, Any]]:
        """Ask as a server would; the messages that went out. `leaves`: the caller is gone once it has asked."""
        body = json.dumps({"model": "answer", "messages": ASK, **fields}).encode()
        incoming = iter([{"type": "http.request", "body": body, "more_body": False}])
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            message = next(incoming, None)
            if message is None and not leaves:
                await _for_ever()
            return message or {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self.at_end = await self.after_a_kill()
            sent.append(message)

        scope = {
            "type": "http", "method": "POST", "path": "/v1/chat/completions", "raw_path": b"",
            "headers": [(b"content-type", b"application/json"), *headers],
        }  # fmt: skip
        await self.gateway.app(scope, receive, send)
        return sent


async def _for_ever() -> None:
    await asyncio.Event().wait()


def _overheard(gateway: Served, room: Room) -> None:
    inner: Upstream = gateway.upstream

    class Overheard:
        name = inner.name

        async def ask(self, ask: Ask) -> Answer:
            room.at_ask = await room.after_a_kill()
            return await inner.ask(ask)

        async def ready(self) -> str | None:
            return None

        async def close(self) -> None: ...

    upstreams: Any = gateway.app.way.upstreams
    upstreams["simulated"] = Overheard()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Any]:
    made: list[Room] = []

    def make(journal: Any = None, **simulation: Any) -> Room:
        made.append(Room(tmp_path, journal, **simulation))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


def only(found: dict[str, RequestRecord]) -> RequestRecord:
    [request] = found.values()
    return request


async def test_the_opening_is_on_the_disk_when_the_upstream_is_asked(room):
    here = room()
    await here.ask()
    opening = only(here.at_ask)
    assert opening.outcome == "interrupted"
    assert (opening.route, opening.model, opening.key_id) == ("answer", "simulated-small", "key-1")
    assert (opening.policy, opening.environment, opening.workload) == ("sha256:p", "rehearsal", "minimal")
    assert opening.labels == {"team": "library", "use_case": "questions"}


@pytest.mark.parametrize("stream", [False, True])
async def test_the_end_is_on_the_disk_before_the_last_byte_leaves(room, stream):
    here = room()
    sent = await here.ask(stream=stream)
    assert not sent[-1].get("more_body")
    closed = only(here.at_end)
    assert (closed.outcome, closed.status, closed.stream) == ("answered", 200, stream)
    assert complete(closed)
    assert closed.fresh_input > 0 < closed.output
    assert here.tally.closed == 1


async def test_a_refusal_behind_the_journal_is_a_whole_story(room):
    here = room()
    sent = await here.ask(headers=((b"x-request-timeout-s", b"soon"),))
    assert sent[0]["status"] == 400
    closed = only(here.at_end)
    assert (closed.outcome, closed.error_code) == ("refused", "invalid_header")
    assert not closed.reached_upstream
    assert complete(closed)
    assert here.tally.closed == 0, "a refusal may happen before the journal, so the door does not count it"


async def test_a_refusal_before_the_journal_leaves_no_record(room):
    here = room()
    sent = await here.ask(max_tokens=0)
    assert sent[0]["status"] == 400
    assert here.at_end == {}


async def test_an_upstream_that_fails_is_closed_as_failed(room):
    here = room(fault="http_500")
    sent = await here.ask()
    assert sent[0]["status"] >= 500
    closed = only(here.at_end)
    assert (closed.outcome, closed.reached_upstream, closed.attempts) == ("failed", True, 1)
    assert here.tally.closed == 1


async def test_a_caller_who_left_is_closed_as_abandoned(room):
    here = room(first_byte_s=5.0)
    await here.ask(leaves=True)
    closed = only(await here.after_a_kill())
    assert (closed.outcome, closed.error_code, closed.reached_upstream) == ("abandoned", "client_gone", True)
    assert complete(closed)
    assert here.tally.closed == 1


async def test_a_caller_who_left_a_stream_is_closed_as_abandoned(room):
    here = room(tokens_per_s=20.0)
    await here.ask(stream=True, leaves=True)
    assert only(await here.after_a_kill()).outcome == "abandoned"


async def test_a_journal_that_is_full_keeps_the_call_from_the_model(tmp_path, room):
    store = open_store(tmp_path / "full")
    full = Journal(Ledger(store), redact=Redactor([]), limit_bytes=-1)
    here = room(full)
    sent = await here.ask()
    assert sent[0]["status"] == 503
    assert here.at_ask == {}
    assert here.gateway.asked == 0
    store.close()


async def test_an_answer_that_cannot_be_recorded_is_not_given(room):
    here = room(FullDisk())
    whole = await here.ask()
    assert whole[0]["status"] == 503
    assert b"choices" not in whole[-1]["body"]
    streamed = await here.ask(stream=True)
    assert b"[DONE]" not in b"".join(message.get("body", b"") for message in streamed)
    assert here.tally.closed == 0


async def test_the_record_holds_digests_and_no_words(room):
    here = room()
    await here.ask(messages=[{"role": "user", "content": CANARY}])
    closed = only(here.at_end)
    assert closed.prompt_digest.startswith("sha256:")
    assert CANARY not in repr(closed)


async def test_a_system_message_of_the_callers_own_is_noted(room):
    here = room()
    await here.ask(messages=[{"role": "developer", "content": "Be rude."}, *ASK])
    assert only(here.at_end).free_system_prompt


async def test_sessions_are_known_by_their_digest(room):
    here = room()
    await here.ask(user="borrower-7")
    await here.ask(messages=[*ASK, {"role": "assistant", "content": "At nine."}, *ASK])
    named, continued = here.at_end.values()
    assert named.session_digest.startswith("sha256:")
    assert continued.session_digest == "continued"


async def test_who_gives_up_waiting_for_the_ledger_does_not_end_the_journal(tmp_path):
    store = open_store(tmp_path / "state")
    journal = Journal(Ledger(store), redact=Redactor([]))
    journal.start()
    for _ in range(20):
        waiting = asyncio.create_task(journal.flush())
        await asyncio.sleep(0)
        waiting.cancel()
    await journal.flush()
    assert journal.state().failure == ""
    await asyncio.to_thread(journal.stop)
    store.close()


async def test_an_opening_that_is_no_record_does_not_keep_the_others_from_the_ledger(room):
    here = room()
    here.gateway.known_as("key-1", team=None)
    await here.ask()
    here.gateway.known_as("key-1", team="library")
    await here.ask()
    assert [request.labels["team"] for request in here.at_end.values()] == ["library"]
