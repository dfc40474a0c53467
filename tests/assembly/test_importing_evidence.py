"""An import is evidence about what the folder says now, written together with the change that tells of it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from colonnade.assembly import importing
from colonnade.assembly.importing import import_evidence, imports_of
from colonnade.assembly.opened import opened
from colonnade.evidence.imported.infrastructure import Infrastructure
from colonnade.evidence.record import Subject
from colonnade.evidence.request import RequestRecord
from colonnade.review.adapters import gathering
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.gathering import FaultyImport

FIXTURE = Path(__file__).parents[1] / "fixtures" / "workloads" / "imported"
GOLDEN = Path(__file__).parents[1] / "review" / "adapters" / "golden"
MANIFESTS = str(GOLDEN / "kubernetes" / "manifests.yaml")
STATE = str(GOLDEN / "terraform" / "state.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Only a `workload.yaml`: no store, no gateway."""
    shutil.copytree(FIXTURE, tmp_path / "workload")
    return tmp_path / "workload"


def _records(folder: Path, environment="production"):
    with opened(folder) as (_, ledger, _):
        assert ledger.verify().intact
        return ledger.records(environment)


def _reading(make):
    """An adapter whose record is what `make` turns a sound one into."""

    def read(materials, scope):
        view = Infrastructure(sources=[], resources=[])
        record = scope.record(view, kind="iac", collector="import.odd@1", n=1, raw=materials[0].data)
        return Reading(records=[make(record, scope)])

    return Adapter("odd", 1, "odd things", ("*.odd",), read)


@pytest.fixture
def with_adapter(monkeypatch):
    def use(adapter):
        monkeypatch.setattr(importing, "ADAPTERS", (adapter,))

    return use


def test_records_and_their_change_are_written_together(folder):
    imported = import_evidence(folder, "kubernetes", MANIFESTS)
    [record] = _records(folder)
    [change] = imports_of(folder)
    assert [each.id for each in imported.records] == [record.id]
    assert record.collector == "import.kubernetes@1"
    assert record.subject.workload.startswith("sha256:")
    assert (change.kind, change.name, change.after) == ("import", "kubernetes", imported.digest)
    assert change.details["records"] == "1"
    assert change.details["names"] == "manifests.yaml"
    assert change.at == record.collected_at


def test_kinds_stand_beside_each_other_and_a_kind_replaces_itself(folder, tmp_path):
    import_evidence(folder, "kubernetes", MANIFESTS)
    import_evidence(folder, "terraform", STATE)
    small = tmp_path / "manifests.yaml"
    small.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", encoding="utf-8")
    import_evidence(folder, "kubernetes", str(small))
    views = [msgspec.convert(each.facts, Infrastructure) for each in _records(folder)]
    assert [[source.kind for source in view.sources] for view in views] == [
        ["kubernetes"],
        ["kubernetes", "terraform"],
        ["kubernetes", "terraform"],
    ]
    assert {each.source for each in views[1].resources} == {"kubernetes", "terraform"}
    assert {each.source for each in views[2].resources} == {"terraform"}


def test_what_is_joined_ages_from_its_oldest_part(folder):
    plan = import_evidence(folder, "terraform", str(GOLDEN / "terraform" / "clean.plan.json")).records[0]
    joined = import_evidence(folder, "kubernetes", MANIFESTS).records[0]
    assert joined.window_start == plan.window_start
    assert joined.window_end > plan.window_end


def test_another_environment_can_be_named(folder):
    import_evidence(folder, "kubernetes", MANIFESTS, environment="staging")
    assert _records(folder) == []
    assert [each.environment for each in _records(folder, "staging")] == ["staging"]


def test_several_places_are_read_together(folder):
    live = str(GOLDEN / "kubernetes" / "live.json")
    imported = import_evidence(folder, "kubernetes", MANIFESTS, live)
    assert imported.files == 2
    assert imported.records[0].facts["sources"][0]["compared"] is True


def test_places_together_are_bounded(folder, monkeypatch):
    monkeypatch.setattr(gathering, "MOST_BYTES", 20_000)
    imported = import_evidence(folder, "kubernetes", MANIFESTS, MANIFESTS, MANIFESTS)
    assert imported.files == 2
    assert [each.reason for each in imported.rejects] == ["is too much together with the others"]


