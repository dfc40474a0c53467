"""What people signed counts while it is whole, in its term, over what stands there, by those who may; else it is named."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path.insert(0, str(Path(__file__).parents[1] / "fixtures"))

from attested import Attested

from colonnade.assembly.opened import opened
from colonnade.assembly.signatures import signatures_now
from colonnade.errors import SetupError
from colonnade.evidence.attestation import PAYLOAD_TYPE, SignedAttestation, statement_in
from colonnade.evidence.envelope import Signature
from colonnade.evidence.people import DAY_S
from colonnade.registry.folder import load_workload
from colonnade.review.signoff import signed_off
from colonnade.security.keys import ApiKeys

KEPT = "attestation.signed"


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Attested:
    """Everybody signed everything."""
    world = Attested.planted(tmp_path_factory.mktemp("signed") / "workload")
    world.sign_all()
    return world


@pytest.fixture
def world(signed: Attested, tmp_path: Path) -> Attested:
    return signed.copy(tmp_path / "workload")


def told(world: Attested, signal: str, now: float | None = None) -> tuple[str, str]:
    """What the signal's judge says of the signatures as they are found, and why."""
    seen = signatures_now(world.folder, now or time.time())[signal]
    verdict = signed_off(signal, seen, load_workload(world.folder).specification)
    return verdict.outcome, verdict.reason


def forge(world: Attested, signal: str, **changes) -> None:
    """Put a changed copy of the newest signature for a signal into the ledger."""
    with opened(world.folder) as (_, ledger, _):
        record = [it for it in ledger.records("rehearsal", KEPT) if it.facts["signal"] == signal][-1]
        kept = msgspec.convert(record.facts, SignedAttestation)
        envelope = msgspec.structs.replace(kept.envelope, **changes)
        facts = msgspec.to_builtins(msgspec.structs.replace(kept, envelope=envelope))
        ledger.append_record(msgspec.structs.replace(record, facts=facts, collected_at=time.time()))


def test_nobody_signed_is_unknown_and_says_what_to_do(tmp_path: Path):
    bare = Attested.planted(tmp_path / "workload")
    row = bare.review().row("UC-01")
    assert row.signal(2).state == "unknown"
    assert "colonnade attest UC-01.2" in row.signal(2).remedy


def test_whatever_is_signed_counts(signed: Attested):
    found = signatures_now(signed.folder, time.time())
    assert len(found) == 9
    assert {each.state for seen in found.values() for each in seen.signatures} == {"counts"}
    assert [seen.problems for seen in found.values()] == [[]] * 9


@pytest.mark.parametrize(
    ("signal", "edit", "said"),
    [
        ("UC-01.2", ("at night", "by night", "workload.yaml"), "signed another intent"),
        ("UC-02.2", ("floor: 0.3", "floor: 0.4", "workload.yaml"), "signed another workload"),
        ("UC-09.1", ("On the", "In a", "decisions/hosting.md"), "signed another decisions/hosting.md"),
        ("RAI-10.1", ("30 days", "90 days", "decisions/processing.md"), "signed another decisions/processing.md"),
    ],
)  # fmt: skip
def test_a_signature_is_void_when_what_was_signed_changes(world, signal, edit, said):
    old, new, file = edit
    world.edit(old, new, file)
    state, reason = told(world, signal)
    assert (state, said in reason) == ("stale", True), reason
    world.edit(new, old, file)
    assert told(world, signal)[0] == "pass"


def test_only_what_was_changed_is_void(world: Attested):
    world.edit("On the machine", "In a cloud", "decisions/hosting.md")
    found = signatures_now(world.folder, time.time())
    assert {name for name, seen in found.items() if seen.signatures[0].state != "counts"} == {"UC-09.1"}


def test_a_decision_that_is_gone_is_void(world: Attested):
    (world.folder / "decisions" / "hosting.md").unlink()
    assert told(world, "UC-09.1")[0] == "stale"


