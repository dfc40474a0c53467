"""Keys open what their role allows until they expire or are revoked, and are stored as digests only."""

from __future__ import annotations

import asyncio
import time

import pytest

from colonnade.errors import Forbidden, SetupError, Unauthenticated, Unavailable
from colonnade.evidence.ledger import Ledger
from colonnade.gateway.call import Call, Reply
from colonnade.gateway.pipeline import Stage, fold
from colonnade.security import keyring
from colonnade.security.identity import Identify
from colonnade.security.keyring import Keyring
from colonnade.security.keys import DAY_S, ApiKeys
from colonnade.store import open_store, schema

NOW = 1_790_000_000.0
LABELS = {"team": "support", "use_case": "handbook"}


@pytest.fixture
def ledger(tmp_path):
    store = open_store(tmp_path / ".colonnade")
    yield Ledger(store)
    store.close()


@pytest.fixture
def keys(ledger):
    return ApiKeys(ledger)


@pytest.fixture
def clock():
    return [NOW]


@pytest.fixture
def ring(keys, clock):
    return Keyring(keys, clock=lambda: clock[0])


def make(keys, role="caller", **options):
    return keys.create(role, LABELS, actor="tester@here", now=NOW, **options)


def bearer(made):
    return f"Bearer {made.text}"


def test_only_the_digest_is_stored(keys, ledger):
    made = make(keys)
    secret = made.text.removeprefix(f"ck-{made.key.id}-")
    assert len(secret) >= 43
    with ledger.store.reading() as connection:
        dump = repr([connection.execute(table.select()).all() for table in schema.metadata.sorted_tables])
    assert made.key.id in dump
    assert secret not in dump
    assert secret not in repr(made)


def test_a_key_expires_in_ninety_days_unless_said_otherwise(keys):
    assert make(keys).key.expires_at == NOW + 90 * DAY_S
    assert make(keys, expires_days=7).key.expires_at == NOW + 7 * DAY_S


@pytest.mark.parametrize("days", [0, -1, 731, float("nan")])
def test_a_key_must_expire(keys, days):
    with pytest.raises(SetupError, match="must expire"):
        make(keys, expires_days=days)


def test_identity_is_the_keys_role_and_labels(keys, ring):
    made = make(keys, "operator")
    ring.refresh()
    identity = ring.identify(bearer(made))
    assert (identity.key_id, identity.role, identity.labels) == (made.key.id, "operator", LABELS)
    assert ring.identify(f"bearer {made.text}") == identity


def test_wrong_headers_are_refused_alike(keys, ring):
    made = make(keys)
    ring.refresh()
    wrong = [
        made.text,
        f"Basic {made.text}",
        f"Bearer {made.text}x",
        f"Bearer {made.text[:-1]}",
        f"Bearer ck-{made.key.id}-",
        f"Bearer ck-000000000000-{made.text[-43:]}",
        f"Bearer sk-{made.key.id}-{made.text[-43:]}",
        "Bearer ",
        "Bearer \udcff",
    ]
    for header in wrong:
        with pytest.raises(Unauthenticated, match=r"^Incorrect API key provided\.$") as caught:
            ring.identify(header)
        assert caught.value.code == "invalid_api_key"


@pytest.mark.parametrize("header", [None, ""])
def test_no_key_is_told_how_to_send_one(ring, header):
    with pytest.raises(Unauthenticated, match="You didn't provide an API key"):
        ring.identify(header)


def test_expiry_is_checked_on_each_call_also_from_the_cache(keys, ring, clock):
    made = make(keys, expires_days=1)
    ring.refresh()
    ring.identify(bearer(made))
    clock[0] = NOW + DAY_S - 1
    ring.identify(bearer(made))
    clock[0] = NOW + DAY_S
    with pytest.raises(Unauthenticated, match="has expired"):
        ring.identify(bearer(made))


def call_until_refused(ring, header):
    while True:
        ring.identify(header)
        time.sleep(0.01)


