"""Composition root: the one place that knows every pillar. The way of a request is the tuple in `stages`."""

from __future__ import annotations

from colonnade.assembly.parts import Parts
from colonnade.assembly.worker import run_folder
from colonnade.cost.metering import Meter
from colonnade.cost.prices import PriceBook
from colonnade.gateway.direct import Direct
from colonnade.gateway.pipeline import Stage
from colonnade.gateway.read import Read
from colonnade.gateway.responses.conversation import ContinueConversation
from colonnade.operations.announcement import Announce
from colonnade.operations.interaction_log import KeepJournal
from colonnade.operations.rendering import Render
from colonnade.performance.cache import ExactCache
from colonnade.performance.cache_key import releases_of
from colonnade.performance.output_cap import OutputCap
from colonnade.performance.similar.stage import SimilarCache
from colonnade.reliability.deadline import Deadline
from colonnade.reliability.drills.arming import Control
from colonnade.reliability.drills.faultpoint import FaultPoint
from colonnade.reliability.health import Lookout
from colonnade.reliability.spreading import Spread
from colonnade.responsibility.disclosure import Disclose
from colonnade.security.identity import Identify
from colonnade.sustainability.estimators import estimators
from colonnade.sustainability.footprint import FootprintMeter
from colonnade.usecase.constraining import Constrain
from colonnade.usecase.retrieval import Retrieve


def stages(parts: Parts) -> tuple[Stage, ...]:
    """The way of a model call, first to last; after the last one the upstream is asked."""
    specification, meter = parts.workload.specification, Meter(PriceBook.of(parts.workload.specification))
    return (
        Identify(parts.keyring),
        Read(),
        Direct(specification.routes, specification.models),
        ContinueConversation(parts.shelf, keeps=specification.privacy.store_content != "digest"),
        Announce(parts.release),
        KeepJournal(parts.journal, parts.surroundings, parts.tally),
        Deadline(),
        *parts.counting.limiting(parts.workload, meter),
        meter,
        FootprintMeter(estimators(specification), parts.processor_meters, parts.energy_meter),
        Disclose(),
        Retrieve(parts.retrievers),
        Render(parts.workload.prompts, specification.prompts.untrusted_delimiter),
        OutputCap(),
        *_caches(parts),
        *parts.counting.spending(parts.workload, meter),
        _spread(parts),
        *_constrain(parts),
        *parts.counting.limiting_models(parts.workload, meter),
        *_fault_point(parts),
    )


def _constrain(parts: Parts) -> tuple[Constrain, ...]:
    """Behind the choice of a target, so that each one is seen before it is asked."""
    stage = Constrain.of(parts.workload.specification)
    return () if stage is None else (stage,)


def _fault_point(parts: Parts) -> tuple[FaultPoint, ...]:
    """Last, so that everything which contains a fault stands around it."""
    specification = parts.workload.specification
    if not specification.drills.fault_points:
        return ()
    control = Control.of(parts.ledger.store, run_folder(parts.workload.state))
    return (FaultPoint(control, specification.upstreams),)


def _caches(parts: Parts) -> tuple[Stage, ...]:
    specification = parts.workload.specification
    exact = ExactCache(parts.answers, parts.policy, releases_of(specification), parts.epochs)
    similar = SimilarCache.of(specification, exact, parts.library, parts.search.encoder)
    return (exact,) if similar is None else (exact, similar)


def _spread(parts: Parts) -> Spread:
    return Spread(parts.fleet, Lookout(parts.fleet.upstreams, parts.upstreams))
