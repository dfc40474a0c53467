"""Whatever is done to the database behind the ledger's back, `verify` names it."""

from __future__ import annotations

import pytest
from samples import changed, evidence, fill, request, stored

from colonnade.evidence.ledger import ClosedRequest


def tamper(ledger, *statements: str) -> None:
    with ledger.store.connection() as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement


def found(ledger) -> set[tuple[int, str, str]]:
    return {(broken.seq, broken.ref, broken.what) for broken in ledger.verify().breaks}


@pytest.fixture
def filled(ledger):
    fill(ledger)
    return ledger


def test_an_untouched_ledger_is_intact(filled):
    verification = filled.verify()
    assert verification.intact
    assert verification.entries == 9
    assert verification.breaks == ()
    assert verification.checkpoints == 4
    assert verification.first_at < verification.last_at


def test_an_empty_ledger_is_intact(ledger):
    assert ledger.verify().intact
    assert ledger.verify().entries == 0


def test_altered_request_body(filled):
    tamper(
        filled, "UPDATE request SET body = replace(body, '\"status\":200', '\"status\":500') WHERE seq = 3"
    )
    assert found(filled) == {(3, "req_000002", "altered")}


@pytest.mark.parametrize("table", ["record", "change"])
def test_altered_evidence_body(filled, table):
    tamper(filled, f"UPDATE {table} SET body = body || x'20' WHERE seq IN (7, 9)")
    assert {what for _, _, what in found(filled)} == {"altered"}
    assert {seq for seq, _, _ in found(filled)} == {7 if table == "record" else 9}


@pytest.mark.parametrize(
    ("column", "value"),
    [("opened_at", "opened_at - 1"), ("closed_at", "0"), ("route", "'other'")],
)
def test_altered_column_beside_the_body(filled, column, value):
    tamper(filled, f"UPDATE request SET {column} = {value} WHERE seq = 2")
    assert found(filled) == {(2, "req_000001", "altered")}


@pytest.mark.parametrize(
    "change",
    ["at = at + 1", "digest = zeroblob(32)", "chain = zeroblob(32)", "kind = 'record'", "ref = 'req_x'"],
)
def test_altered_ledger_row_is_named_and_its_neighbours_are_not(filled, change):
    tamper(filled, f"UPDATE ledger SET {change} WHERE seq = 4")
    named = found(filled)
    assert (4, "req_x" if "ref" in change else "req_000003", "altered") in named
    assert {seq for seq, _, _ in named} == {4}


def test_deleted_request_row(filled):
    tamper(filled, "DELETE FROM request WHERE seq = 3")
    assert (3, "req_000002", "missing") in found(filled)


def test_deleted_ledger_row_is_named_by_its_body(filled):
    tamper(filled, "DELETE FROM ledger WHERE seq = 3")
    assert found(filled) == {(3, "req_000002", "missing")}


def test_deleted_everywhere_leaves_its_place(filled):
    tamper(
        filled,
        "DELETE FROM ledger WHERE seq = 3",
        "DELETE FROM request WHERE seq = 3",
        "DELETE FROM content WHERE request_id = 'req_000002'",
    )
    assert found(filled) == {(3, "", "missing")}


def test_swapped_ledger_rows_are_reordered_and_nothing_else(filled):
    tamper(
        filled,
        "UPDATE ledger SET seq = 1000 WHERE seq = 2",
        "UPDATE ledger SET seq = 2 WHERE seq = 5",
        "UPDATE ledger SET seq = 5 WHERE seq = 1000",
    )
    assert found(filled) == {(2, "req_000004", "reordered"), (5, "req_000001", "reordered")}


def test_neighbours_swapped_with_their_bodies_places(filled):
    for table in ("ledger", "request"):
        tamper(
            filled,
            f"UPDATE {table} SET seq = 1000 WHERE seq = 2",
            f"UPDATE {table} SET seq = 2 WHERE seq = 3",
            f"UPDATE {table} SET seq = 3 WHERE seq = 1000",
        )
    assert found(filled) == {(2, "req_000002", "reordered"), (3, "req_000001", "reordered")}


def test_swapped_bodies_are_both_altered(filled):
    with filled.store.connection() as connection:
        two, three = (
            connection.execute("SELECT body FROM request WHERE seq = ?", (seq,)).fetchone()[0]
            for seq in (2, 3)
        )
        connection.execute("UPDATE request SET body = ? WHERE seq = 2", (three,))
        connection.execute("UPDATE request SET body = ? WHERE seq = 3", (two,))
    assert found(filled) == {(2, "req_000001", "altered"), (3, "req_000002", "altered")}


def test_cut_tail_is_named_by_the_checkpoint(filled):
    last = filled.checkpoint().ref
    tamper(
        filled, "DELETE FROM ledger WHERE seq >= 8", "DELETE FROM change", "DELETE FROM record WHERE seq = 8"
    )
    assert found(filled) == {(8, "", "missing"), (9, last, "missing")}