def test_a_term_ends(world: Attested):
    world.enrol("Ona Vale", "owner")
    world.sign("SUS-03.1", "Ona Vale", days=1)
    report = world.review()
    assert report.row("SUS-03").signal(1).expires_at == pytest.approx(time.time() + DAY_S, abs=60)
    assert {row.state for row in report.rows if row.id in {"UC-02", "UC-01"}} == {"proven", "partial"}
    state, reason = told(world, "UC-02.2", time.time() + 181 * DAY_S)
    assert (state, "signed for a term that is over" in reason) == ("stale", True)


def test_a_revoked_person_counts_for_nothing_and_is_named(world: Attested):
    world.revoke("Ada Berg")
    state, reason = told(world, "UC-01.2")
    assert state == "insufficient"
    assert "Ada Berg (sponsor) signed with a key that is revoked" in reason


def test_an_expired_person_counts_for_nothing_and_is_named(world: Attested):
    world.enrol("Ona Vale", "owner", valid_days=1)
    world.revoke("Ada Berg")
    world.sign("UC-09.1", "Ona Vale")
    assert told(world, "UC-09.1")[0] == "pass"
    state, reason = told(world, "UC-09.1", time.time() + 2 * DAY_S)
    assert state == "insufficient"
    assert "Ona Vale (owner) signed with a key that is expired" in reason


def test_an_unknown_person_counts_for_nothing_and_is_named(world: Attested):
    world.revoke("Ada Berg")
    stranger = Attested.planted(world.folder.parent / "other")
    stranger.enrol("Eve", "sponsor")
    foreign = stranger.sign("UC-01.2", "Eve").record
    with opened(world.folder) as (_, ledger, _):
        ledger.append_record(foreign)
    state, reason = told(world, "UC-01.2")
    assert (state, "Eve (sponsor) is not enrolled with the key that signed" in reason) == (
        "insufficient",
        True,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"signatures": (Signature("0" * 64, "AAAA"),)},
        {"payload_type": PAYLOAD_TYPE + "x"},
        {"payload": "bm90IGpzb24="},
        {"payload": "not base64!"},
        {"signatures": ()},
    ],
)
def test_an_altered_envelope_counts_for_nothing_and_hides_nothing(world: Attested, changes):
    forge(world, "UC-01.2", **changes)
    state, _ = told(world, "UC-01.2")
    assert state == "pass"
    seen = signatures_now(world.folder, time.time())["UC-01.2"].signatures
    assert sorted(each.state for each in seen) == ["counts", "refused"]
    world.revoke("Ada Berg")
    assert told(world, "UC-01.2")[0] == "insufficient"


def test_a_signature_for_one_signal_counts_for_no_other(world: Attested):
    with opened(world.folder) as (_, ledger, _):
        record = next(it for it in ledger.records("rehearsal", KEPT) if it.facts["signal"] == "SUS-03.1")
        facts = {**record.facts, "signal": "UC-09.1"}
        ledger.append_record(msgspec.structs.replace(record, facts=facts, collected_at=time.time()))
    found = signatures_now(world.folder, time.time())["UC-09.1"].signatures
    assert "signed something else than UC-09.1" in {each.why for each in found}


def test_a_role_that_a_person_lost_counts_no_more(world: Attested):
    world.revoke("Noor Haddad")
    state, reason = told(world, "UC-02.2")
    assert (state, "no signature as technical counts" in reason) == ("insufficient", True)


def test_two_people_are_needed_where_the_rule_says_so(world: Attested):
    world.revoke("Mira Sand")
    state, reason = told(world, "RAI-12.1")
    assert (state, "2 people are needed, 1 signed" in reason) == ("insufficient", True)


def test_one_person_in_every_role_is_not_enough(tmp_path: Path):
    world = Attested.planted(tmp_path / "workload")
    roles = ("business", "end_user", "technical", "data_protection")
    world.enrol("Ada Berg", *roles)
    for role in roles:
        world.sign("UC-02.2", "Ada Berg", role)
    state, reason = told(world, "UC-02.2")
    assert (state, "2 people are needed, 1 signed" in reason) == ("insufficient", True)


