"""`/v1/batches`: callers create, watch, list and cancel batches, each tenant its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import msgspec

from colonnade.errors import InvalidRequest, TooLarge
from colonnade.gateway.batches.batch import Batch
from colonnade.gateway.batches.creation import Asked, asked, new_batch
from colonnade.gateway.batches.store import BatchStore
from colonnade.gateway.call import Identity
from colonnade.gateway.files.keeping import refuse_unless
from colonnade.gateway.files.page import Page
from colonnade.gateway.files.store import FileStore
from colonnade.gateway.files.tenant import tenant_of
from colonnade.gateway.service import Told, Visit

PATH: Final = "/v1/batches"
_CANCEL = "cancel"
_LARGEST_BODY = 64 << 10
_USUAL_LIST, _LONGEST_LIST = 20, 100


@dataclass(frozen=True, slots=True)
class BatchService:
    """Answers everything beneath `/v1/batches`; `wake` tells the worker that there is something to do.

    `keeps` is whether the workload stores what people write and are answered, word for word, as files of batches do.
    """

    batches: BatchStore
    files: FileStore
    endpoints: Collection[str]
    wake: Callable[[], None]
    keeps: Callable[[], bool] = lambda: True
    name: str = "batches"

    def methods(self, path: str) -> frozenset[str]:
        """GET and POST for the list, GET for a batch, POST for its cancellation."""
        if path == PATH:
            return frozenset({"GET", "POST"})
        batch_id, _, what = path.removeprefix(PATH + "/").partition("/")
        if not path.startswith(PATH + "/") or not batch_id:
            return frozenset()
        return frozenset({"GET"} if not what else {"POST"} if what == _CANCEL else ())

    async def answer(self, visit: Visit) -> Told:
        """Answer; raises NotFound for what belongs to other tenants, and InvalidRequest for the rest."""
        batch_id, _, what = visit.path.removeprefix(PATH).strip("/").partition("/")
        tenant = tenant_of(visit.identity)
        if not batch_id:
            return await (self._list(visit) if visit.method == "GET" else self._create(visit))
        if what != _CANCEL:
            return _told(await asyncio.to_thread(self.batches.get, tenant, batch_id))
        batch = await asyncio.to_thread(self.batches.cancel, tenant, batch_id)
        self.wake()
        return _told(batch)

    async def _list(self, visit: Visit) -> Told:
        page = Page.asked(visit.query, usual=_USUAL_LIST, largest=_LONGEST_LIST)
        found = await asyncio.to_thread(self.batches.page, tenant_of(visit.identity), page)
        return Told(body=page.written([batch.shape() for batch in found]))

    async def _create(self, visit: Visit) -> Told:
        what = asked(await _whole(visit))
        refuse_unless(self.keeps(), "input_file_id")
        batch = await asyncio.to_thread(
            create_batch, self.batches, self.files, what, visit.identity, self.endpoints
        )
        self.wake()
        return _told(batch)


def create_batch(
    batches: BatchStore, files: FileStore, what: Asked, identity: Identity, endpoints: Collection[str]
) -> Batch:
    """Write a batch that validates itself next; blocks.

    Raises:
        NotFound: the input file is not there, or is another tenant's.
        InvalidRequest: something else is wrong with it.
    """
    batch = new_batch(what, identity, endpoints, batches.clock())
    file = files.get(batch.tenant, batch.input_file_id)
    if file.purpose != "batch":
        raise InvalidRequest(
            "The input file was uploaded for another purpose than 'batch'.",
            code="invalid_value",
            param="input_file_id",
        )
    batches.create(batch)
    return batch


async def _whole(visit: Visit) -> bytes:
    body = bytearray()
    async for part in visit.body:
        body += part
        if len(body) > _LARGEST_BODY:
            raise TooLarge(f"The body is larger than {_LARGEST_BODY} bytes.", code="request_too_large")
    return bytes(body)


def _told(batch: Batch) -> Told:
    return Told(body=msgspec.json.encode(batch.shape()))
