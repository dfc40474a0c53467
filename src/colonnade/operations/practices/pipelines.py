"""Guide sections 2.1 and FAQ 9: one pipeline tests, gates, deploys and can undo every change, and nobody goes around it."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.evidence.imported.pipelines import Change, Job, Pipelines, Stage, Tags
from colonnade.evidence.imported.releases import PipelineRun, PipelineRuns, Release, Releases
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, met, unmet

GATES: tuple[Stage, ...] = ("test", "evaluate")
EVERY_CHANGE: tuple[Change, ...] = ("code", "models", "prompts")


@signal(
    "OPS-01",
    3,
    improve="apply from a job of the pipeline that a tag starts, commit its definition, and import its runs:"
    " `colonnade evidence import ci DIR`",
)
def what_was_applied_came_from_a_tag(runs: PipelineRuns, tags: Tags, pipelines: Pipelines) -> Verdict:
    """The newest successful run of a job that applies a plan was on a tagged commit."""
    applying = [job for job in pipelines.jobs if "apply" in job.stages]
    if not applying:
        return insufficient("no committed pipeline definition applies a plan")
    if not runs.complete:
        return insufficient("the export of runs is cut off")
    applied = [run for run in runs.runs if run.passed and _is_run_of(run, applying)]
    if not applied:
        return insufficient(f"no successful run of {', '.join(job.name for job in applying)} is exported")
    newest = max(applied, key=lambda run: run.at)
    names = [tag.name for tag in tags.tags if tag.commit == newest.sha]
    told = f"run {newest.id} applied {newest.sha[:12]}"
    return holds(bool(names), f"{told}, tagged {', '.join(names)}", f"{told}, which no tag names")


def _is_run_of(run: PipelineRun, jobs: Sequence[Job]) -> bool:
    """By the definition's file, and by the job where the export names jobs."""
    return any(
        job.name == f"{run.file}/{run.job}" if run.job else job.name.startswith(f"{run.file}/")
        for job in jobs
    )


@signal(
    "OPS-02",
    1,
    improve="let the deploying job wait for a job that tests and one that evaluates (`colonnade review --gate`), start it for"
    " changes of code, models and prompts, and define a job that rolls back",
)
def one_pipeline_gates_every_change(pipelines: Pipelines) -> Verdict:
    """A job deploys only after tests and an evaluation, whatever was changed, and another one can undo it."""
    deploying = [job for job in pipelines.jobs if "deploy" in job.stages and job.production]
    if not deploying:
        unread = f"; not read: {', '.join(pipelines.unread)}" if pipelines.unread else ""
        return (insufficient if unread else unmet)(f"no committed pipeline definition deploys{unread}")
    problems = [f"{job.name} {gap}" for job in deploying for gap in _gaps(job, pipelines)]
    if not any("rollback" in job.stages for job in pipelines.jobs):
        problems.append("no job rolls back")
    names = ", ".join(job.name for job in deploying)
    return holds(
        not problems, f"{names} waits for tests and evaluation; a job rolls back", "; ".join(problems)
    )


def _gaps(job: Job, pipelines: Pipelines) -> list[str]:
    earlier = job.stages[: job.stages.index("deploy")]
    before = [each for each in pipelines.named(job.after) if each.gates]
    passed = {*earlier, *(stage for each in before for stage in each.stages)}
    gaps = [f"does not wait for a job that {stage}s" for stage in GATES if stage not in passed]
    gates = [each for each in (job, *before) if {*GATES, "deploy"} & set(each.stages)]
    missed = sorted(kind for kind in EVERY_CHANGE if not all(kind in each.started_by for each in gates))
    return gaps + ([f"is not gated for changes of {', '.join(missed)}"] if missed else [])


@signal(
    "OPS-02",
    2,
    improve="deploy from the pipeline alone, and import its releases and runs: `colonnade evidence import ci DIR`",
)
def every_release_points_to_a_passing_run(releases: Releases) -> Verdict:
    """All production releases of the window point to a pipeline run that passed, with no failing test report."""
    counted = _in_production(releases)
    if isinstance(counted, Verdict):
        return counted
    failed = [_named(it) for it in counted if it.passed is False or it.failing_tests]
    if failed:
        return unmet(f"released without a passing run: {', '.join(failed)}", n=len(counted))
    open_yet = [_named(it) for it in counted if it.passed is None or not it.run]
    if open_yet:
        return insufficient(f"no run is known of: {', '.join(open_yet)}", n=len(counted))
    return met(f"{len(counted)} production releases, each with a run that passed", n=len(counted))


@signal(
    "OPS-19",
    2,
    improve="take the right to deploy from people: only the pipeline's identity promotes to production",
)
def only_the_pipeline_promotes(releases: Releases) -> Verdict:
    """All production releases of the window, prompts among them, were done by the pipeline's identity."""
    counted = _in_production(releases)
    if isinstance(counted, Verdict):
        return counted
    by_hand = [f"{_named(it)} by {it.by or 'somebody'}" for it in counted if not it.by_pipeline]
    if by_hand:
        return unmet(f"promoted by hand: {', '.join(by_hand)}", n=len(counted))
    return met(f"{len(counted)} promotions, all by the pipeline", n=len(counted))


def _in_production(releases: Releases) -> Sequence[Release] | Verdict:
    counted = [it for it in releases.releases if it.production]
    if not releases.complete:
        return insufficient("the export of releases is cut off", n=len(counted))
    return counted or insufficient("no production release is exported")


def _named(release: Release) -> str:
    return f"{release.id} ({release.sha[:12]})"
