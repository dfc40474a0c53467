"""`colonnade export` and `colonnade review --framework` write what was reviewed, whole or not at all, and sign what is signed."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

sys.path.insert(0, str(Path(__file__).parents[1] / "review"))

from review_world import DAY, NOW, record, reviewed

from colonnade.assembly import reviewing
from colonnade.assembly.exporting import export, place_of, read_report
from colonnade.cli import main
from colonnade.errors import CannotEvaluate, SetupError
from colonnade.evidence.envelope import Envelope, verified
from colonnade.registry.folder import load_workload
from colonnade.review.exports.formats import FORMATS

MINIMAL = Path(__file__).parents[1] / "fixtures" / "workloads" / "minimal"


@pytest.fixture
def workload(tmp_path: Path) -> Path:
    folder = tmp_path / "workload"
    shutil.copytree(MINIMAL, folder)
    return folder


@pytest.fixture
def ask(monkeypatch, capfdbinary, workload):
    """Run `colonnade` on a review of one record; returns the exit code, standard output and error."""

    def _ask(*arguments: object) -> tuple[int, bytes, str]:
        def answer(folder, environment, now):
            return reviewed([record("COST-01", 1)], environment=environment or "rehearsal")

        monkeypatch.setattr(reviewing, "review_workload", answer)
        monkeypatch.setattr(sys, "argv", ["colonnade", *map(str, arguments)])
        monkeypatch.setenv("WORKLOAD", str(workload))
        code = 0
        try:
            main()
        except SystemExit as exit_:
            code = exit_.code
        out, err = capfdbinary.readouterr()
        return code, out, err.decode()

    return _ask


@pytest.mark.parametrize("name", [name for name in FORMATS if not FORMATS[name].sealed])
def test_every_format_goes_to_standard_output(ask, name: str, workload: Path) -> None:
    code, out, _ = ask("export", name)
    assert code == 0
    assert out == export(FORMATS[name], reviewed([record("COST-01", 1)]), workload).content


def test_a_file_is_written_whole_and_told_for_programs(ask, tmp_path: Path) -> None:
    out = tmp_path / "review.html"
    code, said, _ = ask("export", "html", "--out", out, "--json")
    told = json.loads(said)
    assert code == 0
    assert told["digest"] == "sha256:" + hashlib.sha256(out.read_bytes()).hexdigest()
    assert (told["format"], told["bytes"]) == ("html", out.stat().st_size)
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_a_report_that_was_kept_is_exported_as_if_it_were_new(ask, tmp_path: Path) -> None:
    kept = tmp_path / "review.json"
    ask("export", "json", "--out", kept)
    assert read_report(kept) == reviewed([record("COST-01", 1)])
    _, again, _ = ask("export", "csv", "--from", kept)
    assert again == ask("export", "csv")[1]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "is no report of a review"),
        (b'{"schema": "x"}', "is no report of a review"),
        (b"[" * 100_000, "is no report of a review"),
        (b"\xff", "is no report of a review"),
    ],
)
def test_what_is_no_report_is_refused_with_a_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(content)
    with pytest.raises(CannotEvaluate, match=sentence):
        read_report(file)


def test_a_report_of_another_schema_or_without_end_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(msgspec.structs.replace(reviewed([]), schema="colonnade.review/9").encode())
    with pytest.raises(CannotEvaluate, match=r"has the schema 'colonnade\.review/9'"):
        read_report(file)
    with file.open("wb") as sparse:
        sparse.truncate(64 * 1024 * 1024 + 1)
    with pytest.raises(CannotEvaluate, match="is larger than"):
        read_report(file)
    with pytest.raises(CannotEvaluate, match="cannot be read: No such file"):
        read_report(tmp_path / "missing.json")


def test_a_verification_summary_is_sealed_with_the_key_of_the_store(ask, workload: Path) -> None:
    code, out, _ = ask("export", "verification-summary")
    envelope = msgspec.json.decode(out, type=Envelope)
    [signature] = envelope.signatures
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signature.keyid))
    assert code == 0
    assert verified(envelope, {signature.keyid: key}) == (signature.keyid,)
    assert json.loads(envelope.content)["predicate"]["verificationResult"] == "FAILED"
    told = json.loads(ask("ledger", "verify", "--json")[1])
    assert told["public_key"] == signature.keyid


def test_nothing_is_signed_without_a_workload(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="name the folder with --workload"):
        export(FORMATS["verification-summary"], reviewed([]), tmp_path)


def test_a_format_that_needs_no_review_needs_no_workload(monkeypatch, capfdbinary, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "argv", ["colonnade", "export", "lens", "--workload", str(tmp_path)])
    with suppress(SystemExit):
        main()
    assert json.loads(capfdbinary.readouterr().out)["schemaVersion"] == "2021-11-01"


def test_findings_know_the_lines_of_the_file_that_was_reviewed(workload: Path) -> None:
    loaded = load_workload(workload)
    report = msgspec.structs.replace(reviewed([]), workload_digest=loaded.digest)
    found = json.loads(export(FORMATS["sarif-upload"], report, workload).content)["runs"][0]["results"]
    lines = {
        each["ruleId"]: each["locations"][0]["physicalLocation"]["region"]["startLine"] for each in found
    }
    assert lines["UC-03"] == loaded.lines["kpis"]
    changed = json.loads(export(FORMATS["sarif-upload"], reviewed([]), workload).content)["runs"][0][
        "results"
    ]
    assert {each["locations"][0]["physicalLocation"]["region"]["startLine"] for each in changed} == {1}


def test_the_file_is_named_as_its_repository_knows_it(tmp_path: Path) -> None:
    import subprocess

    folder = tmp_path / "deep" / "one"
    folder.mkdir(parents=True)
    assert place_of(folder) == "workload.yaml"
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert place_of(folder) == "deep/one/workload.yaml"


def test_a_place_that_takes_no_file_is_told(ask, tmp_path: Path) -> None:
    code, _, err = ask("export", "lens", "--out", tmp_path / "missing" / "x")
    assert code == 1
    assert "cannot be written: no such file" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("export", "pdf"),
        ("export", "html", "--json"),
        ("review", "--framework", "moon"),
        ("review", "--out", "x"),
    ],
)
def test_usage_ends_with_two(ask, arguments: tuple[str, ...]) -> None:
    assert ask(*arguments)[0] == 2


def test_formats_are_listed(ask) -> None:
    code, out, _ = ask("export")
    assert code == 0
    assert [line.split()[0] for line in out.decode().splitlines()] == list(FORMATS)
    assert [each["name"] for each in json.loads(ask("export", "--json")[1])] == list(FORMATS)


def test_a_framework_shows_every_id_and_the_states_of_its_practices(ask) -> None:
    code, out, _ = ask("review", "--framework", "owasp_llm_2025")
    text = out.decode()
    assert code == 0
    assert [f"LLM{n:02d}" in text for n in range(1, 11)] == [True] * 10
    assert "never shows that it is met" in text
    assert "unknown HIGH" in text
    _, as_json, _ = ask("review", "--framework", "iso_42001", "--json")
    shown = json.loads(as_json)
    assert len(shown["requirements"]) == 38
    assert "Statement of Applicability" in shown["note"]


def test_a_review_can_be_written_at_once(ask, tmp_path: Path) -> None:
    out = tmp_path / "review.md"
    code, said, _ = ask("review", "--format", "markdown", "--out", out)
    assert code == 0
    assert said.decode() == f"{out}: the whole report for people\n"
    assert out.read_bytes() == ask("export", "markdown")[1]


def test_milestones_are_compared_with_and_drawn(ask, monkeypatch, workload: Path) -> None:
    from colonnade.assembly import milestones
    from colonnade.assembly.milestones import create_milestone

    earlier = reviewed([record("COST-01", 1, age_days=40)], now=NOW - 40 * DAY)
    later = reviewed([], now=NOW - 30 * DAY)
    for name, report in (("first", earlier), ("second", later)):
        monkeypatch.setattr(milestones, "review_opened", lambda *_, kept=report: kept)
        create_milestone(workload, name, NOW)
    comment = ask("export", "pull-request", "--against", "second")[1].decode()
    assert "### Since 2026-08-22" in comment
    assert "still open" in comment
    assert "Trend over milestones" in ask("export", "html")[1].decode()
    assert "### Since" not in ask("export", "pull-request")[1].decode()
    code, _, err = ask("export", "pull-request", "--against", "third")
    assert code == 3
    assert "no milestone third" in err
