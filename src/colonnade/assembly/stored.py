"""The shelf: what knowledge and evaluation data a workload has, read from its store and its folder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from colonnade.knowledge.chunks import Chunk
from colonnade.knowledge.generation import Generation, generations
from colonnade.knowledge.index import Index
from colonnade.knowledge.search import chunk_named
from colonnade.reliability.evidence import DataVersion
from colonnade.security.collect import IndexLineage
from colonnade.store import Store
from colonnade.workload.folder import Workload


@dataclass(frozen=True, slots=True)
class KnowledgeShelf:
    """Indexes and datasets of one workload; needs no model."""

    workload: Workload
    store: Store

    def live(self) -> dict[str, str]:
        """The digest of the live generation of every entry of `knowledge` that has one."""
        found = {name: self._index(name).live() for name in self.workload.specification.knowledge}
        return {name: generation.digest for name, generation in found.items() if generation is not None}

    def resolves(self, source_id: str, generation: str) -> bool:
        """Whether a source id still leads to a passage of that generation."""
        names = self.workload.specification.knowledge
        return any(self._find(name, source_id, generation) is not None for name in names)

    def passage(self, name: str, source_id: str) -> Chunk | None:
        """A passage of the live generation of one knowledge."""
        live = self._index(name).live()
        return self._find(name, source_id, live.digest) if live is not None else None

    def lineage(self) -> list[IndexLineage]:
        """Where every live index comes from."""
        return [
            IndexLineage(
                name=name,
                source=entry.source,
                license=entry.license,
                transform=f"split into passages, embedded with {generation.embedding[:19]}",
                digest=generation.digest,
                documents=generation.documents,
            )
            for name, entry in self.workload.specification.knowledge.items()
            if (generation := self._index(name).live()) is not None
        ]

    def versions(self) -> list[DataVersion]:
        """Every index and evaluation set by the digest of its present version."""
        return [*self._index_versions(), *self._datasets()]

    def _index_versions(self) -> list[DataVersion]:
        return [
            DataVersion(name=name, kind="index", digest=digest, versions=len(self._kept(name)))
            for name, digest in self.live().items()
        ]

    def _datasets(self) -> list[DataVersion]:
        files = sorted((self.workload.folder / "evals").glob("*.jsonl"))
        return [
            DataVersion(
                name=path.name,
                kind="evaluation set",
                digest="sha256:" + hashlib.sha256(path.read_bytes()).hexdigest(),
                versions=1,
            )
            for path in files
        ]

    def _kept(self, name: str) -> Sequence[Generation]:
        index = self._index(name)
        with index.connect() as connection:
            return [one for one in generations(connection, name) if one.state != "building"]

    def _find(self, name: str, source_id: str, generation: str) -> Chunk | None:
        index = self._index(name)
        with index.connect() as connection:
            kept = [one for one in generations(connection, name) if one.digest == generation]
            found = (chunk_named(connection, one.number, source_id) for one in kept)
            return next((chunk for chunk in found if chunk is not None), None)

    def _index(self, name: str) -> Index:
        index = Index(self.store.connection, name)
        index.prepare()
        return index
