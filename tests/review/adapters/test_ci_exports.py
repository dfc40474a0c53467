"""Runs, deployments and test reports are brought together by commit, and what is cut off says so."""

from __future__ import annotations

from typing import Any

import pytest
from exported import GOLDEN, NOW, golden, material, read, reasons, view_of

from colonnade.evidence.imported.releases import PipelineRuns, Releases
from colonnade.review.adapters.ci.reading import CI
from colonnade.review.adapters.environments import is_production

COMMIT = "9fceb02d0ae598e95dc970b74767f19372d61af8"


def run(**fields: Any) -> dict[str, Any]:
    """An entry of GitHub's list of runs, after its REST documentation."""
    return {
        "id": 7, "name": "ship", "path": ".github/workflows/ship.yml@refs/tags/v1", "head_sha": COMMIT, "head_branch": "v1",
        "status": "completed", "conclusion": "success", "created_at": "2026-11-22T08:00:00Z", **fields,
    }  # fmt: skip


def github(**fields: Any) -> dict[str, Any]:
    """An entry of GitHub's list of deployments."""
    return {
        "id": 1, "sha": COMMIT, "ref": "v1", "task": "deploy", "environment": "production",
        "creator": {"login": "github-actions[bot]", "type": "Bot"}, "created_at": "2026-11-22T09:00:00Z", **fields,
    }  # fmt: skip


def gitlab(**fields: Any) -> dict[str, Any]:
    """An entry of GitLab's list of deployments, after its REST documentation."""
    return {
        "id": 41, "iid": 1, "ref": "main", "sha": COMMIT, "created_at": "2026-11-22T09:00:00.000Z", "status": "success",
        "user": {"username": "noor"}, "environment": {"id": 9, "name": "production"},
        "deployable": {"id": 664, "status": "success", "name": "deploy", "pipeline": {"id": 36, "status": "success"}},
        **fields,
    }  # fmt: skip


def job(**fields: Any) -> dict[str, Any]:
    """An entry of GitLab's list of jobs."""
    return {
        "id": 664, "name": "deploy", "stage": "deploy", "status": "success", "ref": "v1", "tag": True,
        "created_at": "2026-11-22T08:59:00.000Z", "commit": {"id": COMMIT}, **fields,
    }  # fmt: skip


