"""The five requests of a provider's batch interface, each bounded in time."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import msgspec

from colonnade.errors import CallError
from colonnade.gateway.unreadable import UNREADABLE, malformed
from colonnade.gateway.upstream.exchange import Exchange
from colonnade.gateway.upstream.handed import wire
from colonnade.gateway.upstream.http import HttpClient

TAG: Final = "colonnade"
"""The key of a job's metadata that says whose it is."""
_PATIENCE_S: Final = 60.0
_PAGE: Final = 100
_PAGES: Final = 20

T = TypeVar("T")
Verdict = Callable[[int, Mapping[str, str], bytes], CallError]


class Desk:
    """Talks to one provider.

    Args:
        client: of the upstream.
        verdict: what a status outside 2xx means.
        tag: tells the jobs of this workload from those of others at the same account.
    """

    def __init__(self, client: HttpClient, verdict: Verdict, tag: str) -> None:
        self._client = client
        self._verdict = verdict
        self._tag = tag

    async def upload(self, lines: bytes) -> str:
        """Store an input file; its id."""
        boundary = f"colonnade-{secrets.token_hex(12)}"
        parts = (
            f'--{boundary}\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
            f'--{boundary}\r\ncontent-disposition: form-data; name="file"; filename="rows.jsonl"\r\n'
            "content-type: application/jsonl\r\n\r\n"
        ).encode()
        body = b"".join((parts, lines, f"\r\n--{boundary}--\r\n".encode()))
        told = await self._post("/files", body, f"multipart/form-data; boundary={boundary}")
        return _decoded(wire.stored, told).id

    async def begin(self, file_id: str, endpoint: str) -> wire.Job:
        """Begin a job over an input file."""
        asked = {
            "input_file_id": file_id, "endpoint": endpoint, "completion_window": "24h", "metadata": {TAG: self._tag},
        }  # fmt: skip
        return _decoded(
            wire.job, await self._post("/batches", msgspec.json.encode(asked), "application/json")
        )

    async def job(self, job_id: str) -> wire.Job:
        """How a job stands."""
        return _decoded(wire.job, await self._get(f"/batches/{job_id}"))

    async def jobs(self, since: float) -> list[wire.Job]:
        """This workload's jobs that were begun since then, newest first."""
        found: list[wire.Job] = []
        after = ""
        for _ in range(_PAGES):
            page = _decoded(wire.jobs, await self._get(f"/batches?limit={_PAGE}{after}"))
            found += [it for it in page.data if (it.metadata or {}).get(TAG) == self._tag]
            if not page.has_more or not page.data or page.data[-1].created_at < since:
                break
            after = f"&after={page.data[-1].id}"
        return [it for it in found if it.created_at >= since]

    async def content(self, file_id: str) -> bytes:
        """The bytes of a file."""
        return await self._get(f"/files/{file_id}/content")

    async def _post(self, path: str, body: bytes, content_type: str) -> bytes:
        return await self._whole(
            await self._client.post(
                path, body, request_id=_named(), deadline=_deadline(), content_type=content_type
            )
        )

    async def _get(self, path: str) -> bytes:
        return await self._whole(await self._client.get(path, request_id=_named(), deadline=_deadline()))

    async def _whole(self, exchange: Exchange) -> bytes:
        body = await exchange.whole()
        if not 200 <= exchange.status < 300:
            raise self._verdict(exchange.status, exchange.headers, body)
        return body


def _named() -> str:
    return f"batch-{secrets.token_hex(8)}"


def _deadline() -> float:
    return asyncio.get_running_loop().time() + _PATIENCE_S


def _decoded(decode: Callable[[bytes], T], body: bytes) -> T:
    try:
        return decode(body)
    except UNREADABLE as error:
        raise malformed("The upstream's batch interface answered something that is no answer.") from error
