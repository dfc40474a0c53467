"""A milestone is what was signed, or it is none; reviews are held against it, here and where there is only a copy."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from colonnade.assembly.milestones import create_milestone, milestone_named, milestones, report_at
from colonnade.assembly.opened import opened
from colonnade.assembly.planning import ending_soon, plan, trend_of
from colonnade.errors import CannotEvaluate, SetupError
from colonnade.evidence.envelope import Envelope
from colonnade.review.difference import difference
from colonnade.review.milestone import Milestone, manifest

MINIMAL = Path(__file__).parents[1] / "fixtures" / "workloads" / "minimal"
DAY = 86_400.0
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))
WAIVERS = """waivers:
  - {practice: SEC-06, reason: x, owner: Ada, approver: Noor, created: "%s", expires: "%s"}
"""


def day(offset: float = 0.0) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + offset * DAY))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workload with a milestone `first`, and a copy of it beside the folder."""
    folder = tmp_path_factory.mktemp("milestones") / "workload"
    shutil.copytree(MINIMAL, folder, ignore=shutil.ignore_patterns(".colonnade"))
    (folder / "waivers.yaml").write_text(WAIVERS % (day(), day(30)))
    create_milestone(folder, "first", time.time(), note="begin", out=folder.parent / "first.json")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "workload"))


def test_a_milestone_is_the_review_with_what_it_rested_on(made: Path):
    found = milestone_named(made, "first")
    assert (found.name, found.note, found.catalogue_version) == (
        "first",
        "begin",
        found.report.catalogue_version,
    )
    assert found.workload_digest == found.report.workload_digest
    assert [waiver.practice for waiver in found.waivers] == ["SEC-06"]
    assert found.evidence == manifest(found.report)
    with opened(made) as (_, ledger, _):
        assert all(ledger.record(identifier) is not None for identifier in found.evidence)
        [change] = ledger.changes(kind="milestone")
    assert (change.name, change.reason, found.ledger.seq > len(found.evidence)) == ("first", "begin", True)


def test_the_copy_is_the_same(made: Path):
    assert milestone_named(made, str(made.parent / "first.json")) == milestone_named(made, "first")


def test_nothing_changed_since(folder: Path):
    found = difference(report_at(folder, "first", 0.0), report_at(folder, "now", time.time()))
    assert set(found.counts) <= {"still_open"}
    assert not found.catalogue_changed


def test_a_name_is_used_once_and_is_one(folder: Path):
    with pytest.raises(SetupError, match="there is a milestone first already"):
        create_milestone(folder, "first", time.time())
    for name in ("now", "ab", "../x", "Upper", "a b", "x" * 101, ""):
        with pytest.raises(SetupError, match="is no name of a milestone"):
            create_milestone(folder, name, time.time())
    assert [each.name for each in milestones(folder)] == ["first"]


def _tampered(path: Path, how: str) -> None:
    envelope = msgspec.json.decode(path.read_bytes(), type=Envelope)
    milestone = msgspec.json.decode(envelope.content, type=Milestone)
    other = msgspec.structs.replace(milestone, note="altered")
    unsigned = other.signed(STRANGER)
    texts = {
        "note": msgspec.structs.replace(envelope, payload=unsigned.payload).encode(),
        "stranger": unsigned.encode(),
        "unsigned": msgspec.structs.replace(envelope, signatures=()).encode(),
        "type": msgspec.structs.replace(envelope, payload_type="x").encode(),
        "nonsense": b"{}",
        "cut": envelope.encode()[:-9],
    }
    path.write_bytes(texts[how])


@pytest.mark.parametrize("how", ["note", "stranger", "unsigned", "type", "nonsense", "cut"])
def test_what_was_altered_is_no_milestone(folder: Path, how: str):
    copy = folder.parent / "copy.json"
    kept = folder / ".colonnade" / "milestones" / "first.json"
    shutil.copy(kept, copy)
    for path in (copy, kept):
        _tampered(path, how)
    with pytest.raises(CannotEvaluate, match=r"altered|no milestone|another release"):
        milestone_named(folder, str(copy))
    with pytest.raises(CannotEvaluate, match="is not the one that the ledger names"):
        milestone_named(folder, "first")
    [listed] = milestones(folder)
    assert listed.milestone is None
    assert "is not the one that the ledger names" in listed.fault


def test_a_file_that_is_gone_is_told(folder: Path):
    (folder / ".colonnade" / "milestones" / "first.json").unlink()
    with pytest.raises(CannotEvaluate, match="cannot be read"):
        milestone_named(folder, "first")
    with pytest.raises(CannotEvaluate, match="there is no milestone second"):
        milestone_named(folder, "second")


def test_another_store_takes_a_copy_only_of_keys_that_it_trusts(made: Path, tmp_path: Path):
    other = tmp_path / "pipeline"
    shutil.copytree(MINIMAL, other, ignore=shutil.ignore_patterns(".colonnade"))
    copy = str(made.parent / "first.json")
    with pytest.raises(CannotEvaluate, match=r"not trusted here: see `review.trusted_keys`"):
        milestone_named(other, copy)
    with opened(made) as (_, ledger, _):
        key = ledger.checkpoints.public_key
    path = other / "workload.yaml"
    path.write_text(path.read_text().replace("review:\n", f"review:\n  trusted_keys: ['{key}']\n"))
    assert milestone_named(other, copy).name == "first"


def test_time_is_seen_over_milestones(folder: Path):
    now = time.time()
    create_milestone(folder, "later", now + 3 * DAY)
    found = trend_of(folder)
    assert [point.name for point in found.points] == ["first", "later"]
    assert max(closing.oldest_days or 0.0 for closing in found.closings) == pytest.approx(3.0, abs=0.1)
    tasks = plan(folder, None, now + 10 * DAY)
    assert tasks[0].due == day(30)
    assert {name for task in tasks for name in task.practices if name == "SEC-06"} == set()


def test_what_ends_soon_is_known_from_the_folder(folder: Path):
    found = ending_soon(folder, None, 14.0, time.time() + 20 * DAY)
    assert ("waiver", "SEC-06") in {(each.what, each.name) for each in found}
    assert ending_soon(folder, None, 0.0, time.time()) == ()
