"""What batches need beside the running of their rows: validated, stopped, and brought to their end, by one worker each.

Everything here blocks, and may be broken off at any moment: what was half done is done again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from colonnade.errors import NotFound
from colonnade.gateway.batches.batch import REASONS, Batch, LineFault
from colonnade.gateway.batches.endpoints import Endpoints
from colonnade.gateway.batches.output import OutputFile, output_line
from colonnade.gateway.batches.rows import NewRow, RowStore
from colonnade.gateway.batches.store import BatchStore
from colonnade.gateway.batches.validation import Validation
from colonnade.gateway.files.file import BATCH_OUTPUT
from colonnade.gateway.files.store import FileStore
from colonnade.store import schema
from colonnade.workload.sections.serving import Route

_ROWS_AT_ONCE = 200
_STAYS_S = 400 * 86_400.0
"""How long batches that are over are remembered, without their rows and files."""


@dataclass(slots=True)
class Duties:
    """Leads every batch on that can be led on.

    Args:
        batches, rows, files: where everything is.
        endpoints: those that rows may name.
        routes: what serves now, by the names that `model` takes.
        known: the identity of a key by its id, None once it is revoked or expired.
        worker: this worker's name among all that share the store.
        lease_s: how long a claim holds without being renewed, seconds.

    `busy` is the batch that is being validated or finished now, if there is one.
    """

    batches: BatchStore
    rows: RowStore
    files: FileStore
    endpoints: Endpoints
    routes: Callable[[], Mapping[str, Route]]
    known: Callable[[str], object | None]
    worker: str
    lease_s: float
    busy: str = ""

    def tend(self) -> bool:
        """Lead every batch one step on; whether anything changed."""
        changed = [self._tend(batch) for batch in self.batches.active()]
        return any(changed)

    def sweep(self) -> None:
        """Delete what expired or was left behind."""
        self.files.sweep()
        for batch_id in self.rows.left_over():
            self.rows.discard(batch_id)
        self.batches.forget(self.batches.clock() - _STAYS_S)

    def _tend(self, batch: Batch) -> bool:
        now = self.batches.clock()
        if batch.status == "validating":
            return self._alone(batch, self._validate)
        if batch.status == "finalizing":
            return self._alone(batch, self._finish)
        if batch.status == "cancelling":
            self.rows.stop(batch.id, "batch_cancelled", "cancelled")
        elif batch.expires_at <= now:
            self.rows.stop(batch.id, "batch_expired", "expired")
        elif self.known(batch.key_id) is None:
            self._stop_revoked(batch)
        return self.batches.conclude(batch.id)

    def _alone(self, batch: Batch, work: Callable[[Batch], bool]) -> bool:
        """Do the work if no other worker is at it; a claim of work that failed ends by itself."""
        until = self.batches.clock() + self.lease_s
        if not self.batches.claim(batch.id, batch.status, self.worker, until):
            return False
        self.busy = batch.id
        try:
            return work(batch)
        finally:
            self.busy = ""

    def _stop_revoked(self, batch: Batch) -> None:
        if self.rows.stop(batch.id, "key_revoked", "failed"):
            self.batches.fault(batch.id, [LineFault("key_revoked", REASONS["key_revoked"])])

    def _validate(self, batch: Batch) -> bool:
        self.rows.discard(batch.id)  # what a worker wrote that was killed over it
        endpoint, _ = self.endpoints[batch.endpoint]
        validation = Validation(batch.endpoint, endpoint, self.routes())
        try:
            self.files.get(batch.tenant, batch.input_file_id)
        except NotFound:
            faults = [LineFault("file_not_found", "The input file is not there any more.", "input_file_id")]
        else:
            self._write_rows(batch, validation)
            faults = validation.faults
        if faults:
            self.rows.discard(batch.id)
            self.batches.fault(batch.id, faults)
            return self.batches.move(batch.id, ("validating",), "failed")
        total = validation.count
        return self.batches.move(batch.id, ("validating",), "in_progress", total=total) or self._undo(batch)

    def _write_rows(self, batch: Batch, validation: Validation) -> None:
        rows = iter(validation.rows(self.files.parts(batch.input_file_id)))
        for some in _chunks(rows):
            if not validation.faults:
                self.rows.insert(batch.id, some, batch.start_after)

    def _undo(self, batch: Batch) -> bool:
        self.rows.discard(batch.id)  # it was cancelled while it was read
        return False

    def _finish(self, batch: Batch) -> bool:
        output, errors = OutputFile(self.files, batch), OutputFile(self.files, batch)
        for row in self.rows.done(batch.id):
            (errors if row.failed else output).add(output_line(batch, row))
        output.end()
        errors.end()
        if not self._publish(batch, output, errors):
            output.discard()
            errors.discard()
            return False
        self.rows.discard(batch.id)
        return True

    def _publish(self, batch: Batch, output: OutputFile, errors: OutputFile) -> bool:
        """Files and status in one transaction: a batch that is over has its files."""
        mine = schema.batch.c.worker == self.worker
        ids = {"output_file_id": output.draft, "error_file_id": errors.draft}
        with self.batches.store.writing() as connection:
            if not self.batches.move_in(connection, batch.id, ("finalizing",), batch.ending, mine, **ids):
                return False
            for file, what in ((output, "output"), (errors, "errors")):
                if file.draft is not None:
                    name = f"{batch.id}_{what}.jsonl"
                    self.files.keep_in(connection, file.draft, BATCH_OUTPUT, name, batch.output_stays_s)
        return True


def _chunks(rows: Iterator[NewRow]) -> Iterator[list[NewRow]]:
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        yield some
