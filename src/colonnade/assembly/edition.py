"""One version of the workload folder as it serves: its stages, upstreams and indexes, read back and digested."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from colonnade.assembly import stages
from colonnade.assembly.lasting import Lasting
from colonnade.assembly.parts import Parts
from colonnade.assembly.preparation import SearchModels, obtain_models, open_collections
from colonnade.assembly.readback import read_back
from colonnade.assembly.stored import KnowledgeShelf
from colonnade.assembly.subject import subject_of
from colonnade.assembly.upstreams import Site, build_upstreams, runtime_cpu_seconds
from colonnade.assembly.worker import run_folder
from colonnade.cost.budgets.spending import Spend
from colonnade.errors import SetupError
from colonnade.evidence.effective import GatewayConfiguration
from colonnade.evidence.record import Subject
from colonnade.gateway.pipeline import Stage
from colonnade.gateway.upstream.embedded.upstream import EmbeddedUpstream
from colonnade.gateway.upstream.interface import Upstream
from colonnade.gateway.way import Way
from colonnade.knowledge.collection import Collection
from colonnade.operations.announcement import short
from colonnade.registry.models import ModelStore
from colonnade.reliability.drills.faultpoint import FaultPoint
from colonnade.reliability.fleet import Fleet
from colonnade.reliability.spreading import Spread
from colonnade.reliability.transitions import Transitions
from colonnade.sustainability.exclusive import Exclusive
from colonnade.workload.folder import Workload

Pick = Callable[[tuple[Stage, ...]], tuple[Stage, ...]]


class Edition:
    """Everything that is made anew when the folder changes; what did not change is taken over from `before`.

    Args:
        workload: as loaded, free of faults.
        lasting: what outlives it.
        listener: host and port, read back into the configuration.
        pick: chooses the stages that serve.
        before: the version that serves until now.

    Raises:
        SetupError: a model cannot be obtained, a secret read, or an index is missing.
    """

    def __init__(
        self,
        workload: Workload,
        lasting: Lasting,
        *,
        listener: tuple[str, int],
        pick: Pick,
        before: Edition | None = None,
    ) -> None:
        self.workload = workload
        self.parts = _parts(workload, lasting, before)
        self.stages = pick(stages(self.parts))
        self.content = lasting.content_policy(workload)
        self.configuration: GatewayConfiguration = read_back(
            workload,
            self.stages,
            content=self.content,
            pruned=workload.specification.retention,
            listener=listener,
        )
        self.subject = self._subject()
        self.parts.policy_digest, self.parts.release_digest = self.subject.policy, self.subject.digest
        self.way = Way.of(
            self.stages,
            self.parts.upstreams,
            list(workload.specification.routes),
            kinds=self.parts.upstream_kinds,
            revision=short(workload.digest),
        )

    @property
    def spend(self) -> Spend | None:
        """The stage `budget`, where this version has one."""
        return next((stage for stage in self.stages if isinstance(stage, Spend)), None)

    async def look_after_upstreams(self) -> None:
        """One look at the health of every upstream, for the stage that chooses among them."""
        for stage in self.stages:
            if isinstance(stage, Spread) and stage.lookout is not None:
                await stage.lookout.look()

    async def look_for_faults(self) -> None:
        """Notice what a drill armed."""
        for stage in self.stages:
            if isinstance(stage, FaultPoint):
                await stage.look()

    async def retire(self, successor: Edition) -> None:
        """When the last call has left, close what the successor did not take over."""
        await self.way.empty()
        for name, upstream in self.parts.upstreams.items():
            if successor.parts.upstreams.get(name) is not upstream:
                await upstream.close()
        self.parts.fleet.close()
        for name, collection in self.parts.collections.items():
            if successor.parts.collections.get(name) is not collection:
                collection.close()

    def _subject(self) -> Subject:
        live = KnowledgeShelf(self.workload, self.parts.ledger.store).live()
        return subject_of(self.workload, policy=self.configuration.digest, generations=live)


def _parts(workload: Workload, lasting: Lasting, before: Edition | None) -> Parts:
    specification = workload.specification
    files = obtain_models(specification, ModelStore())
    search = before.parts.search if before is not None else SearchModels({})
    search.add(files)
    kept = _kept_upstreams(workload, before) if before is not None else {}
    upstreams = build_upstreams(Site(workload, files, search, lasting.worker), kept)
    return Parts(
        workload=workload,
        ledger=lasting.ledger,
        journal=lasting.journal,
        keyring=lasting.keyring,
        upstreams=upstreams,
        collections=_collections(workload, lasting, search, before),
        search=search,
        labels={name: value for name, value in specification.labels.model_dump().items() if value},
        fleet=_fleet(workload, lasting, before),
        answers=lasting.answers,
        epochs=lasting.epochs,
        library=lasting.library,
        counting=lasting.counting,
        shelf=lasting.shelf,
        processor_meters={
            name: Exclusive(partial(runtime_cpu_seconds, upstream))
            for name, upstream in upstreams.items()
            if isinstance(upstream, EmbeddedUpstream)
        },
        energy_meter=lasting.energy_meter,
        tally=lasting.tally,
        metrics=lasting.metrics,
    )


def _fleet(workload: Workload, lasting: Lasting, before: Edition | None) -> Fleet:
    count = lasting.metrics.count
    return Fleet.of(
        workload.specification,
        folder=run_folder(workload.state),
        workers=lasting.worker.workers,
        before=before.parts.fleet if before is not None else None,
        told=Transitions(lasting.ledger.append_change, count).told,
        count=count,
    )


def _kept_upstreams(workload: Workload, before: Edition) -> Mapping[str, Upstream]:
    """Upstreams whose section, and the models bound to them, did not change: connections and processes stay."""
    old, new = before.workload.specification, workload.specification
    same = [
        name
        for name, section in new.upstreams.items()
        if old.upstreams.get(name) == section and _bound(before.workload, name) == _bound(workload, name)
    ]
    return {name: before.parts.upstreams[name] for name in same}


def _bound(workload: Workload, upstream: str) -> list[tuple[str, str | None, int]]:
    specification = workload.specification
    names = sorted(specification.bound)
    bound = [specification.models[name] for name in names if name in specification.models]
    return [(it.model, it.pin, it.context_tokens) for it in bound if it.upstream == upstream]


def _collections(
    workload: Workload, lasting: Lasting, search: SearchModels, before: Edition | None
) -> dict[str, Collection]:
    if before is None:
        return open_collections(workload, lasting.store, search)
    old, new = before.workload.specification.knowledge, workload.specification.knowledge
    kept = {name: before.parts.collections[name] for name, entry in new.items() if old.get(name) == entry}
    opened = open_collections(workload, lasting.store, search, without=kept)
    for name, collection in opened.items():
        if collection.index.live() is None:
            raise SetupError(f"knowledge.{name} has no index yet: run `colonnade knowledge index`")
    return {**kept, **opened}
