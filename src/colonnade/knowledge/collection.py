"""One `knowledge` entry of the workload file, opened: its folder, its index and the way to search it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from colonnade.knowledge.build import Builder, Built, Progress
from colonnade.knowledge.chunks import Chunker
from colonnade.knowledge.folder import read_folder
from colonnade.knowledge.generation import Generation, Switch, generation_digest
from colonnade.knowledge.index import Index
from colonnade.knowledge.interface import Encoder, Reranker
from colonnade.knowledge.retriever import Retriever
from colonnade.knowledge.tables import Connect
from colonnade.knowledge.tokens import ESTIMATE, TokenCounter
from colonnade.workload.sections.serving import Knowledge


@dataclass(frozen=True, slots=True)
class Models:
    """What a collection is searched with. `query_prefix` is what the embedding model wants before questions."""

    encoder: Encoder
    reranker: Reranker | None = None
    counter: TokenCounter = ESTIMATE
    query_prefix: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """What the index holds beside what the folder holds; `rejects` are of the folder as it is now."""

    knowledge: str
    live: Generation | None
    current: bool
    documents: int
    rejects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents of one folder, indexed and searched."""

    folder: Path
    index: Index
    builder: Builder
    retriever: Retriever

    @property
    def name(self) -> str:
        """The name in the workload file."""
        return self.index.name

    def refresh(self, progress: Progress = lambda *_: None) -> Built:
        """Bring the index to what the folder holds and switch to it.

        Raises:
            SetupError: no such folder, no readable document, or the store cannot be written.
        """
        return self.builder.build(read_folder(self.folder), progress)

    def status(self) -> Status:
        """Whether the live generation is what the folder would give now."""
        corpus = read_folder(self.folder)
        live = self.index.live()
        chunker, encoder = self.builder.chunker, self.builder.encoder
        digest = generation_digest(corpus.documents, chunker.signature, encoder.digest)
        rejects = tuple(str(reject) for reject in corpus.rejects)
        current = live is not None and live.digest == digest
        return Status(self.name, live, current, len(corpus.documents), rejects)

    def activate(self, digest: str) -> Switch:
        """Switch to a kept generation; `digest` may be shortened."""
        return self.index.activate(digest)

    def close(self) -> None:
        """End the worker."""
        self.retriever.close()


def open_collection(
    name: str, entry: Knowledge, *, folder: Path, state: Path, connect: Connect, models: Models
) -> Collection:
    """Open one entry of `knowledge`; creates the index tables if they are missing.

    Args:
        name: the entry's name.
        entry: the entry.
        folder: the workload folder, to which the entry's folder is relative.
        state: the state folder, for the lock of builds.
        connect: `Store.connection`.
        models: the encoder named by the entry, and the reranker if it names one.
    """
    index = Index(connect, name)
    index.prepare()
    chunker = Chunker(entry.chunk_tokens, entry.overlap_tokens, models.counter)
    builder = Builder(index, chunker, models.encoder, state / "knowledge.lock")
    retriever = Retriever(index, models.encoder, models.reranker, entry.candidates, models.query_prefix)
    return Collection(folder / entry.folder, index, builder, retriever)
