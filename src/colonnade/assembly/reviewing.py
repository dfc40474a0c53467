"""A workload is reviewed: what can be observed now is collected, recorded, and judged."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path

from colonnade.assembly.observing import look, observe
from colonnade.assembly.opened import opened
from colonnade.assembly.stored import KnowledgeShelf
from colonnade.assembly.subject import subject_of
from colonnade.assembly.waiving import waivers_of
from colonnade.evidence.collection import Scope
from colonnade.evidence.effective import GatewayConfiguration
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.newest import LedgerShelf
from colonnade.evidence.record import Environment, Subject
from colonnade.evidence.view import topic_of
from colonnade.review.catalogue import catalogue
from colonnade.review.report import Report
from colonnade.review.review import review
from colonnade.review.signal import SignalJudge, judges_beneath
from colonnade.security.keys import ApiKeys
from colonnade.workload.folder import Workload
from colonnade.workload.sections.promises import Sampling

PILLAR_PACKAGES = (
    "usecase", "operations", "security", "reliability", "performance", "cost", "sustainability", "responsibility",
)  # fmt: skip


@cache
def judges() -> tuple[SignalJudge, ...]:
    """Every judge of the eight pillars."""
    return judges_beneath(
        *(importlib.import_module(f"colonnade.{pillar}.practices") for pillar in PILLAR_PACKAGES)
    )


def review_workload(folder: Path, environment: Environment | None, now: float) -> Report:
    """Observe the workload, record what was seen, and judge it.

    Args:
        folder: the workload folder.
        environment: which environment to review; `review.environment` of the file if None.
        now: the moment of the review, seconds since the epoch.
    """
    with opened(folder) as (workload, ledger, shelf):
        return review_opened(workload, ledger, shelf, environment, now)


def review_opened(
    workload: Workload, ledger: Ledger, shelf: KnowledgeShelf, environment: Environment | None, now: float
) -> Report:
    """The same, in a folder that is open already."""
    reviewed = environment or workload.specification.review.environment
    subject = current_subject(workload, ledger, shelf.live(), reviewed)
    scope = scope_of(workload, subject, reviewed, now)
    for record in observe(look(workload, ledger, ApiKeys(ledger), shelf, scope)):
        ledger.append_record(record)
    return judge(workload, ledger, subject, reviewed, now)


def judge(
    workload: Workload, ledger: Ledger, subject: Subject, environment: Environment, now: float
) -> Report:
    """Judge what the ledger holds, without observing anything new."""
    return review(
        catalogue(),
        judges(),
        specification=workload.specification,
        subject=subject,
        records=LedgerShelf(ledger.store, environment),
        waivers=waivers_of(workload.folder),
        now=now,
        environment=environment,
    )


def current_subject(
    workload: Workload, ledger: Ledger, generations: dict[str, str], environment: Environment
) -> Subject:
    """What runs now; the policy is what the gateway last said of itself."""
    return subject_of(workload, policy=running_policy(ledger, environment), generations=generations)


def running_policy(ledger: Ledger, environment: Environment) -> str:
    """The digest of the configuration that the gateway last read back; empty where it never ran."""
    topic = topic_of(GatewayConfiguration)
    assert topic is not None, "GatewayConfiguration is a view"
    newest = ledger.newest(topic.name, environment)
    return newest.subject.policy if newest is not None else ""


def scope_of(workload: Workload, subject: Subject, environment: Environment, now: float) -> Scope:
    """The window that the environment's sampling asks for, ending now."""
    sampling = workload.specification.review.sampling.get(environment) or Sampling()
    return Scope(environment, subject, now - sampling.window_hours * 3600.0, now)
