"""One gateway process: everything is made, read back, recorded, served, and ended in order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from colonnade.assembly import stages
from colonnade.assembly.parts import Parts
from colonnade.assembly.preparation import SearchModels, obtain_models, open_collections
from colonnade.assembly.readback import read_back
from colonnade.assembly.stored import KnowledgeShelf
from colonnade.assembly.subject import subject_of
from colonnade.assembly.upstreams import (
    build_upstreams,
    counted_requests,
    runtime_cpu_seconds,
    text_runtimes,
    verified_digests,
)
from colonnade.errors import SetupError
from colonnade.evidence.collection import Scope
from colonnade.evidence.effective import GatewayConfiguration
from colonnade.evidence.journal import Journal
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.minutes import Minute
from colonnade.evidence.record import Subject
from colonnade.evidence.redaction import Redactor
from colonnade.evidence.retention import sweep
from colonnade.gateway.application import Gateway, create_app
from colonnade.gateway.pipeline import Stage
from colonnade.gateway.readiness import Readiness
from colonnade.gateway.server import listen
from colonnade.gateway.server import serve as run_server
from colonnade.gateway.upstream.embedded.upstream import EmbeddedUpstream
from colonnade.operations.sampler import Sampler
from colonnade.performance.answers import Answers
from colonnade.registry.folder import load_workload
from colonnade.registry.models import ModelStore
from colonnade.security.collect import upstream_usage, verified_models
from colonnade.security.keyring import Keyring
from colonnade.security.keys import ApiKeys
from colonnade.store import open_store
from colonnade.sustainability.exclusive import Exclusive
from colonnade.sustainability.rapl import Rapl
from colonnade.workload.folder import Workload

DAY_S = 86_400.0
Pick = Callable[[tuple[Stage, ...]], tuple[Stage, ...]]


class Serving:
    """A gateway ready to be run by an ASGI server; `close` ends what the server does not.

    Args:
        folder: the workload folder; its models must be obtainable and its knowledge indexed.
        host: the address of the listener, read back into the configuration.
        port: its port.
        pick: chooses the stages that serve; tests leave out one and see what the review says.
    """

    def __init__(self, folder: Path, *, host: str, port: int, pick: Pick = lambda stages: stages) -> None:
        self.workload = load_workload(folder)
        self.store = open_store(self.workload.state)
        self.ledger = Ledger(self.store)
        self.parts = _parts(self.workload, self.ledger)
        self.stages = pick(stages(self.parts))
        self._pruned = self.workload.specification.retention
        self.configuration = read_back(
            self.workload,
            self.stages,
            content=self.parts.journal.content_policy,
            pruned=self._pruned,
            listener=(host, port),
        )
        self.subject = self._subject()
        self.parts.policy_digest, self.parts.release_digest = self.subject.policy, self.subject.digest
        self._began = time.time()
        self._search_waits = "the search models are loading"
        self.app = self._application()

    def close(self) -> None:
        """Bring everything into the ledger and close the store."""
        self.parts.journal.stop()
        self._compare_counts()
        self.parts.keyring.stop()
        for collection in self.parts.collections.values():
            collection.close()
        self.store.close()

    def _compare_counts(self) -> None:
        """What upstreams counted beside what the journal has: once, when nothing is under way any more."""
        requests = list(self.ledger.requests(self._began, time.time()))
        record = upstream_usage(counted_requests(self.parts.upstreams), requests, self._began, self._scope())
        with suppress(SetupError):
            self.ledger.append_record(record)

    def _subject(self) -> Subject:
        live = KnowledgeShelf(self.workload, self.store).live()
        return subject_of(self.workload, policy=self.configuration.digest, generations=live)

    def _application(self) -> Gateway:
        readiness = Readiness(
            needed={"journal": self._journal_ready}, upstreams={"search": self._search_ready}
        )
        doors = [stage for stage in self.stages if stage.name == "identify"]
        return create_app(
            stages=self.stages,
            upstreams=self.parts.upstreams,
            models=list(self.workload.specification.routes),
            doors=doors,
            readiness=readiness,
            metrics=self.parts.metrics,
            kinds=self.parts.upstream_kinds,
            lifespan=self._life,
        )

    async def _journal_ready(self) -> str | None:
        return self.parts.journal.state().failure or None

    async def _search_ready(self) -> str | None:
        return self._search_waits or None

    @asynccontextmanager
    async def _life(self) -> AsyncIterator[None]:
        self.parts.journal.start()
        self.parts.keyring.start()
        await asyncio.to_thread(self._record_configuration)
        sampler = Sampler(self.parts.metrics, self.parts.tally, self._keep_minute)
        for runtime in text_runtimes(self.parts.upstreams):
            runtime.start()
        duties = [
            asyncio.create_task(duty)
            for duty in (sampler.forever(), self._watch_weights(), self._prune_daily())
        ]
        try:
            yield
        finally:
            await _end(duties)

    def _scope(self) -> Scope:
        now = time.time()
        environment = self.workload.specification.review.environment
        return Scope(environment, self.subject, now, now)

    def _record_configuration(self) -> None:
        configuration: GatewayConfiguration = self.configuration
        record = self._scope().record(
            configuration, kind="config", collector="gateway.readback@1", n=len(configuration.routes)
        )
        self.ledger.append_record(record)

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

    async def _prune_daily(self) -> None:
        while True:
            await asyncio.to_thread(sweep, self.ledger, self._pruned, now=time.time(), actor="gateway")
            await asyncio.sleep(DAY_S)


def _parts(workload: Workload, ledger: Ledger) -> Parts:
    specification = workload.specification
    files = obtain_models(specification, ModelStore())
    search = SearchModels(files)
    upstreams = build_upstreams(workload, files, search)
    privacy = specification.privacy
    return Parts(
        workload=workload,
        ledger=ledger,
        journal=Journal(ledger, redact=Redactor(privacy.redact), keep=privacy.store_content),
        keyring=Keyring(ApiKeys(ledger)),
        upstreams=upstreams,
        collections=open_collections(workload, ledger.store, search),
        search=search,
        labels={name: value for name, value in specification.labels.model_dump().items() if value},
        answers=Answers(time.monotonic),
        processor_meters={
            name: Exclusive(partial(runtime_cpu_seconds, upstream))
            for name, upstream in upstreams.items()
            if isinstance(upstream, EmbeddedUpstream)
        },
        energy_meter=Exclusive(rapl) if (rapl := Rapl.found()) is not None else None,
    )


async def _end(duties: Sequence[asyncio.Task[None]]) -> None:
    for duty in duties:
        duty.cancel()
    for duty in duties:
        with suppress(asyncio.CancelledError):
            await duty


def serve(folder: Path, host: str, port: int) -> None:
    """Serve until told to stop; blocks.

    Raises:
        ColonnadeError: the port, the workload, its store or its models do not allow a start.
    """
    listener = listen(host, port)
    serving = Serving(folder, host=host, port=port)
    try:
        run_server(serving.app, listener)
    finally:
        serving.close()