def test_everything_deleted_is_missing(filled):
    tamper(
        filled, *(f"DELETE FROM {table}" for table in ("ledger", "request", "record", "change", "content"))
    )
    verification = filled.verify()
    assert verification.broken == 9
    assert {broken.what for broken in verification.breaks} == {"missing"}


def test_a_removed_checkpoint_file_is_a_finding(filled):
    filled.checkpoints.path.unlink()
    assert found(filled) == {(0, "checkpoints.jsonl", "missing")}


def test_a_forged_checkpoint_is_named(filled):
    path = filled.checkpoints.path
    path.write_bytes(path.read_bytes().replace(b'"seq":9', b'"seq":8'))
    assert found(filled) == {(0, "line 4", "checkpoint damaged")}


def test_a_rewritten_chain_contradicts_its_checkpoints(filled, tmp_path):
    """Someone recomputes every link after an alteration: only what was signed gives it away."""
    from colonnade.evidence.chain import GENESIS, Item, link

    with filled.store.connection() as connection:
        rows = connection.execute("SELECT seq, kind, ref, at, digest FROM ledger ORDER BY seq").fetchall()
        chain = GENESIS
        for seq, *item in rows:
            entry = Item(*item)
            if seq == 2:
                entry = entry._replace(at=entry.at + 1)
            chain = link(chain, seq, entry)
            connection.execute("UPDATE ledger SET at = ?, chain = ? WHERE seq = ?", (entry.at, chain, seq))
    assert {what for _, _, what in found(filled)} >= {"checkpoint contradicted"}


def test_an_inserted_body_is_unreferenced(filled):
    tamper(
        filled,
        "INSERT INTO record SELECT 'sha256:00', 77, topic, kind, environment, window_end, collected_at, body"
        " FROM record LIMIT 1",
    )
    assert found(filled) == {(77, "sha256:00", "unreferenced")}


def test_altered_content(filled):
    tamper(filled, "UPDATE content SET answer = answer || x'00' WHERE request_id = 'req_000001'")
    assert found(filled) == {(2, "req_000001", "content altered")}


def test_content_of_another_request(filled):
    tamper(
        filled,
        "UPDATE content SET prompt = (SELECT prompt FROM content WHERE request_id = 'req_000003')"
        " WHERE request_id = 'req_000001'",
    )
    assert found(filled) == {(2, "req_000001", "content altered")}


def test_content_sealed_anew_with_the_right_key_is_still_altered(filled):
    forged = filled.seal.close("req_000001", "question 1", "what was never said")[1]
    with filled.store.connection() as connection:
        connection.execute("UPDATE content SET answer = ? WHERE request_id = 'req_000001'", (forged,))
    assert found(filled) == {(2, "req_000001", "content altered")}


def test_deleted_content_is_missing(filled):
    tamper(
        filled,
        "DELETE FROM content WHERE request_id = 'req_000001'",
        "UPDATE content SET prompt = NULL WHERE request_id = 'req_000002'",
    )
    assert found(filled) == {(2, "req_000001", "content missing"), (3, "req_000002", "content missing")}


def test_breaks_are_counted_beyond_those_named(ledger):
    for start in range(0, 1200, 400):
        ledger.append_requests([ClosedRequest(request(number)) for number in range(start, start + 400)])
    ledger.checkpoint()
    tamper(ledger, "UPDATE request SET body = body || x'20'")
    verification = ledger.verify()
    assert verification.broken == 1200
    assert len(verification.breaks) == 1000


def test_the_same_record_twice_is_one_entry(ledger):
    assert ledger.append_record(evidence(1)) == ledger.append_record(evidence(1)) == evidence(1).id
    assert ledger.verify().entries == 1


def test_requests_already_there_are_left_alone(ledger):
    batch = [stored(ledger, number, "q", "a") for number in range(3)]
    assert ledger.append_requests(batch[:2]) == 2
    assert ledger.append_requests(batch) == 1
    assert ledger.append_requests([]) == 0
    assert ledger.verify().entries == 3


def test_what_was_appended_can_be_read(filled):
    assert filled.record(evidence(1).id) == evidence(1)
    assert filled.records("rehearsal") == [evidence(0), evidence(1)]
    assert filled.records("production") == []
    assert filled.records("rehearsal", "another.topic") == []
    assert filled.newest("traffic.records", "rehearsal") == evidence(1)
    assert filled.newest("traffic.records", "staging") is None
    assert filled.changes("prompt", "prompt-0") == [changed(0)]
    assert filled.changes("model") == []
    assert filled.request("req_000002").status == 200
    assert filled.request("nobody") is None
    assert filled.content("req_000002").answer == "answer 2"
    assert filled.content("nobody") is None


def test_requests_are_read_page_by_page_in_the_order_of_opening(ledger):
    """More than two pages, several at the same instant across a page's edge."""
    many = [request(number, opened_at=float(number // 7)) for number in range(2500)]
    ledger.append_requests([ClosedRequest(one) for one in reversed(many)])
    read = [one.id for one in ledger.requests(0.0, 1e12)]
    assert read == [one.id for one in many]
    assert [one.id for one in ledger.requests(1.0, 2.0)] == [f"req_{number:06d}" for number in range(7, 14)]
