"""One workload in one gateway process: made, read back, recorded, served, changed with its folder, and ended in order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from colonnade.assembly.batching import Batching
from colonnade.assembly.edition import Edition, Pick
from colonnade.assembly.lasting import Lasting
from colonnade.assembly.parts import Parts
from colonnade.assembly.preparation import note_bindings
from colonnade.assembly.reloading import Reloading, fingerprint, outside
from colonnade.assembly.upstreams import counted_requests, text_runtimes, verified_digests
from colonnade.assembly.worker import Worker, run_folder
from colonnade.cost.collect import budget_configuration
from colonnade.errors import SetupError
from colonnade.evidence.change import Change, operator
from colonnade.evidence.collection import Scope
from colonnade.evidence.effective import GatewayConfiguration
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.minutes import Minute
from colonnade.evidence.record import Subject
from colonnade.evidence.retention import sweep
from colonnade.gateway.application import ENDPOINTS, Gateway, create_app
from colonnade.gateway.capability_list import CapabilityList
from colonnade.gateway.dialects.messages.counting import CountTokens
from colonnade.gateway.heart import Heart
from colonnade.gateway.pipeline import Stage
from colonnade.gateway.readiness import Readiness
from colonnade.gateway.responses.retention import sweep_responses
from colonnade.gateway.responses.service import StoredResponses
from colonnade.gateway.service import Service
from colonnade.gateway.siblings import Siblings
from colonnade.operations.sampler import Sampler
from colonnade.performance.clearing import Clearing
from colonnade.registry.folder import load_workload
from colonnade.reliability.drills.faultpoint import LOOK_S
from colonnade.reliability.health import EVERY_S
from colonnade.security.collect import upstream_usage, verified_models
from colonnade.workload.folder import Workload

DAY_S = 86_400.0


class Serving:
    """A workload ready to be run by an ASGI server; `close` ends what the server does not.

    Args:
        folder: the workload folder; its models must be obtainable and its knowledge indexed.
        host: the address of the listener, read back into the configuration.
        port: its port.
        pick: chooses the stages that serve; tests leave out one and see what the review says.
        worker: which of several processes this is.
    """

    def __init__(
        self,
        folder: Path,
        *,
        host: str,
        port: int,
        pick: Pick = lambda stages: stages,
        worker: Worker | None = None,
    ) -> None:
        seen = fingerprint(folder)
        workload = load_workload(folder)
        self.folder = folder
        self.lasting = Lasting.of(workload, worker or Worker())
        self._listener = (host, port)
        self._pick = pick
        self.edition = Edition(workload, self.lasting, listener=self._listener, pick=pick)
        seen = outside(seen, folder, self._document_folders())
        self._reloading = Reloading(folder, seen, self._document_folders, self.adopt, self._refused)
        self._began = time.time()
        self.batching = Batching(self.lasting, lambda: self.workload.specification)
        self._search_waits = "the search models are loading"
        self._retiring: set[asyncio.Task[None]] = set()
        self._siblings = Siblings(run_folder(workload.state), self.lasting.worker.number)
        self.app = self._application()

    @property
    def workload(self) -> Workload:
        """The workload as it serves now."""
        return self.edition.workload

    @property
    def parts(self) -> Parts:
        """What the stages were made from."""
        return self.edition.parts

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that serve."""
        return self.edition.stages

    @property
    def configuration(self) -> GatewayConfiguration:
        """What the gateway does, read from what serves."""
        return self.edition.configuration

    @property
    def subject(self) -> Subject:
        """What runs now, by digest."""
        return self.edition.subject

    @property
    def ledger(self) -> Ledger:
        """The workload's ledger."""
        return self.lasting.ledger

    def close(self) -> None:
        """Bring everything into the ledger and close the store."""
        self.lasting.journal.stop()
        self._compare_counts()
        for collection in self.parts.collections.values():
            collection.close()
        self.lasting.close()

    async def adopt(self) -> bool:
        """Load the folder as it is now and serve it; False where it serves already.

        Raises:
            ColonnadeError: it cannot be served; the version before goes on.
        """
        edition = await asyncio.to_thread(self._changed)
        if edition is None:
            return False
        await self._restore_spending(edition)
        before, self.edition = self.edition, edition
        self.app.switch(edition.way)
        self.lasting.journal.keep_as(edition.content)
        for runtime in text_runtimes(edition.parts.upstreams):
            runtime.start()
        self._retire(before, edition)
        await asyncio.to_thread(self._record_configuration)
        return True

    def _changed(self) -> Edition | None:
        workload = load_workload(self.folder)
        if workload.digest == self.workload.digest:
            return None
        return Edition(workload, self.lasting, listener=self._listener, pick=self._pick, before=self.edition)

    def _retire(self, before: Edition, successor: Edition) -> None:
        task = asyncio.create_task(before.retire(successor))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def _refused(self, reason: str) -> None:
        told = self.app.readiness.refused_change
        self.app.readiness.refused_change = reason
        if reason and reason != told and self.lasting.worker.first:
            name = self.workload.specification.name
            serving = self.workload.digest
            change = Change(
                kind="workload", name=name, at=time.time(), actor=operator(), reason=f"refused: {reason}",
                before=serving, after=serving,
            )  # fmt: skip
            with suppress(SetupError):
                await asyncio.to_thread(self.ledger.append_change, change)

    def _compare_counts(self) -> None:
        """What upstreams counted beside what the journal has: once, when nothing is under way any more."""
        requests = list(self.ledger.requests(self._began, time.time()))
        record = upstream_usage(counted_requests(self.parts.upstreams), requests, self._began, self._scope())
        with suppress(SetupError):
            self.ledger.append_record(record)

    def _application(self) -> Gateway:
        readiness = Readiness(
            needed={"journal": self._journal_ready}, upstreams={"search": self._search_ready}
        )
        doors = [stage for stage in self.stages if stage.name == "identify"]
        way = self.edition.way
        application = create_app(
            stages=self.stages,
            upstreams=way.upstreams,
            models=way.models,
            doors=doors,
            readiness=readiness,
            metrics=self.lasting.metrics,
            kinds=self.parts.upstream_kinds,
            services=self._services(),
            lifespan=self._life,
            revision=way.revision,
        )
        if not self.lasting.worker.alone:
            application.shown = lambda: self._siblings.counted(self.lasting.metrics)
        return application

    def _services(self) -> list[Service]:
        return [
            *self.batching.services,
            StoredResponses(self.lasting.shelf),
            CountTokens(),
            Clearing(self.lasting.answers, self.lasting.epochs, lambda: self.workload.specification.routes),
            CapabilityList(lambda: self.workload.specification, ENDPOINTS),
        ]

    async def _journal_ready(self) -> str | None:
        return self.lasting.journal.state().failure or None

    async def _search_ready(self) -> str | None:
        return self._search_waits or None

    @asynccontextmanager
    async def _life(self) -> AsyncIterator[None]:
        self.lasting.start()
        await self._restore_spending(self.edition)
        await asyncio.to_thread(self._record_configuration)
        for runtime in text_runtimes(self.parts.upstreams):
            runtime.start()
        duties = [asyncio.create_task(duty) for duty in self._duties()]
        try:
            yield
        finally:
            await _end([*duties, *self._retiring])
            await self.lasting.counting.end()

    def _duties(self) -> list[Duty]:
        sampler = Sampler(self.lasting.metrics, self.lasting.tally, self._keep_minute)
        duties = [
            sampler.forever(),
            self._watch_weights(),
            self._reloading.forever(),
            self.batching.forever(self.app.calls),
            self._look_after_upstreams(),
            self._look_for_faults(),
            Heart.found().forever(),
        ]
        duties += self.lasting.counting.duties()
        if not self.lasting.worker.alone:
            duties.append(self._siblings.tell_forever(self.lasting.metrics))
        return [*duties, self._prune_daily()] if self.lasting.worker.first else duties

    def _document_folders(self) -> list[str]:
        return [entry.folder for entry in self.workload.specification.knowledge.values()]

    def _scope(self) -> Scope:
        now = time.time()
        environment = self.workload.specification.review.environment
        return Scope(environment, self.subject, now, now)

    def _record_configuration(self) -> None:
        if self.lasting.worker.first:
            note_bindings(self.workload, self.ledger)
        configuration = self.configuration
        record = self._scope().record(
            configuration, kind="config", collector="gateway.readback@1", n=len(configuration.routes)
        )
        self.ledger.append_record(record)
        self.ledger.append_record(budget_configuration(self.edition.spend, self._scope()))

    async def _restore_spending(self, edition: Edition) -> None:
        if edition.spend is not None:
            spend = edition.spend
            await self.lasting.counting.restore(edition.workload, spend.governor, spend.holders)

    def _keep_minute(self, minute: Minute) -> None:
        record = self._scope().record(minute, kind="telemetry", collector="operations.sampler@1", n=1)
        # A minute that cannot be kept is a gap that the review sees; the next one is tried again.
        with suppress(SetupError):
            self.ledger.append_record(record)

    async def _watch_weights(self) -> None:
        """Record what the loaders verified, as soon as they did and again after every restart."""
        told: dict[str, str] = {}
        try:
            await asyncio.to_thread(self.parts.search.warm)
            self._search_waits = ""
        except SetupError as error:
            self._search_waits = str(error)
        while True:
            loaded = self._loaded()
            if loaded and loaded != told:
                record = verified_models(self.workload.specification, loaded, (), self._scope())
                await asyncio.to_thread(self.ledger.append_record, record)
                told = loaded
            await asyncio.sleep(1.0)

    def _loaded(self) -> dict[str, str]:
        digests = verified_digests(self.parts.upstreams, self.parts.search)
        bindings = self.workload.specification.models
        return {name: digests[it.model] for name, it in bindings.items() if it.model in digests}

    async def _look_after_upstreams(self) -> None:
        while True:
            await self.edition.look_after_upstreams()
            await asyncio.sleep(EVERY_S)

    async def _look_for_faults(self) -> None:
        while True:
            await self.edition.look_for_faults()
            await asyncio.sleep(LOOK_S)

    async def _prune_daily(self) -> None:
        while True:
            limits = self.workload.specification.retention
            for swept in (sweep, sweep_responses):
                await asyncio.to_thread(swept, self.ledger, limits, now=time.time(), actor="gateway")
            await asyncio.sleep(DAY_S)


Duty = Coroutine[Any, Any, None]


async def _end(duties: Sequence[asyncio.Task[None]]) -> None:
    for duty in duties:
        duty.cancel()
    for duty in duties:
        with suppress(asyncio.CancelledError):
            await duty
