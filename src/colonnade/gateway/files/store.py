"""Files rest in the encrypted store in parts; one that is not complete does not exist for anybody.

A file begins as a draft, grows part by part, and is there from one statement on. What a dying process leaves
behind is a draft, which the next `sweep` removes. Everything here blocks: call it from a thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from colonnade.errors import InvalidRequest, NotFound, TooLarge
from colonnade.gateway.files.file import StoredFile, new_file_id
from colonnade.gateway.files.page import Page
from colonnade.store import Store, schema

PART_BYTES: Final = 1 << 20
DRAFT_S: Final = 6 * 3600.0
"""How long a draft may grow before it counts as left behind, seconds."""

_DRAFT, _KEPT, _GONE = "draft", "kept", "gone"
_PARTS_AT_ONCE = 16
_file, _part = schema.file, schema.file_part


@dataclass(frozen=True, slots=True)
class FileLimits:
    """How much may be stored, in bytes, and for how long a file of a purpose stays where nobody says, in seconds.

    Purposes that `stay_s` does not name stay until they are deleted.
    """

    file_bytes: int = 100 << 20
    tenant_bytes: int = 1 << 30
    stay_s: tuple[tuple[str, float], ...] = (("batch", 30 * 86_400.0), ("batch_output", 30 * 86_400.0))


class FileStore:
    """The files of one store. `clock` gives seconds since the epoch."""

    def __init__(
        self, store: Store, limits: FileLimits | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.limits = limits or FileLimits()
        self._store = store
        self._clock = clock

    def begin(self, tenant: str, key_id: str) -> str:
        """A new draft; its id."""
        row = {
            "id": new_file_id(), "tenant": tenant, "key_id": key_id, "purpose": "", "name": "", "size": 0,
            "state": _DRAFT, "created_at": self._clock(), "expires_at": None,
        }  # fmt: skip
        with self._store.writing() as connection:
            connection.execute(insert(_file).values(row))
        return str(row["id"])

    def append(self, file_id: str, number: int, body: bytes, *, bounded: bool = True) -> None:
        """Add a part to a draft; `bounded` parts count against the limits.

        Raises:
            TooLarge: the file would pass the limit of one file.
            InvalidRequest: `storage_exceeded`, the tenant's files would pass theirs.
        """
        with self._store.writing() as connection:
            if bounded:
                self._admit(connection, file_id, len(body))
            connection.execute(insert(_part).values(file_id=file_id, number=number, body=body))
            grown = update(_file).where(_file.c.id == file_id).values(size=_file.c.size + len(body))
            connection.execute(grown)

    def keep(self, file_id: str, purpose: str, name: str, stays_s: float | None = None) -> StoredFile:
        """The draft is complete: from now on it is there."""
        with self._store.writing() as connection:
            self.keep_in(connection, file_id, purpose, name, stays_s)
        kept = self._one(file_id)
        assert kept is not None
        return kept

    def keep_in(
        self, connection: Connection, file_id: str, purpose: str, name: str, stays_s: float | None = None
    ) -> None:
        """The same as part of a transaction under way, so that a batch and its files are complete together."""
        stays = dict(self.limits.stay_s).get(purpose) if stays_s is None else stays_s
        now = self._clock()
        values = {
            "purpose": purpose,
            "name": name,
            "state": _KEPT,
            "created_at": now,
            "expires_at": None if stays is None else now + stays,
        }
        connection.execute(update(_file).where(_file.c.id == file_id).values(values))

    def get(self, tenant: str, file_id: str) -> StoredFile:
        """The file; raises NotFound where there is none, or it is another tenant's."""
        found = self._one(file_id)
        if found is None or found.tenant != tenant or not self._alive(found):
            raise missing(file_id)
        return found

    def page(self, tenant: str, page: Page, purpose: str = "") -> list[StoredFile]:
        """One page of the tenant's files, and one file more where there are more."""
        order = _file.c.created_at, _file.c.id
        query = select(_file).where(_file.c.tenant == tenant, *self._living())
        if purpose:
            query = query.where(_file.c.purpose == purpose)
        with self._store.reading() as connection:
            if page.after:
                query = query.where(beyond(connection, _file, tenant, page))
            query = query.order_by(*(order if page.ascending else [each.desc() for each in order]))
            return [StoredFile(*row) for row in connection.execute(query.limit(page.limit + 1))]

    def part(self, file_id: str, number: int) -> bytes | None:
        """The part of that number, from 0; None after the last."""
        query = select(_part.c.body).where(_part.c.file_id == file_id, _part.c.number == number)
        with self._store.reading() as connection:
            return connection.scalar(query)

    def parts(self, file_id: str) -> Iterator[bytes]:
        """Part after part."""
        number = 0
        while (body := self.part(file_id, number)) is not None:
            yield body
            number += 1

    def delete(self, tenant: str, file_id: str) -> None:
        """Delete the file at once; raises NotFound as `get`."""
        self.get(tenant, file_id)
        self.discard(file_id)

    def discard(self, file_id: str) -> None:
        """Delete a file or a draft, its bytes in several transactions, so that others can write in between."""
        with self._store.writing() as connection:
            connection.execute(update(_file).where(_file.c.id == file_id).values(state=_GONE))
        numbers = select(_part.c.number).where(_part.c.file_id == file_id).limit(_PARTS_AT_ONCE)
        while True:
            with self._store.writing() as connection:
                some = list(connection.scalars(numbers))
                connection.execute(delete(_part).where(_part.c.file_id == file_id, _part.c.number.in_(some)))
                if len(some) < _PARTS_AT_ONCE:
                    connection.execute(delete(_file).where(_file.c.id == file_id))
                    return

    def sweep(self) -> int:
        """Delete what expired and what was left behind; how many files?"""
        now = self._clock()
        old = or_(
            _file.c.expires_at <= now,
            _file.c.state == _GONE,
            and_(_file.c.state == _DRAFT, _file.c.created_at <= now - DRAFT_S),
        )
        with self._store.reading() as connection:
            ids = list(connection.scalars(select(_file.c.id).where(old)))
        for file_id in ids:
            self.discard(file_id)
        return len(ids)

    def _admit(self, connection: Connection, file_id: str, size: int) -> None:
        file_bytes, tenant = connection.execute(
            select(_file.c.size, _file.c.tenant).where(_file.c.id == file_id)
        ).one()
        if file_bytes + size > self.limits.file_bytes:
            raise too_large(self.limits)
        used = connection.scalar(select(func.sum(_file.c.size)).where(_file.c.tenant == tenant)) or 0
        if used + size > self.limits.tenant_bytes:
            raise InvalidRequest(
                f"Your files would take more than {self.limits.tenant_bytes} bytes: delete some first.",
                code="storage_exceeded",
                param="file",
            )

    def _one(self, file_id: str) -> StoredFile | None:
        with self._store.reading() as connection:
            row = connection.execute(select(_file).where(_file.c.id == file_id)).one_or_none()
        return None if row is None else StoredFile(*row)

    def _alive(self, file: StoredFile) -> bool:
        return file.state == _KEPT and (file.expires_at is None or file.expires_at > self._clock())

    def _living(self) -> tuple[Any, Any]:
        unexpired = or_(_file.c.expires_at.is_(None), _file.c.expires_at > self._clock())
        return _file.c.state == _KEPT, unexpired


def beyond(connection: Connection, table: Any, tenant: str, page: Page) -> Any:
    """The condition for entries after the page's cursor.

    Raises:
        NotFound: the cursor is no entry of the tenant's.
    """
    cursor = select(table.c.created_at).where(table.c.id == page.after, table.c.tenant == tenant)
    at = connection.scalar(cursor)
    if at is None:
        raise NotFound("There is no entry of the id in 'after'.", code="not_found", param="after")
    if page.ascending:
        return or_(table.c.created_at > at, and_(table.c.created_at == at, table.c.id > page.after))
    return or_(table.c.created_at < at, and_(table.c.created_at == at, table.c.id < page.after))


def missing(file_id: str) -> NotFound:
    """The error for a file that is not there, or that the caller may not know of."""
    quoted = f" '{file_id}'" if len(file_id) <= 64 and file_id.isprintable() else ""
    return NotFound(f"There is no file{quoted}.", code="file_not_found", param="file_id")


def too_large(limits: FileLimits) -> TooLarge:
    """The error for a file beyond the limit."""
    return TooLarge(f"A file may have {limits.file_bytes} bytes.", code="file_too_large", param="file")