def test_rejects_are_told_and_the_rest_is_taken(folder, tmp_path):
    (tmp_path / "good.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", encoding="utf-8"
    )
    (tmp_path / "bad.yaml").write_text("just: words\n---\n- 1\n", encoding="utf-8")
    (tmp_path / "link.yaml").symlink_to("/etc/passwd")
    imported = import_evidence(folder, "kubernetes", str(tmp_path))
    assert imported.taken
    wheres = [each.where for each in imported.rejects]
    assert wheres == [
        "link.yaml",
        "bad.yaml, document 1",
        "bad.yaml, document 2",
        "workload/workload.yaml, document 1",
    ]
    [change] = imports_of(folder)
    assert change.details["rejects"] == "4"
    assert len(json.loads(change.details["rejected"])) == 4


def test_nothing_taken_is_nothing_written(folder, tmp_path):
    (tmp_path / "bad.yaml").write_text("just: words\n", encoding="utf-8")
    imported = import_evidence(folder, "kubernetes", str(tmp_path / "bad.yaml"))
    assert not imported.taken
    assert imported.change == ""
    assert imports_of(folder) == []
    assert _records(folder) == []


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda it, scope: msgspec.structs.replace(it, n=-1), "counts -1"),
        (
            lambda it, scope: msgspec.structs.replace(it, window_end=scope.window_end + 9999),
            "from the future",
        ),
        (lambda it, scope: msgspec.structs.replace(it, window_start=it.window_end + 1), "before it begins"),
        (lambda it, scope: msgspec.structs.replace(it, window_start=float("nan")), "no span of time"),
        (
            lambda it, scope: msgspec.structs.replace(it, facts={"a": [{"b": float("nan")}]}),
            "not a number",
        ),
        (
            lambda it, scope: msgspec.structs.replace(it, subject=Subject(policy="sha256:invented")),
            "not about",
        ),
        (lambda it, scope: msgspec.structs.replace(it, environment="rehearsal"), "not about"),
        (lambda it, scope: msgspec.structs.replace(it, collector="gateway@1"), "not about"),
    ],
)
def test_evidence_that_cannot_be_is_refused(folder, tmp_path, with_adapter, make, reason):
    with_adapter(_reading(make))
    file = tmp_path / "a.odd"
    file.write_bytes(b"x")
    imported = import_evidence(folder, "odd", str(file))
    assert not imported.taken
    assert reason in imported.rejects[0].reason
    assert _records(folder) == []


def test_requests_of_traces_stand_in_the_ledger_once(folder, tmp_path, with_adapter):
    def read(materials, scope):
        at = scope.window_start + 5.0
        sound = RequestRecord(
            id="trace-1", opened_at=at, closed_at=at + 1.0, environment=scope.environment, workload="handbook"
        )
        fields = {
            name: getattr(sound, name) for name in ("opened_at", "closed_at", "environment", "workload")
        }
        late = RequestRecord(id="trace-2", **{**fields, "closed_at": at - 1.0})
        full = RequestRecord(id="trace-3", content_stored=True, **fields)
        return Reading(requests=[sound, late, full])

    with_adapter(Adapter("odd", 1, "odd things", ("*.odd",), read))
    file = tmp_path / "a.odd"
    file.write_bytes(b"x")
    for _ in range(2):
        imported = import_evidence(folder, "odd", str(file))
        assert imported.requests == 1
        assert [each.where for each in imported.rejects] == ["trace-2", "trace-3"]
    with opened(folder) as (_, ledger, _):
        assert [each.id for each in ledger.requests(0.0, 1e12)] == ["trace-1"]
        assert ledger.verify().intact


def test_an_adapter_that_fails_takes_nothing(folder, tmp_path, with_adapter):
    def read(materials, scope):
        raise KeyError("secret content")

    with_adapter(replace(_reading(lambda it, _: it), read=read))
    file = tmp_path / "a.odd"
    file.write_bytes(b"x")
    imported = import_evidence(folder, "odd", str(file))
    assert not imported.taken
    [reject] = imported.rejects
    assert "KeyError" in reject.reason
    assert "secret" not in reject.reason


def test_either_all_of_an_import_is_written_or_nothing(folder, monkeypatch):
    def fails(*_):
        raise RuntimeError("the disk is full")

    import colonnade.evidence.ledger as ledger_module

    with monkeypatch.context() as patch:
        patch.setattr(ledger_module, "_add_requests", fails)
        patch.setattr(ledger_module, "_PAGE", 1)
        patch.setattr(importing, "_sound_requests", lambda *_: [object()])
        with pytest.raises(RuntimeError):
            import_evidence(folder, "kubernetes", MANIFESTS)
    assert _records(folder) == []
    assert imports_of(folder) == []


def test_an_unknown_kind_is_said(folder):
    with pytest.raises(FaultyImport, match="kubernetes"):
        import_evidence(folder, "papyrus", MANIFESTS)
