"""An upload goes into the store part by part, and leaves nothing behind when it breaks off."""

from __future__ import annotations

import asyncio

from colonnade.errors import InvalidRequest
from colonnade.gateway.field_faults import written_number
from colonnade.gateway.files.file import UPLOADED, StoredFile
from colonnade.gateway.files.form import Form
from colonnade.gateway.files.store import PART_BYTES, FileStore, too_large
from colonnade.gateway.files.tenant import tenant_of
from colonnade.gateway.service import Visit

_FORM_BYTES = 64 << 10
"""What a form may need beside its file."""
_SHORTEST_STAY_S, _LONGEST_STAY_S = 3600, 30 * 86_400


async def take_upload(files: FileStore, visit: Visit) -> StoredFile:
    """Store the file of a form; at most one part of it and one of the network's stand in memory.

    Raises:
        InvalidRequest: the form, its purpose or its expiry is wrong, or the tenant's storage is used up.
        TooLarge: the file is larger than one may be.
    """
    form = Form(visit.headers)
    announced = visit.headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > files.limits.file_bytes + _FORM_BYTES:
        raise too_large(files.limits)
    draft = await asyncio.to_thread(files.begin, tenant_of(visit.identity), visit.identity.key_id)
    try:
        await _store_parts(files, draft, form, visit)
        purpose, stays_s = _purpose(form), _stay_s(form)
        assert form.name is not None
        return await asyncio.to_thread(files.keep, draft, purpose, form.name, stays_s)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(files.discard, draft))
        raise


async def _store_parts(files: FileStore, draft: str, form: Form, visit: Visit) -> None:
    number = 0
    async for chunk in visit.body:
        form.feed(chunk)
        while len(form.pending) >= PART_BYTES:
            await asyncio.to_thread(files.append, draft, number, form.take(PART_BYTES))
            number += 1
    form.finish()
    if form.pending:
        await asyncio.to_thread(files.append, draft, number, form.take(PART_BYTES))


def _purpose(form: Form) -> str:
    purpose = form.fields.get("purpose")
    if purpose is None:
        raise InvalidRequest(
            "The field 'purpose' is missing.", code="missing_required_parameter", param="purpose"
        )
    if purpose not in UPLOADED:
        raise InvalidRequest(
            f"The purpose must be one of {', '.join(sorted(UPLOADED))}.",
            code="invalid_value",
            param="purpose",
        )
    return purpose


def _stay_s(form: Form) -> float | None:
    seconds, anchor = (
        form.fields.get(f"expires_after[{name}]", default)
        for name, default in (("seconds", ""), ("anchor", "created_at"))
    )
    if not seconds:
        return None
    return stay_s(anchor, written_number(seconds))


def stay_s(anchor: object, seconds: object, param: str = "expires_after") -> float:
    """How long a file stays, as OpenAI's `expires_after` says it.

    Raises:
        InvalidRequest: another anchor than the file's creation, or less than an hour, or more than 30 days.
    """
    if anchor != "created_at":
        raise InvalidRequest(
            "A file expires after 'created_at'.", code="invalid_value", param=f"{param}.anchor"
        )
    if type(seconds) is not int or not _SHORTEST_STAY_S <= seconds <= _LONGEST_STAY_S:
        raise InvalidRequest(
            f"A file may stay from {_SHORTEST_STAY_S} to {_LONGEST_STAY_S} seconds.",
            code="invalid_value",
            param=f"{param}.seconds",
        )
    return float(seconds)
