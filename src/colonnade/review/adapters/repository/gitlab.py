"""A `.gitlab-ci.yml` becomes jobs: what each runs, what it waits for, and which changes start it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from colonnade.evidence.imported.pipelines import Change, Job, Stage
from colonnade.review.adapters.environments import is_production
from colonnade.review.adapters.repository.changes import ALL, Changes
from colonnade.review.adapters.repository.stages import stages_of

FILE = ".gitlab-ci.yml"
STAGES = [".pre", "build", "test", "deploy", ".post"]
_NO_JOBS = frozenset(
    {
        "default", "include", "stages", "variables", "workflow", "image", "services", "cache", "before_script",
        "after_script", "pages", "spec",
    }
)  # fmt: skip
DEEPEST = 11
MOST_BASES = 11
"""Levels and number of templates that a job extends; GitLab allows eleven of either."""


def gitlab_jobs(found: dict[str, Any], changes: Changes) -> list[Job]:
    """The jobs of the definition; templates (`.name`) are followed, what is included from elsewhere is not."""
    return list(_Definition(found, changes).jobs())


class _Definition:
    def __init__(self, found: dict[str, Any], changes: Changes) -> None:
        self.found = found
        self.changes = changes
        self.templates: dict[str, dict[str, Any]] = {}
        stages = found.get("stages")
        self.stages = [str(each) for each in stages] if isinstance(stages, list) else STAGES
        self.described = {
            str(name): self._whole(job, 0)
            for name, job in found.items()
            if isinstance(job, dict) and name not in _NO_JOBS and not str(name).startswith(".")
        }

    def jobs(self) -> Iterator[Job]:
        for name, job in self.described.items():
            if job.get("when") == "never":
                continue
            yield Job(
                name=f"{FILE}/{name}",
                stages=self._stages(job),
                after=sorted(f"{FILE}/{each}" for each in self._before(name)),
                started_by=self._started_by(job),
                gates=_gates(job),
                production=_in_production(job),
            )

    def _whole(self, job: dict[str, Any], depth: int) -> dict[str, Any]:
        """The job over the templates that it extends, the last named of them nearest."""
        named = job.get("extends")
        bases = [named] if isinstance(named, str) else named if isinstance(named, list) else []
        whole: dict[str, Any] = {}
        for base in bases[:MOST_BASES] if depth < DEEPEST else ():
            whole |= self._template(base, depth + 1) if isinstance(base, str) else {}
        return whole | job

    def _template(self, name: str, depth: int) -> dict[str, Any]:
        """A template with those that it extends itself; each is put together once."""
        if name not in self.templates:
            self.templates[name] = {}  # one that extends itself adds nothing
            found = self.found.get(name)
            self.templates[name] = self._whole(found, depth) if isinstance(found, dict) else {}
        return self.templates[name]

    def _stages(self, job: dict[str, Any]) -> list[Stage]:
        scripts = [*_lines(job.get("before_script")), *_lines(job.get("script"))]
        found = stages_of(scripts)
        environment = job.get("environment")
        stops = isinstance(environment, dict) and str(environment.get("action", "start")) != "start"
        if environment and not stops and "rollback" not in found:
            found.append("deploy")
        return list(dict.fromkeys(found))

    def _before(self, name: str) -> set[str]:
        """Jobs of earlier stages; with `needs`, those alone and what they need."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            new = self._directly_before(waiting.pop()) - found
            found |= new
            waiting += new
        return found

    def _directly_before(self, name: str) -> set[str]:
        job = self.described[name]
        needs = job.get("needs")
        if isinstance(needs, list):
            named = {str(each.get("job")) if isinstance(each, dict) else str(each) for each in needs}
            return named & self.described.keys()
        place = self._place(job)
        return {other for other, it in self.described.items() if self._place(it) < place}

    def _place(self, job: dict[str, Any]) -> int:
        stage = str(job.get("stage", "test"))
        return self.stages.index(stage) if stage in self.stages else len(self.stages)

    def _started_by(self, job: dict[str, Any]) -> list[Change]:
        rules = job.get("rules")
        if not isinstance(rules, list):
            return list(ALL)
        met: set[Change] = set()
        for rule in rules:
            if isinstance(rule, dict) and rule.get("when") != "never":
                met |= set(self.changes.met(_paths(rule.get("changes"))))
        return [kind for kind in ALL if kind in met]


def _paths(changes: object) -> list[str] | None:
    listed = changes.get("paths") if isinstance(changes, dict) else changes
    return [str(each) for each in listed] if isinstance(listed, list) else None


def _in_production(job: dict[str, Any]) -> bool:
    named = job.get("environment")
    if isinstance(named, dict):
        return is_production(str(named.get("name", "")), str(named.get("deployment_tier", "")))
    return is_production(str(named or ""))


def _gates(job: dict[str, Any]) -> bool:
    """A manual job lets the next stage run unless it says otherwise."""
    return not job.get("allow_failure", job.get("when") == "manual")


def _lines(script: object) -> list[str]:
    if isinstance(script, str):
        return [script]
    return [str(each) for each in script if isinstance(each, str)] if isinstance(script, list) else []
