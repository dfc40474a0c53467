"""Before a workload serves, its models are here, its knowledge is indexed, and the ledger knows what is bound."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Mapping
from functools import partial

import msgspec

from colonnade.assembly.subject import pin_of
from colonnade.evidence.change import Change, ChangeKind, operator
from colonnade.evidence.ledger import Ledger
from colonnade.knowledge.collection import Collection, Models, open_collection
from colonnade.knowledge.deferred import DeferredEncoder, DeferredReranker
from colonnade.knowledge.tokens import TokenCounter
from colonnade.performance.similar.stage import embeddings_of
from colonnade.registry.models import SILENT, ModelFiles, ModelStore, Progress
from colonnade.store import Store
from colonnade.workload.endpoints import FILTERS
from colonnade.workload.folder import Workload
from colonnade.workload.specification import Specification


def models_needed(specification: Specification) -> list[str]:
    """Names of `models.toml` that the workload's routes and knowledge use."""
    bound = [specification.models[name] for name in sorted(specification.bound)]
    bound = [it for it in bound if it.model != FILTERS]
    embedded = [it.model for it in bound if specification.upstreams[it.upstream].kind == "embedded"]
    entries = specification.knowledge.values()
    searching = [name for entry in entries for name in (entry.embedding, entry.reranker) if name is not None]
    return list(dict.fromkeys([*searching, *embeddings_of(specification), *embedded]))


def obtain_models(
    specification: Specification, store: ModelStore, progress: Progress = SILENT
) -> dict[str, ModelFiles]:
    """Every model that the workload needs, obtained now where it is missing.

    Raises:
        SetupError: no source had one of them, or the disk is too small.
    """
    return store.ensure_all(models_needed(specification), progress)


class SearchModels:
    """Encoders and rerankers, each loaded once however many collections use it, and not before it is asked.

    `workers` texts are read at a time: one where a gateway shares the cores, all cores where nothing else runs.
    """

    def __init__(self, files: Mapping[str, ModelFiles], *, workers: int = 1) -> None:
        self._files = files
        self._workers = workers
        self._encoders: dict[str, DeferredEncoder] = {}
        self._rerankers: dict[str, DeferredReranker] = {}

    def add(self, files: Mapping[str, ModelFiles]) -> None:
        """More models are here."""
        self._files = {**self._files, **files}

    def encoder(self, name: str) -> DeferredEncoder:
        """The embedding model of that name."""
        if name not in self._encoders:
            self._encoders[name] = DeferredEncoder(self._files[name], self._workers)
        return self._encoders[name]

    def reranker(self, name: str) -> DeferredReranker:
        """The reranking model of that name."""
        if name not in self._rerankers:
            self._rerankers[name] = DeferredReranker(self._files[name], self._workers)
        return self._rerankers[name]

    def of(self, embedding: str, reranker: str | None) -> Models:
        """What a collection is searched with."""
        encoder = self.encoder(embedding)
        return Models(
            encoder=encoder,
            reranker=self.reranker(reranker) if reranker else None,
            counter=TokenCounter(embedding, encoder.count_tokens),
            query_prefix=encoder.query_prefix,
        )

    def verified(self) -> dict[str, str]:
        """Digests of the encoders whose files were verified and loaded, by name."""
        return {name: encoder.digest for name, encoder in self._encoders.items() if encoder.model.loaded}

    def warm(self) -> None:
        """Load every model that was named; blocks.

        Raises:
            SetupError: a file is not what `models.toml` pins, or the extra `local` is not installed.
        """
        for encoder in self._encoders.values():
            encoder.model()
        for reranker in self._rerankers.values():
            reranker.model()


def open_collections(
    workload: Workload, store: Store, models: SearchModels, *, without: Container[str] = ()
) -> dict[str, Collection]:
    """Every entry of `knowledge`, opened; those in `without` are open already."""
    return {
        name: open_collection(
            name,
            entry,
            folder=workload.folder,
            state=workload.state,
            connect=store.connection,
            models=models.of(entry.embedding, entry.reranker),
        )
        for name, entry in workload.specification.knowledge.items()
        if name not in without
    }


def index_knowledge(
    collections: Mapping[str, Collection], ledger: Ledger, told: Callable[[str, str, int, int], None]
) -> None:
    """Bring every index to what its folder holds; a switch is written to the ledger.

    `told` hears the name of the knowledge, the step, how much is done and how much there is.
    """
    for name, collection in collections.items():
        built = collection.refresh(partial(told, name))
        _note(
            ledger, _change("knowledge", name, after=built.switch.after, reason="documents or models changed")
        )


def note_bindings(workload: Workload, ledger: Ledger) -> None:
    """Write what is bound now to the ledger, where it differs from what was written last."""
    specification = workload.specification
    for name in sorted(specification.bound):
        it = specification.models[name]
        details = {"model": it.model, "upstream": it.upstream, "owner": it.owner}
        pin = pin_of(it.pin, it.snapshot, it.model)
        _note(ledger, _change("binding", name, after=pin, reason=it.reason, details=details))
    for name, prompt in sorted(workload.prompts.items()):
        details = {"owner": prompt.owner}
        _note(ledger, _change("prompt", name, after=prompt.version, reason=prompt.purpose, details=details))
    _note(
        ledger, _change("workload", specification.name, after=workload.digest, reason="the folder was loaded")
    )


def _change(
    kind: ChangeKind, name: str, *, after: str, reason: str, details: dict[str, str] | None = None
) -> Change:
    return Change(
        kind=kind,
        name=name,
        at=time.time(),
        actor=operator(),
        reason=reason,
        after=after,
        details=details or {},
    )


def _note(ledger: Ledger, change: Change) -> None:
    """Append the change unless the ledger says so already."""
    known = ledger.changes(kind=change.kind, name=change.name)
    before = known[-1].after if known else ""
    if before != change.after:
        ledger.append_change(msgspec.structs.replace(change, before=before))
