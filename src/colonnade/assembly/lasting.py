"""What a change of the workload folder leaves alone: store, ledger, journal, keys, answers, counters."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from colonnade.assembly.counting import Counting
from colonnade.assembly.worker import Worker, run_folder
from colonnade.evidence.journal import Journal
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.redaction import Redactor
from colonnade.evidence.spooled import ContentPolicy
from colonnade.gateway.metrics import Metrics
from colonnade.gateway.responses.shelf import Shelf
from colonnade.operations.interaction_log import Tally
from colonnade.performance.answers import Answers
from colonnade.performance.epochs import Epochs
from colonnade.performance.similar.library import Library
from colonnade.security.keyring import Keyring
from colonnade.security.keys import ApiKeys
from colonnade.store import Store, open_store
from colonnade.sustainability.exclusive import Exclusive
from colonnade.sustainability.rapl import Rapl
from colonnade.workload.folder import Workload


@dataclass(slots=True)
class Lasting:
    """Made once a process and workload; `close` brings the journal home and closes the store."""

    store: Store
    ledger: Ledger
    journal: Journal
    keyring: Keyring
    answers: Answers
    epochs: Epochs
    counting: Counting
    shelf: Shelf
    energy_meter: Exclusive | None
    library: Library = field(default_factory=Library)
    worker: Worker = field(default_factory=Worker)
    metrics: Metrics = field(default_factory=Metrics)
    tally: Tally = field(default_factory=Tally)

    @classmethod
    def of(cls, workload: Workload, worker: Worker) -> Lasting:
        """For a workload as it was loaded first.

        Raises:
            SetupError: the store cannot be written.
            KeyUnusable: its key is wrong, lost or damaged.
        """
        store = open_store(workload.state)
        ledger = Ledger(store)
        privacy = workload.specification.privacy
        return cls(
            store=store,
            ledger=ledger,
            journal=Journal(
                ledger,
                redact=Redactor(privacy.redact),
                keep=privacy.store_content,
                keeper=worker.keeper,
            ),
            keyring=Keyring(ApiKeys(ledger)),
            answers=Answers(time.monotonic),
            epochs=Epochs(run_folder(workload.state)),
            counting=Counting(workload, ledger),
            shelf=Shelf(store),
            energy_meter=Exclusive(rapl) if (rapl := Rapl.found()) is not None else None,
            worker=worker,
        )

    def start(self) -> None:
        """Begin to carry the journal into the ledger and to follow the keys."""
        self.journal.start()
        self.keyring.start()

    def content_policy(self, workload: Workload) -> ContentPolicy:
        """What this version of the workload keeps of prompts and answers; the journal's own where it applies that."""
        privacy, applied = workload.specification.privacy, self.journal.content_policy
        kinds = list(applied.redact.kinds) if isinstance(applied.redact, Redactor) else []
        if applied.keep == privacy.store_content and set(kinds) == set(privacy.redact):
            return applied
        return ContentPolicy(Redactor(privacy.redact), privacy.store_content, self.ledger.seal)

    def close(self) -> None:
        """End what was started and close the store."""
        self.keyring.stop()
        self.library.close()
        self.store.close()
