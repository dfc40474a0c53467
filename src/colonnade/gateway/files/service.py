"""`/v1/files`: callers upload, list, read and delete files, each tenant its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from colonnade.gateway.files.file import StoredFile
from colonnade.gateway.files.keeping import refuse_unless
from colonnade.gateway.files.page import Page
from colonnade.gateway.files.store import FileStore
from colonnade.gateway.files.tenant import tenant_of
from colonnade.gateway.files.upload import take_upload
from colonnade.gateway.service import Told, Visit

PATH: Final = "/v1/files"
_CONTENT = "content"
_LONGEST_LIST = 10_000


@dataclass(frozen=True, slots=True)
class FileService:
    """Answers everything beneath `/v1/files`. `keeps` is whether the workload stores what people write, word for word."""

    files: FileStore
    keeps: Callable[[], bool] = lambda: True
    name: str = "files"

    def methods(self, path: str) -> frozenset[str]:
        """GET and POST for the list, GET and DELETE for a file, GET for its content."""
        if path == PATH:
            return frozenset({"GET", "POST"})
        file_id, _, what = path.removeprefix(PATH + "/").partition("/")
        if not path.startswith(PATH + "/") or not file_id:
            return frozenset()
        return frozenset({"GET", "DELETE"} if not what else {"GET"} if what == _CONTENT else ())

    async def answer(self, visit: Visit) -> Told:
        """Answer; raises NotFound for files of other tenants, and what `take_upload` raises."""
        file_id, _, what = visit.path.removeprefix(PATH).strip("/").partition("/")
        if not file_id:
            return await (self._list(visit) if visit.method == "GET" else self._upload(visit))
        if visit.method == "DELETE":
            await asyncio.to_thread(self.files.delete, tenant_of(visit.identity), file_id)
            return Told(body=msgspec.json.encode({"id": file_id, "object": "file", "deleted": True}))
        file = await asyncio.to_thread(self.files.get, tenant_of(visit.identity), file_id)
        return self._content(file) if what == _CONTENT else Told(body=msgspec.json.encode(file.shape()))

    async def _upload(self, visit: Visit) -> Told:
        refuse_unless(self.keeps(), "file")
        file = await take_upload(self.files, visit)
        return Told(body=msgspec.json.encode(file.shape()))

    async def _list(self, visit: Visit) -> Told:
        page = Page.asked(visit.query, usual=_LONGEST_LIST, largest=_LONGEST_LIST)
        purpose = visit.query.get("purpose", "")
        found = await asyncio.to_thread(self.files.page, tenant_of(visit.identity), page, purpose)
        return Told(body=page.written([file.shape() for file in found]))

    def _content(self, file: StoredFile) -> Told:
        headers = [
            (b"content-length", b"%d" % file.size),
            (b"content-disposition", b"attachment"),
        ]
        return Told(content_type=b"application/octet-stream", parts=self._parts(file.id), headers=headers)

    async def _parts(self, file_id: str) -> AsyncIterator[bytes]:
        number = 0
        while (body := await asyncio.to_thread(self.files.part, file_id, number)) is not None:
            yield body
            number += 1
