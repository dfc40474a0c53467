"""The ways in which imported evidence is broken: the tool's file says something else, and is imported again."""

from __future__ import annotations

from collections.abc import Callable

from imported_run import bring
from whole import Whole

from colonnade.review.report import Report


def planned(old: str, new: str) -> Callable[[Whole], Report]:
    """The plan says something else, wherever it said the old."""
    return _altered("terraform", "clean.plan.json", old, new)


def listed(old: str, new: str) -> Callable[[Whole], Report]:
    """The account's listing says something else."""
    return _altered("terraform", "inventory.json", old, new)


def written(old: str, new: str) -> Callable[[Whole], Report]:
    """The manifests say something else, and nothing live was given to compare them with."""

    def happens(whole: Whole) -> Report:
        (whole.root / "kubernetes" / "live.json").unlink()
        return _altered("kubernetes", "manifests.yaml", old, new)(whole)

    return happens


def scored(old: str, new: str) -> Callable[[Whole], Report]:
    """The bound model did otherwise."""
    return _altered("inspect", "inspect-small.json", old, new)


def live(old: str, new: str) -> Callable[[Whole], Report]:
    """The cluster has something else than the manifests say."""
    return _altered("kubernetes", "live.json", old, new)


def alerting(old: str, new: str) -> Callable[[Whole], Report]:
    """The monitoring system has loaded something else."""
    return _altered("prometheus-rules", "rules.json", old, new)


def declared(old: str, new: str) -> Callable[[Whole], Report]:
    """The workload file says something else."""

    def happens(whole: Whole) -> Report:
        whole.edit(old, new)
        return whole.review()

    return happens


def without(kind: str, file: str) -> Callable[[Whole], Report]:
    """One of the files is not imported."""

    def happens(whole: Whole) -> Report:
        (whole.root / kind / file).unlink()
        bring(whole, kind)
        return whole.review()

    return happens


def _altered(kind: str, file: str, old: str, new: str) -> Callable[[Whole], Report]:
    def happens(whole: Whole) -> Report:
        path = whole.root / kind / file
        text = path.read_text(encoding="utf-8")
        assert old in text, old
        path.write_text(text.replace(old, new), encoding="utf-8")
        bring(whole, kind)
        return whole.review()

    return happens
