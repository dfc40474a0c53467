"""How much work runs on the batch lane, in what groups, and how long it waits there: read from journal and store."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord
from colonnade.gateway.batches.batch import Batch
from colonnade.performance.evidence import BatchLane


def batch_lane(requests: Sequence[RequestRecord], batches: Sequence[Batch], scope: Scope) -> Record:
    """The batch lane beside all requests that asked a model.

    A row's wait is recorded where its story says so; lengths of waits are those of rows that are done, from the store.
    """
    asked = [request for request in requests if request.reached_upstream]
    rows = [request for request in asked if request.batch]
    seen = {request.batch for request in rows}
    grouped = [batch for batch in batches if batch.id in seen]
    done = sum(batch.completed + batch.failed for batch in grouped)
    view = BatchLane(
        requests=len(asked),
        rows=len(rows),
        rows_with_wait=sum(any(line.stage == "batch" for line in row.decisions) for row in rows),
        batches=len(grouped),
        mean_size=sum(batch.total for batch in grouped) / len(grouped) if grouped else 0.0,
        mean_wait_s=sum(batch.waited_s for batch in grouped) / done if done else 0.0,
        longest_wait_s=max((batch.longest_wait_s for batch in grouped), default=0.0),
    )
    return scope.record(view, kind="telemetry", collector="performance.batching@1", n=len(asked))