WAIVER = """waivers:
  - {practice: UC-01, reason: x, owner: Noor Haddad, approver: "ada berg ", created: "2026-11-01", expires: "2099-01-01"}
"""


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (WAIVER, "insufficient"),
        (WAIVER.replace("owner: Noor", "co_approvers: [Ivo Lang], owner: Noor"), "pass"),
        (WAIVER.replace("UC-01", "UC-03"), "pass"),
        (WAIVER.replace("2099-01-01", "soon"), "pass"),
    ],
)
def test_a_signer_is_not_the_only_approver_of_a_waiver_of_the_row(world: Attested, text: str, state: str):
    day = time.strftime("%Y-%m-%d", time.gmtime())
    text = text.replace("2026-11-01", day).replace("2099-01-01", day)
    (world.folder / "waivers.yaml").write_text(text)
    found = told(world, "UC-01.2")
    assert found[0] == state
    assert ("is the only approver of a waiver of UC-01" in found[1]) is (state == "insufficient")


@pytest.mark.parametrize(
    ("signal", "edit", "said"),
    [
        ("RAI-11.1", ('"2099-01-01"', '"2026-01-01"', "principles"), "was due for review on 2026-01-01"),
        ("RAI-11.1", ('review_by: "2099-01-01"\n', "", "principles"), "does not say by when"),
        ("RAI-12.1", ("charter:", "trigger:", "board"), "does not name `charter`"),
        ("SUS-03.1", ("reports/provider", "reports/no", "energy"), "a report that is not in the folder"),
        (
            "SUS-03.1",
            ("reports/provider", "../reports/provider", "energy"),
            "a report that is not in the folder",
        ),
    ],
)
def test_a_decision_that_proves_nothing_is_not_signed(world, signal, edit, said):
    old, new, kind = edit
    world.edit(old, new, f"decisions/{kind}.md")
    name = {"RAI-12.1": "Mira Sand"}.get(signal, "Ada Berg")
    with pytest.raises(SetupError, match=f"this would prove nothing: .*{said}"):
        world.sign(signal, name)
    assert told(world, signal)[0] == "stale"


def test_a_decision_out_of_force_has_to_be_replaced(world: Attested):
    world.edit('date: "2026', 'status: superseded\ndate: "2026', "decisions/hosting.md")
    with pytest.raises(SetupError, match="write one under decisions/"):
        world.sign("UC-09.1", "Ada Berg")
    with pytest.raises(SetupError, match="is superseded"):
        world.sign("UC-09.1", "Ada Berg", words="decisions/hosting.md")


def test_a_decision_that_is_overdue_fails_though_it_is_signed(world: Attested):
    in_ten_days = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 10 * DAY_S))
    world.edit("2099-01-01", in_ten_days, "decisions/principles.md")
    world.sign("RAI-11.1", "Ada Berg")
    seen = signatures_now(world.folder, time.time())["RAI-11.1"]
    assert seen.valid_until == pytest.approx(time.time() + 10.5 * DAY_S, abs=DAY_S)
    assert told(world, "RAI-11.1")[0] == "pass"
    state, reason = told(world, "RAI-11.1", time.time() + 12 * DAY_S)
    assert (state, f"was due for review on {in_ten_days}" in reason) == ("fail", True)


def test_removals_of_an_access_review_are_carried_out(world: Attested):
    with opened(world.folder) as (_, ledger, _):
        [key] = ApiKeys(ledger).load()
    world.sign("SEC-11.2", "Noor Haddad", remove=[key])
    state, reason = told(world, "SEC-11.2")
    assert (state, reason) == ("fail", f"key:{key} was to be removed and still has access")
    with opened(world.folder) as (_, ledger, _):
        ApiKeys(ledger).revoke(key, actor="test", now=time.time())
        ApiKeys(ledger).create("caller", {}, actor="test", now=time.time())
    assert told(world, "SEC-11.2")[0] == "pass"


