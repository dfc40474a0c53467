"""Stored responses are read and written off the event loop; those that end together are written together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from colonnade.errors import InvalidRequest, NotFound, SetupError, Unavailable
from colonnade.evidence.content import SealBroken
from colonnade.gateway.responses.identifiers import response_of
from colonnade.gateway.responses.table import Kept, ResponseTable
from colonnade.store import Store

_T = TypeVar("_T")
_LONGEST_QUOTED = 64
ENDED = frozenset({"completed", "incomplete"})
"""Statuses of responses that can be continued: what the model said last is known."""


class Shelf:
    """The responses that callers left here."""

    def __init__(self, store: Store) -> None:
        self._table = ResponseTable(store)
        self._waiting: list[tuple[Kept, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, kept: Kept) -> None:
        """Stored durably when this returns; raises Unavailable when it cannot be."""
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[None] = loop.create_future()
        self._waiting.append((kept, stored))
        if self._writing is None:
            self._writing = loop.create_task(self._write())
        await stored

    async def get(self, tenant: str, response_id: str) -> Kept:
        """The response; raises NotFound where there is none, or it is another tenant's."""
        found = await _off_loop(lambda: self._table.find(tenant, response_id))
        if found is None:
            raise missing(response_id)
        return found

    async def delete(self, tenant: str, response_id: str) -> None:
        """Delete the response at once; raises NotFound as `get`."""
        if not await _off_loop(lambda: self._table.delete(tenant, response_id)):
            raise missing(response_id)

    async def given(self, tenant: str, response_id: str) -> list[dict[str, object]]:
        """Every item that the model was given for the response, oldest first; raises NotFound as `get`.

        Of conversations that lost their beginning, what is still there.
        """
        chain = await _off_loop(lambda: self._table.chain(tenant, response_id))
        if not chain:
            raise missing(response_id)
        return [*_said(chain[:-1]), *chain[-1].items]

    async def history(self, tenant: str, response_id: str) -> list[dict[str, object]]:
        """Every item of the conversation up to and with the response.

        Raises:
            InvalidRequest: `previous_response_not_found`, also where an earlier response of the conversation is
                gone; `previous_response_unfinished`; `conversation_too_long`.
        """
        chain = await _off_loop(lambda: self._table.chain(tenant, response_id))
        if not chain or chain[0].previous_id is not None:
            raise _no_history(response_id, gone=bool(chain))
        if chain[-1].status not in ENDED:
            raise InvalidRequest(
                f"The previous response is {chain[-1].status} and cannot be continued.",
                code="previous_response_unfinished",
                param="previous_response_id",
            )
        return _said(chain)

    async def item(self, tenant: str, item_id: str) -> dict[str, object] | None:
        """An item of a stored response by its id; None where there is none, or it is another tenant's."""
        response_id = response_of(item_id)
        if response_id is None:
            return None
        kept = await _off_loop(lambda: self._table.find(tenant, response_id))
        items = [] if kept is None else [*kept.items, *kept.output]
        return next((item for item in items if item.get("id") == item_id), None)

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            failure: Exception | None = None
            try:
                await asyncio.to_thread(self._table.write, [kept for kept, _ in batch])
            except Exception as error:  # noqa: BLE001 - each of those who wait must learn it
                failure = error
            for _, stored in batch:
                _settle(stored, failure)
        self._writing = None


def missing(response_id: str) -> NotFound:
    """The error for a response that is not there, or that the caller may not know of."""
    return NotFound(
        f"There is no response{_quoted(response_id)}.", code="response_not_found", param="response_id"
    )


def _said(chain: list[Kept]) -> list[dict[str, object]]:
    return [item for kept in chain for item in (*kept.items, *kept.output)]


def _settle(stored: asyncio.Future[None], failure: Exception | None) -> None:
    if stored.done():
        return
    if failure is None:
        stored.set_result(None)
    else:
        stored.set_exception(_unwritable(failure))


def _unwritable(failure: Exception) -> Exception:
    if not isinstance(failure, SetupError):
        return failure
    return Unavailable("The response cannot be stored.", code="store_unavailable")


def _no_history(response_id: str, *, gone: bool) -> InvalidRequest:
    what = (
        "An earlier response of this conversation was deleted, so it cannot be continued."
        if gone
        else f"There is no previous response{_quoted(response_id)}."
    )
    return InvalidRequest(what, code="previous_response_not_found", param="previous_response_id")


def _quoted(response_id: str) -> str:
    fit = len(response_id) <= _LONGEST_QUOTED and response_id.isprintable()
    return f" '{response_id}'" if fit else ""


async def _off_loop(work: Callable[[], _T]) -> _T:
    try:
        return await asyncio.to_thread(work)
    except (SetupError, SealBroken) as error:
        raise Unavailable("Stored responses cannot be read.", code="store_unavailable") from error
