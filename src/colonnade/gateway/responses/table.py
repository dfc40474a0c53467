"""Stored responses rest compressed and sealed, each bound to its tenant; everything here blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Select, delete, insert, literal, select

from colonnade.errors import InvalidRequest
from colonnade.evidence.content import Part, Seal
from colonnade.store import Store, schema

_LONGEST_CHAIN: Final = 1000
_LARGEST_CHAIN: Final = 32 << 20
_response = schema.response
_encode = msgspec.json.Encoder().encode


class Kept(msgspec.Struct, frozen=True):
    """One stored response. `items` are the input that came with it, `answer` the response object as it was sent."""

    id: str
    tenant: str
    previous_id: str | None
    status: str
    created_at: float
    items: list[dict[str, Any]]
    answer: msgspec.Raw

    @property
    def output(self) -> list[dict[str, Any]]:
        """The items that the model made."""
        return _decode_output(self.answer).output


class _Output(msgspec.Struct):
    output: list[dict[str, Any]]


_decode_items = msgspec.json.Decoder(list[dict[str, Any]]).decode
_decode_output = msgspec.json.Decoder(_Output).decode


class ResponseTable:
    """The stored responses of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seal = Seal(store.subkey("content"))

    def write(self, batch: Sequence[Kept]) -> None:
        """Keep responses, in one transaction."""
        with self._store.writing() as connection:
            connection.execute(insert(_response), [self._row(kept) for kept in batch])

    def find(self, tenant: str, response_id: str) -> Kept | None:
        """The response; None where there is none, or it is another tenant's."""
        query = select(_response).where(_response.c.id == response_id, _response.c.tenant == tenant)
        with self._store.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else self._kept(row)

    def chain(self, tenant: str, response_id: str) -> list[Kept]:
        """The response and those that it continues, oldest first, as far as they are still there.

        Raises:
            InvalidRequest: `conversation_too_long`.
        """
        with self._store.reading() as connection:
            rows = connection.execute(_chain(tenant, response_id)).all()
        if (
            len(rows) > _LONGEST_CHAIN
            or sum(len(row.input) + len(row.answer) for row in rows) > _LARGEST_CHAIN
        ):
            raise InvalidRequest(
                "The conversation is too long to be continued.",
                code="conversation_too_long",
                param="previous_response_id",
            )
        return [self._kept(row) for row in reversed(rows)]

    def delete(self, tenant: str, response_id: str) -> bool:
        """Delete the response at once; was there one?"""
        where = (_response.c.id == response_id) & (_response.c.tenant == tenant)
        with self._store.writing() as connection:
            return connection.execute(delete(_response).where(where)).rowcount > 0

    def _row(self, kept: Kept) -> dict[str, Any]:
        items, answer = _encode(kept.items).decode(), bytes(kept.answer).decode()
        given, made = self._seal.close(kept.id, items, answer)
        return {
            "id": kept.id, "tenant": kept.tenant, "previous_id": kept.previous_id, "status": kept.status,
            "created_at": kept.created_at, "input": given, "answer": made,
        }  # fmt: skip

    def _kept(self, row: Any) -> Kept:
        items = self._opened(row.id, "prompt", row.input)
        answer = self._opened(row.id, "answer", row.answer)
        return Kept(
            id=row.id,
            tenant=row.tenant,
            previous_id=row.previous_id,
            status=row.status,
            created_at=row.created_at,
            items=_decode_items(items),
            answer=msgspec.Raw(answer),
        )

    def _opened(self, response_id: str, part: Part, sealed: bytes) -> bytes:
        return self._seal.open(response_id, part, sealed).encode()


def _chain(tenant: str, response_id: str) -> Select[Any]:
    """Newest first; one row more than a chain may have tells that it is too long."""
    columns = _response.c.id, _response.c.previous_id
    newest = select(*columns, literal(0).label("depth"))
    newest = newest.where(_response.c.id == response_id, _response.c.tenant == tenant)
    chain = newest.cte("chain", recursive=True)
    earlier = select(*columns, chain.c.depth + 1).where(
        _response.c.id == chain.c.previous_id,
        _response.c.tenant == tenant,
        chain.c.depth < _LONGEST_CHAIN,
    )
    chain = chain.union_all(earlier)
    return select(_response).join(chain, chain.c.id == _response.c.id).order_by(chain.c.depth)