def test_revocation_reaches_a_running_process_within_two_seconds(keys):
    made = keys.create("caller", LABELS, actor="tester@here", now=time.time())
    ring = Keyring(keys)
    ring.start()
    try:
        ring.identify(bearer(made))
        keys.revoke(made.key.id, actor="tester@here", now=time.time())
        revoked = time.monotonic()
        with pytest.raises(Unauthenticated, match="revoked"):
            call_until_refused(ring, bearer(made))
        assert time.monotonic() - revoked < 2.0
    finally:
        ring.stop()


def test_new_keys_are_known_after_a_refresh_and_use_is_noted_by_day(keys, ring):
    made = make(keys)
    with pytest.raises(Unauthenticated):
        ring.identify(bearer(made))
    ring.refresh()
    ring.identify(bearer(made))
    assert keys.load()[made.key.id].last_used_day is None
    ring.refresh()
    assert keys.load()[made.key.id].last_used_day == "2026-09-21"


def test_changes_are_in_the_ledger(keys, ledger):
    made = make(keys)
    keys.revoke(made.key.id, actor="boss@here", now=NOW + 5)
    created, revoked = ledger.changes("key", made.key.id)
    assert (created.reason, created.after, created.details["team"]) == ("created", "caller", "support")
    assert (revoked.reason, revoked.actor, revoked.at) == ("revoked", "boss@here", NOW + 5)
    assert ledger.verify().intact
    assert keys.load()[made.key.id].state(NOW) == "revoked"


def test_revoking_names_what_is_wrong(keys):
    with pytest.raises(SetupError, match="there is no key nobody"):
        keys.revoke("nobody", actor="t", now=NOW)
    made = make(keys)
    keys.revoke(made.key.id, actor="t", now=NOW)
    with pytest.raises(SetupError, match="revoked already"):
        keys.revoke(made.key.id, actor="t", now=NOW)


def test_an_unreadable_store_closes_the_door(keys, ring, monkeypatch):
    made = make(keys)
    ring.refresh()
    ring.identify(bearer(made))
    later = time.monotonic() + keyring.BLIND_AT_MOST_S + 2
    monkeypatch.setattr(keyring.time, "monotonic", lambda: later)
    with pytest.raises(Unavailable):
        ring.identify(bearer(made))


def test_many_headers_do_not_fill_the_memory(keys, ring, monkeypatch):
    monkeypatch.setattr(keyring, "_CACHED_AT_MOST", 3)
    made = [make(keys) for _ in range(8)]
    ring.refresh()
    for one in made:
        ring.identify(bearer(one))
        assert len(ring._cache) <= 3


def a_call(authorization):
    return Call(
        id="req_1",
        endpoint="chat",
        received_at=NOW,
        started=0.0,
        authorization=authorization,
        headers={},
        body=b"",
    )


async def answer(call):
    return Reply(text=call.identity.role)


@pytest.mark.parametrize(("role", "may"), [("caller", True), ("operator", True), ("reviewer", False)])
async def test_the_stage_lets_roles_through(keys, ring, role, may):
    stage = Identify(ring)
    made = make(keys, role)
    ring.refresh()
    call = a_call(bearer(made))
    assert isinstance(stage, Stage)
    if may:
        assert (await fold([stage], answer)(call)).text == role
        assert call.decisions[0].what == f"key {made.key.id}, role {role}"
        assert made.text not in repr(call.decisions)
        return
    with pytest.raises(Forbidden, match="role `reviewer` may not call models"):
        await fold([stage], answer)(call)
    assert call.identity is None


async def test_no_call_touches_the_database(keys, ring, ledger):
    made = make(keys)
    ring.refresh()
    ledger.store.close()
    (ledger.store.state / "colonnade.db").unlink()
    call = a_call(bearer(made))
    assert (await asyncio.wait_for(Identify(ring)(call, answer), 1)).text == "caller"
