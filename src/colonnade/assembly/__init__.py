"""Composition root: the one place that knows every pillar. The way of a request is the tuple in `stages`."""

from __future__ import annotations

from colonnade.assembly.parts import Parts
from colonnade.assembly.reviewing import review_workload
from colonnade.assembly.worker import run_folder
from colonnade.cost.metering import Meter
from colonnade.cost.prices import PriceBook
from colonnade.gateway.direct import Direct
from colonnade.gateway.pipeline import Stage
from colonnade.gateway.read import Read
from colonnade.operations.announcement import Announce
from colonnade.operations.interaction_log import KeepJournal
from colonnade.operations.rendering import Render
from colonnade.performance.cache import ExactCache
from colonnade.performance.output_cap import OutputCap
from colonnade.reliability.deadline import Deadline
from colonnade.reliability.fleet import Fleet
from colonnade.reliability.health import Lookout
from colonnade.reliability.spreading import Spread
from colonnade.reliability.transitions import Transitions
from colonnade.responsibility.disclosure import Disclose
from colonnade.security.identity import Identify
from colonnade.sustainability.estimators import estimators
from colonnade.sustainability.footprint import FootprintMeter
from colonnade.usecase.retrieval import Retrieve

__all__ = ["review_workload", "stages"]


def stages(parts: Parts) -> tuple[Stage, ...]:
    """The way of a model call, first to last; after the last one the upstream is asked."""
    specification = parts.workload.specification
    return (
        Identify(parts.keyring),
        Read(),
        Direct(specification.routes, specification.models),
        Announce(parts.release),
        KeepJournal(parts.journal, parts.surroundings, parts.tally),
        Deadline(),
        Meter(PriceBook.of(specification)),
        FootprintMeter(estimators(specification), parts.processor_meters, parts.energy_meter),
        Disclose(),
        Retrieve(parts.retrievers),
        Render(parts.workload.prompts, specification.prompts.untrusted_delimiter),
        OutputCap.of(specification),
        ExactCache(parts.answers, parts.policy),
        _spread(parts),
    )


def _spread(parts: Parts) -> Spread:
    transitions = Transitions(parts.ledger.append_change)
    folder = run_folder(parts.workload.state)
    fleet = Fleet.of(parts.workload.specification, folder=folder, told=transitions.told)
    return Spread(fleet, Lookout(fleet.upstreams, parts.upstreams))
