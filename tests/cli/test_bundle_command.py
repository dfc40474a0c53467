"""`colonnade bundle` carries a review to another machine, where it is recomputed to the same bytes from the file alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from colonnade.assembly import bundling
from colonnade.assembly.bundling import Bundled, create_bundle, verify_bundle
from colonnade.assembly.reviewing import review_workload
from colonnade.cli import main
from colonnade.errors import CannotEvaluate, SetupError
from colonnade.evidence.content import text_digest
from colonnade.evidence.ledger import ClosedRequest, Ledger
from colonnade.evidence.request import RequestRecord
from colonnade.review.bundle.inspection import inspect
from colonnade.review.bundle.manifest import REPORT
from colonnade.review.bundle.packing import Contents, pack
from colonnade.store import open_store

MINIMAL = Path(__file__).parents[1] / "fixtures" / "workloads" / "minimal"
PROMPT = "my telephone number is 0123456789"
WAIVERS = """
waivers:
  - practice: SEC-06
    reason: until the second region is there
    owner: ada
    approver: bob
    created: 2026-01-01
    expires: 2026-06-01
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Bundled]:
    """A workload with a request in its journal and a waiver, its bundle, and what was said of it."""
    place = tmp_path_factory.mktemp("bundle")
    folder = place / "workload"
    shutil.copytree(MINIMAL, folder)
    (folder / "waivers.yaml").write_text(WAIVERS, encoding="utf-8")
    store = open_store(folder / ".colonnade")
    ledger = Ledger(store)
    request = RequestRecord(
        id="req-1",
        opened_at=time.time() - 5,
        environment="rehearsal",
        workload="minimal",
        closed_at=time.time() - 4,
        content_stored=True,
        prompt_digest=text_digest(PROMPT),
        answer_digest=text_digest("yes"),
    )
    ledger.append_requests([ClosedRequest(request, *ledger.seal.close("req-1", PROMPT, "yes"))])
    store.close()
    out = place / "review.bundle"
    return folder, out, create_bundle(folder, None, time.time(), out)


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    """Run a command in this process."""

    def _run(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["colonnade", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Said(code, *capfd.readouterr())

    return _run


def test_it_is_recomputed_to_the_same_bytes(made: tuple[Path, Path, Bundled]) -> None:
    _, out, bundled = made
    found = verify_bundle(out)
    assert found.intact
    assert found.recomputed == bundled.report
    assert found.manifest == bundled.manifest


def test_it_holds_what_the_review_was_handed(made: tuple[Path, Path, Bundled]) -> None:
    folder, out, bundled = made
    manifest = bundled.manifest
    assert manifest.entries == manifest.records + 1, "the request is there by its digest"
    assert set(manifest.files) >= {"workload.yaml", "waivers.yaml"}
    assert not any(name.startswith(".colonnade") for name in manifest.files)
    assert [each.state for each in bundled.report.waivers] == ["lapsed"]
    with out.open("rb") as file:
        texts = inspect(file).texts
    assert texts["workload.yaml.zst"] == (folder / "workload.yaml").read_bytes()
    assert texts["waivers.yaml.zst"] == (folder / "waivers.yaml").read_bytes()


def test_no_prompt_leaves(made: tuple[Path, Path, Bundled]) -> None:
    _, out, _ = made
    with out.open("rb") as file:
        found = inspect(file)
    assert found.records
    assert not any(b"0123456789" in each for each in (*found.records, *found.texts.values()))


def test_its_report_is_the_one_of_a_review(made: tuple[Path, Path, Bundled]) -> None:
    folder, _, bundled = made
    again = review_workload(folder, None, bundled.report.reviewed_at)
    assert [(row.id, row.state, row.score) for row in again.rows] == [
        (row.id, row.state, row.score) for row in bundled.report.rows
    ]
    assert again.headline.rows == bundled.report.headline.rows


def test_another_machine_needs_nothing_but_the_file(made: tuple[Path, Path, Bundled], tmp_path: Path) -> None:
    _, out, bundled = made
    alone = tmp_path / "b"
    shutil.copy(out, alone)
    key = bundled.manifest.public_key
    program = Path(sys.executable).with_name("colonnade")
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        [program, "bundle", "verify", alone, "--key", key],
        capture_output=True, text=True, env=bare, cwd=tmp_path, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "recomputed to the same bytes" in done.stdout
    assert done.stdout.endswith("intact\n")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["b"]


def test_another_key_than_expected_is_no_proof(run, made: tuple[Path, Path, Bundled]) -> None:
    done = run("bundle", "verify", made[1], "--key", "0" * 64, "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert (told["intact"], told["expected_key"], told["broken"]) == (False, False, 0)


def test_damage_ends_with_one_and_is_named(run, made: tuple[Path, Path, Bundled], tmp_path: Path) -> None:
    data = bytearray(made[1].read_bytes())
    data[-4000] ^= 1
    damaged = tmp_path / "b"
    damaged.write_bytes(data)
    done = run("bundle", "verify", damaged)
    assert done.returncode == 1
    assert "altered: records/000001.jsonl.zst" in done.stdout
    assert "BROKEN" in done.stdout
    told = json.loads(run("bundle", "verify", damaged, "--json").stdout)
    assert told["breaks"][0]["ref"] == "records/000001.jsonl.zst"


def test_what_is_no_bundle_ends_with_three_and_a_sentence(run, tmp_path: Path) -> None:
    done = run("bundle", "verify", tmp_path / "missing")
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
    assert "cannot be read" in done.stderr
    (tmp_path / "x").write_bytes(b"x" * 2000)
    assert "no evidence bundle" in run("bundle", "verify", tmp_path / "x").stderr


@pytest.fixture
def forged(made: tuple[Path, Path, Bundled], tmp_path: Path):
    """A bundle whose owner changes one thing before it is sealed with the genuine key."""
    folder = tmp_path / "workload"
    shutil.copytree(made[0], folder)

    def forge(monkeypatch: pytest.MonkeyPatch, **changes: object) -> Path:
        def cheat(contents: Contents, key: Ed25519PrivateKey, file):
            from dataclasses import replace

            return pack(replace(contents, **changes), key, file)

        monkeypatch.setattr(bundling, "pack", cheat)
        out = tmp_path / "forged"
        create_bundle(folder, None, time.time(), out)
        return out

    return forge


def test_a_report_that_does_not_follow_from_the_evidence_is_named(forged, made, monkeypatch) -> None:
    report = made[2].report
    headline = msgspec.structs.replace(report.headline, open_high=0)
    found = verify_bundle(forged(monkeypatch, report=msgspec.structs.replace(report, headline=headline)))
    assert [(each.what, each.ref) for each in found.breaks] == [("altered", REPORT)]
    assert not found.intact


def test_a_workload_file_that_was_not_reviewed_is_named(forged, made, monkeypatch) -> None:
    text = (made[0] / "workload.yaml").read_bytes().replace(b"name: minimal", b"name: minimum")
    found = verify_bundle(forged(monkeypatch, workload=text))
    assert [each.ref for each in found.breaks] == ["workload.yaml.zst"]


def test_a_bundle_of_another_release_is_told_apart_from_a_forgery(
    made, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = msgspec.structs.replace(bundling.catalogue(), digest="sha256:" + "0" * 64)
    monkeypatch.setattr(bundling, "catalogue", lambda: other)
    with pytest.raises(CannotEvaluate, match="with another catalogue of practices"):
        verify_bundle(made[1])


def test_other_rules_that_judge_otherwise_are_told_apart_from_a_forgery(made, monkeypatch) -> None:
    monkeypatch.setattr(bundling, "judges", lambda: ())
    monkeypatch.setattr(bundling, "engine_digest", lambda: "sha256:other")
    with pytest.raises(CannotEvaluate, match="judged by other rules"):
        verify_bundle(made[1])


def test_a_broken_ledger_gets_no_bundle(made: tuple[Path, Path, Bundled], tmp_path: Path) -> None:
    folder = tmp_path / "workload"
    shutil.copytree(made[0], folder)
    store = open_store(folder / ".colonnade")
    with store.writing() as connection:
        connection.exec_driver_sql("update record set body = replace(body, '1', '2') where seq = 2")
    store.close()
    with pytest.raises(CannotEvaluate, match="the ledger does not verify"):
        create_bundle(folder, None, time.time(), tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_a_place_that_takes_no_file_is_told(made: tuple[Path, Path, Bundled], tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be written"):
        create_bundle(made[0], None, time.time(), tmp_path / "missing" / "x")


def test_create_says_what_it_wrote_and_by_which_key(
    run, made: tuple[Path, Path, Bundled], tmp_path: Path
) -> None:
    out = tmp_path / "b"
    done = run("bundle", "create", out, "--workload", made[0], "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert told["bytes"] == out.stat().st_size
    assert told["public_key"] == made[2].manifest.public_key
