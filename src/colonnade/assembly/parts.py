"""The parts of one serving process, made once and handed to the stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from colonnade.assembly.counting import Counting
from colonnade.assembly.preparation import SearchModels
from colonnade.evidence.journal import Journal
from colonnade.evidence.ledger import Ledger
from colonnade.gateway.metrics import Metrics
from colonnade.gateway.responses.shelf import Shelf
from colonnade.gateway.upstream.interface import Upstream
from colonnade.knowledge.collection import Collection
from colonnade.knowledge.retriever import Retriever
from colonnade.operations.interaction_log import Surroundings, Tally
from colonnade.performance.answers import Answers
from colonnade.performance.epochs import Epochs
from colonnade.performance.similar.library import Library
from colonnade.reliability.fleet import Fleet
from colonnade.security.keyring import Keyring
from colonnade.sustainability.exclusive import Exclusive
from colonnade.workload.folder import Workload


@dataclass(slots=True)
class Parts:
    """Everything that stages need; `labels` are those of the workload file."""

    workload: Workload
    ledger: Ledger
    journal: Journal
    keyring: Keyring
    upstreams: Mapping[str, Upstream]
    collections: Mapping[str, Collection]
    search: SearchModels
    labels: Mapping[str, str]
    fleet: Fleet
    answers: Answers
    epochs: Epochs
    library: Library
    counting: Counting
    shelf: Shelf
    processor_meters: Mapping[str, Exclusive] = field(default_factory=dict)
    energy_meter: Exclusive | None = None
    tally: Tally = field(default_factory=Tally)
    metrics: Metrics = field(default_factory=Metrics)
    policy_digest: str = ""
    release_digest: str = ""

    @property
    def surroundings(self) -> Surroundings:
        """What every record of this process has in common."""
        specification = self.workload.specification
        return Surroundings(
            specification.review.environment,
            specification.name,
            self.labels,
            self.policy,
            self.release,
            self.workload.digest,
        )

    @property
    def upstream_kinds(self) -> dict[str, str]:
        """The kind of every upstream by its name."""
        return {name: upstream.kind for name, upstream in self.workload.specification.upstreams.items()}

    @property
    def retrievers(self) -> dict[str, Retriever]:
        """What searches every entry of `knowledge`."""
        return {name: collection.retriever for name, collection in self.collections.items()}

    def policy(self) -> str:
        """The digest of the effective configuration; empty until the gateway read itself back."""
        return self.policy_digest

    def release(self) -> str:
        """The digest of everything that runs together; empty until the gateway read itself back."""
        return self.release_digest
