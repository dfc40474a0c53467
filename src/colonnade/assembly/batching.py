"""Files and batches of one workload: what answers for them, and what runs their rows beside the calls of others."""

from __future__ import annotations

from collections.abc import Callable

from colonnade.assembly.lasting import Lasting
from colonnade.gateway.application import ENDPOINTS
from colonnade.gateway.batches.endpoints import Endpoints, batched
from colonnade.gateway.batches.handing import Handing, model_of
from colonnade.gateway.batches.pressure import Pressure
from colonnade.gateway.batches.rows import Row
from colonnade.gateway.batches.runner import Runner
from colonnade.gateway.batches.service import BatchService
from colonnade.gateway.batches.store import BatchStore
from colonnade.gateway.calls import Calls
from colonnade.gateway.files.keeping import keeps_content
from colonnade.gateway.files.service import FileService
from colonnade.gateway.files.store import FileLimits, FileStore
from colonnade.gateway.service import Service
from colonnade.workload.endpoints import HANDED
from colonnade.workload.sections.promises import Retention
from colonnade.workload.specification import Specification

DAY_S = 86_400.0


class Batching:
    """One worker's part in the batches of a workload; `services` answer its callers.

    Args:
        lasting: store, keys and metrics of the process.
        serves: the specification that serves now.
        endpoints: the gateway's paths; those that batches cannot ask are left out here.
    """

    def __init__(
        self, lasting: Lasting, serves: Callable[[], Specification], endpoints: Endpoints = ENDPOINTS
    ) -> None:
        files = FileStore(lasting.store, file_limits(serves().retention))
        batches, paths = BatchStore(lasting.store), batched(endpoints)
        self.runner = Runner(
            batches,
            files,
            paths,
            routes=lambda: serves().routes,
            known=lasting.keyring.known,
            concurrency=lambda: serves().batches.concurrency,
            pressure=Pressure(
                lasting.metrics, lambda: self.runner.under_way, lambda: serves().batches.yield_at
            ),
            handing=Handing(lambda row: handed_over(row, serves(), paths), lambda: serves().batches.handed),
        )

        def keeps() -> bool:
            return keeps_content(serves().privacy)

        self.services: tuple[Service, ...] = (
            FileService(files, keeps),
            BatchService(batches, files, paths, self.runner.wake, keeps),
        )

    async def forever(self, calls: Calls) -> None:
        """Run rows until cancelled; those under way are finished first."""
        await self.runner.forever(calls)


def handed_over(row: Row, specification: Specification, endpoints: Endpoints) -> bool:
    """Whether the upstream of the row's route takes it into a batch of its own."""
    route = specification.routes.get(model_of(row))
    if route is None or endpoints[row.endpoint][0] not in HANDED:
        return False
    return specification.upstreams[specification.models[route.model].upstream].batch == "provider"


def file_limits(retention: Retention) -> FileLimits:
    """Files of requests stay as long as prompts may, files of answers as long as answers."""
    stay_s = (("batch", retention.prompts_days * DAY_S), ("batch_output", retention.answers_days * DAY_S))
    return FileLimits(stay_s=stay_s)
