"""A workflow of GitHub Actions becomes jobs: what each runs, what it waits for, and which changes start it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from colonnade.evidence.imported.pipelines import Change, Job, Stage
from colonnade.review.adapters.environments import is_production
from colonnade.review.adapters.repository.changes import ALL, Changes
from colonnade.review.adapters.repository.stages import stages_of


def workflow_jobs(workflows: Mapping[str, dict[str, Any]], changes: Changes) -> list[Job]:
    """The jobs of all workflows of a repository, by file name; one may wait for another or call it."""
    calls = _Calls(workflows)
    made = {file: _Workflow(file, found, calls, changes) for file, found in workflows.items()}
    names = {str(found.get("name", file)): file for file, found in workflows.items()}
    return [job for workflow in made.values() for job in workflow.jobs(made, names)]


class _Workflow:
    """One file."""

    def __init__(self, file: str, found: dict[str, Any], calls: _Calls, changes: Changes) -> None:
        self.file = file
        self.calls = calls
        self.changes = changes
        keys: dict[Any, Any] = found
        triggers = keys.get("on", keys.get(True))  # YAML 1.1 reads the word `on` as true
        self.triggers: dict[str, Any] = _as_mapping(triggers)
        self.described = {
            str(name): job for name, job in _mapping(found.get("jobs")).items() if isinstance(job, dict)
        }

    def jobs(self, made: Mapping[str, _Workflow], names: Mapping[str, str]) -> Iterator[Job]:
        """Its own jobs; where it follows other workflows, their jobs come before."""
        waited = [
            names[name]
            for name in _texts(_mapping(self.triggers.get("workflow_run")).get("workflows"))
            if name in names
        ]
        for name, job in self.described.items():
            if str(job.get("if")) in {"False", "false", "${{ false }}"}:
                continue
            first = [self._named(each) for each in self._needed(name)]
            first += [
                f"{file}/{each}" for file in waited if _if_successful(job) for each in made[file].described
            ]
            started: list[Change] = self.started_by()
            for file in waited:
                started = [kind for kind in ALL if kind in started or kind in made[file].started_by()]
            yield Job(
                name=self._named(name),
                stages=_stages(job, self.calls),
                after=sorted(set(first)),
                started_by=started,
                gates=job.get("continue-on-error") is not True,
                production=is_production(_environment(job)),
            )

    def started_by(self) -> list[Change]:
        """Kinds of change that start it by themselves: by a push, a merge, a tag or a release."""
        if self.triggers.keys() & {"release", "merge_group"}:
            return list(ALL)
        met: set[Change] = set()
        for trigger in ("push", "pull_request"):
            if trigger in self.triggers:
                filters = _mapping(self.triggers[trigger])
                wanted = _texts(filters["paths"]) if "paths" in filters else None
                met |= set(self.changes.met(wanted, _texts(filters.get("paths-ignore"))))
        return [kind for kind in ALL if kind in met]

    def _needed(self, name: str) -> set[str]:
        found: set[str] = set()
        waiting = [name]
        while waiting:
            needs = _texts(_mapping(self.described.get(waiting.pop())).get("needs"))
            waiting += [each for each in needs if each not in found]
            found |= set(needs)
        return found & self.described.keys()

    def _named(self, name: str) -> str:
        return f"{self.file}/{name}"


def _stages(job: dict[str, Any], called: Callable[[str], list[Stage]]) -> list[Stage]:
    steps = [step for step in job.get("steps") or () if isinstance(step, dict)] if _is_list(job) else []
    counted = [it for it in steps if it.get("continue-on-error") is not True and it.get("if") is not False]
    found = stages_of(step["run"] for step in counted if isinstance(step.get("run"), str))
    if _is_local(job):
        found += called(str(job.get("uses", "")).rpartition("/")[2])
    if job.get("environment") and "rollback" not in found:
        found.append("deploy")
    return list(dict.fromkeys(found))


class _Calls:
    """What workflows do that are called by others, each told once."""

    def __init__(self, workflows: Mapping[str, dict[str, Any]]) -> None:
        self._workflows = workflows
        self._known: dict[str, list[Stage]] = {}

    def __call__(self, file: str) -> list[Stage]:
        """The stages of all its jobs; a workflow that calls itself adds nothing."""
        if file not in self._known:
            self._known[file] = []
            jobs = _mapping(self._workflows.get(file, {}).get("jobs")).values()
            self._known[file] = list(
                dict.fromkeys(stage for job in jobs for stage in _stages(_mapping(job), self))
            )
        return self._known[file]


def _environment(job: dict[str, Any]) -> str:
    named = job.get("environment")
    return str(named.get("name", "")) if isinstance(named, dict) else str(named or "")


def _is_list(job: dict[str, Any]) -> bool:
    return isinstance(job.get("steps"), list)


def _is_local(job: dict[str, Any]) -> bool:
    return str(job.get("uses", "")).startswith("./.github/workflows/")


def _if_successful(job: dict[str, Any]) -> bool:
    return "success" in str(job.get("if", ""))


def _as_mapping(triggers: object) -> dict[str, Any]:
    """`on` is a word, a list of words, or a mapping."""
    if isinstance(triggers, dict):
        return {str(name): value for name, value in triggers.items()}
    return dict.fromkeys(_texts(triggers))


def _mapping(value: object) -> dict[str, Any]:
    return msgspec.convert(value, dict[str, Any]) if _plain_keys(value) else {}


def _plain_keys(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(key, str) for key in value)


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