def test_access_that_nobody_looked_at_fails_the_review(world: Attested):
    with opened(world.folder) as (_, ledger, _):
        made = ApiKeys(ledger).create("caller", {}, actor="test", now=time.time() - 3600)
    state, reason = told(world, "SEC-11.2")
    assert (state, reason) == ("fail", f"key:{made.key.id} had access and was not looked at")


@pytest.mark.parametrize(
    ("signal", "name", "more", "said"),
    [
        ("SEC-06.1", "Ada Berg", {}, "is not signed off by people"),
        ("UC-01.2", "Noor Haddad", {}, "has none of the roles: UC-01.2 takes sponsor"),
        ("UC-01.2", "Ada Berg", {"role": "owner"}, "is not needed as owner"),
        ("UC-01.2", "Noor Haddad", {"role": "sponsor"}, "is not enrolled as sponsor"),
        ("UC-01.2", "Ada Berg", {"days": 366}, "at most 365 days"),
        ("UC-01.2", "Ada Berg", {"days": 0}, "at most 365 days"),
        ("SEC-11.2", "Noor Haddad", {"remove": ["nobody"]}, "nobody has no access here"),
        (
            "UC-09.1",
            "Ada Berg",
            {"words": "workload.yaml"},
            "workload.yaml is no decision of the kind `hosting`",
        ),
    ],
)
def test_what_would_count_for_nothing_is_refused_at_once(signed: Attested, signal, name, more, said):
    with pytest.raises(SetupError, match=said):
        signed.sign(signal, name, **more)


def test_a_stranger_cannot_sign(world: Attested):
    world.keys["Eve"] = Ed25519PrivateKey.generate()
    with pytest.raises(SetupError, match="belongs to nobody here"):
        world.sign("UC-01.2", "Eve")
    world.revoke("Ada Berg")
    with pytest.raises(SetupError, match="is revoked: enrol a new one"):
        world.sign("UC-01.2", "Ada Berg")


def test_a_file_that_the_words_name_is_signed_too(world: Attested):
    (world.folder / "why.md").write_text("Because.")
    made = world.sign("UC-01.2", "Ada Berg", words="why.md")
    assert [thing.name for thing in made.statement.subject] == ["intent", "why.md"]
    (world.folder / "why.md").write_text("Because not.")
    seen = signatures_now(world.folder, time.time())["UC-01.2"].signatures
    assert [each.why for each in seen] == ["", "signed another why.md"]
    plain = world.sign("UC-01.2", "Ada Berg", words="I read it.\nTwice.")
    assert [thing.name for thing in plain.statement.subject] == ["intent"]


def test_several_decisions_of_a_kind_have_to_be_told_apart(world: Attested):
    text = (world.folder / "decisions" / "hosting.md").read_text()
    (world.folder / "decisions" / "hosting-2.md").write_text(text)
    with pytest.raises(SetupError, match=r"name one of decisions/hosting-2.md, decisions/hosting.md"):
        world.sign("UC-09.1", "Ada Berg")
    made = world.sign("UC-09.1", "Ada Berg", words="decisions/hosting-2.md")
    assert made.statement.subject[0].name == "decisions/hosting-2.md"


def test_the_envelope_is_what_other_tools_read(signed: Attested):
    with opened(signed.folder) as (_, ledger, _):
        kept = msgspec.convert(ledger.records("rehearsal", KEPT)[0].facts, SignedAttestation)
    said = msgspec.json.decode(kept.envelope.content)
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert said["predicateType"] == "urn:colonnade:attestation:1"
    assert len(said["subject"][0]["digest"]["sha256"]) == 64
    assert statement_in(kept.envelope).predicate.signer == "Ada Berg"