def listed(*runs: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    return {"total_count": len(runs) if total is None else total, "workflow_runs": list(runs)}


def release(*given: Any):
    [found] = view_of(read(CI, *given), Releases).releases
    return found


def test_a_run_of_github():
    found = view_of(read(CI, listed(run())), PipelineRuns)
    [known] = found.runs
    assert (known.id, known.file, known.sha, known.passed, found.complete) == (
        "7",
        "ship.yml",
        COMMIT,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("fields", "passed"),
    [
        ({"conclusion": "failure"}, False),
        ({"conclusion": "cancelled"}, False),
        ({"conclusion": "timed_out"}, False),
        ({"conclusion": "skipped"}, None),
        ({"conclusion": None, "status": "in_progress"}, None),
    ],
)
def test_how_a_run_ended(fields, passed):
    assert view_of(read(CI, listed(run(**fields))), PipelineRuns).runs[0].passed is passed


def test_a_release_of_github_points_to_the_runs_on_its_commit():
    found = release(listed(run(), run(id=8, path=".github/workflows/lint.yml")), [github()])
    assert (found.run, found.passed, found.by_pipeline, found.production) == ("7, 8", True, True, True)


def test_one_failed_run_on_the_commit_makes_it_fail():
    assert release(listed(run(), run(id=8, conclusion="failure")), [github()]).passed is False


def test_without_a_run_nothing_is_known():
    assert (release([github()]).run, release([github()]).passed) == ("", None)


def test_a_person_is_no_pipeline():
    assert not release([github(creator={"login": "ada", "type": "User"})]).by_pipeline
    assert release(
        [github(creator={"login": "ada", "type": "User"}, performed_via_github_app={"id": 1})]
    ).by_pipeline


def test_a_release_of_gitlab_names_its_own_pipeline():
    found = release([gitlab()])
    assert (found.run, found.passed, found.by, found.by_pipeline) == ("36", True, "noor", True)


def test_a_release_of_gitlab_without_a_job_was_made_by_hand():
    found = release([gitlab(deployable=None)])
    assert (found.run, found.by_pipeline) == ("", False)


def test_only_what_succeeded_was_released():
    assert view_of(read(CI, [gitlab(status="failed"), gitlab(id=2)]), Releases).releases[0].id == "2"


def test_jobs_of_gitlab_are_runs_of_its_definition():
    [known] = view_of(read(CI, [job()]), PipelineRuns).runs
    assert (known.file, known.job, known.passed) == (".gitlab-ci.yml", "deploy", True)


def test_failing_tests_on_the_commit_are_counted():
    assert release(listed(run()), [github()], *golden("ci/pytest.xml")).failing_tests == 1


def test_a_report_on_a_commit_that_was_not_released_is_told():
    assert "no release of this commit" in reasons(read(CI, [github(sha="other")], *golden("ci/pytest.xml")))


@pytest.mark.parametrize(
    ("given", "complete"),
    [
        (listed(run(), total=2), False),
        ([listed(run(id=1), total=2), listed(run(id=2), total=2)], True),
    ],
)
def test_runs_that_are_cut_off(given, complete):
    assert view_of(read(CI, given), PipelineRuns).complete is complete


@pytest.mark.parametrize(("count", "complete"), [(29, True), (30, False), (100, False)])
def test_a_whole_page_of_releases_is_probably_not_the_last(count, complete):
    page = [github(id=number) for number in range(count)]
    assert view_of(read(CI, page), Releases).complete is complete
    assert view_of(read(CI, [page]), Releases).complete, "several pages in one list"


def test_old_releases_are_left_out_but_for_the_newest_of_each_environment():
    days = [("2026-01-01", 1, "production"), ("2026-02-01", 2, "production"), ("2026-11-20", 3, "staging")]
    page = [github(created_at=f"{day}T00:00:00Z", id=number, environment=name) for day, number, name in days]
    found = view_of(read(CI, page), Releases)
    assert [it.id for it in found.releases] == ["2", "3"]
    assert found.deployed == [COMMIT]


def test_what_is_dated_after_the_import_is_left_out():
    assert (
        view_of(read(CI, [github(), github(id=2, created_at="2027-01-01T00:00:00Z")]), Releases)
        .releases[0]
        .id
        == "1"
    )


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><testsuites/>", "DTDForbidden"),
        (b"<testsuites>", "ParseError"),
        (b"<html/>", "is no JUnit report: it begins with <html>"),
        (b"<testsuite><testcase/></testsuite>", "names no commit"),
        (b"<?xml version='1.0' encoding='klingon'?><testsuites/>", "is no XML"),
    ],
)
def test_reports_that_are_not_read(xml, reason):
    assert reason in reasons(read(CI, material(xml, "report.xml")))


def test_a_report_that_says_more_failures_than_it_lists_is_believed():
    text = (GOLDEN / "ci" / "pytest.xml").read_bytes().replace(b'failures="1"', b'failures="3"')
    reading = read(CI, [github()], material(text, "report.xml"))
    assert view_of(reading, Releases).releases[0].failing_tests == 3
    assert "3 are counted" in reasons(reading)


def test_faulty_entries_are_rejected_by_their_place():
    reading = read(CI, [github(), github(sha=None), github(id=3, created_at="soon")])
    assert [it.id for it in view_of(reading, Releases).releases] == ["1"]
    assert "export.json[1]" in reasons(reading)
    assert "does not say when" in reasons(reading)


def test_what_is_no_export_is_rejected():
    assert "is no export of runs" in reasons(read(CI, [{"sha": "c"}]))
    assert read(CI, {"total_count": 0, "workflow_runs": []}).records != [], "nothing ran, and that is told"


def test_the_evidence_is_as_old_as_its_import():
    [record] = read(CI, [github()]).records
    assert (record.window_start, record.window_end) == (NOW, NOW)


@pytest.mark.parametrize(
    ("name", "tier", "production"),
    [
        ("production", "", True), ("eu-west", "", True), ("prod/eu", "", True), ("latest", "", True),
        ("staging", "", False), ("review/feature-1", "", False), ("pr-dev", "", False), ("QA", "", False),
        ("eu", "staging", False), ("staging", "production", True),
    ],
)  # fmt: skip
def test_what_production_is(name, tier, production):
    assert is_production(name, tier) is production
