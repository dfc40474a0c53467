"""A request for a batch is read strictly, and says what is wrong with it by the caller's own fields."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from colonnade.errors import InvalidRequest
from colonnade.gateway.batches.batch import WINDOWS_S, Batch, new_batch_id
from colonnade.gateway.call import Identity
from colonnade.gateway.files.tenant import tenant_of
from colonnade.gateway.files.upload import stay_s

_MOST_LABELS, _LONGEST_NAME, _LONGEST_LABEL = 16, 64, 512


class Asked(msgspec.Struct):
    """The body of `POST /v1/batches`; `start_after` (seconds since the epoch) is our own extension."""

    input_file_id: str
    endpoint: str
    completion_window: str
    metadata: dict[str, str] | None = None
    output_expires_after: dict[str, Any] | None = None
    start_after: float | None = None


def asked(body: bytes) -> Asked:
    """The body as it was sent; raises InvalidRequest."""
    try:
        return msgspec.json.decode(body, type=Asked)
    except msgspec.ValidationError as error:
        raise _told(str(error)) from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise InvalidRequest("The body of the request is not valid JSON.", code="invalid_json") from None


def new_batch(what: Asked, identity: Identity, endpoints: Collection[str], now: float) -> Batch:
    """The batch that is asked for, about to be validated.

    Raises:
        InvalidRequest: endpoint, window, start, metadata or expiry is not one that we take.
    """
    if what.endpoint not in endpoints:
        raise _wrong("endpoint", f"one of {', '.join(sorted(endpoints))}")
    window_s = WINDOWS_S.get(what.completion_window)
    if window_s is None:
        raise _wrong("completion_window", f"one of {', '.join(WINDOWS_S)}")
    start = now if what.start_after is None else what.start_after
    if start >= now + window_s:
        raise _wrong("start_after", "a moment within the completion window")
    return Batch(
        id=new_batch_id(),
        tenant=tenant_of(identity),
        key_id=identity.key_id,
        endpoint=what.endpoint,
        input_file_id=what.input_file_id,
        completion_window=what.completion_window,
        labels=_labels(what.metadata or {}),
        created_at=now,
        start_after=start,
        expires_at=now + window_s,
        output_stays_s=_stays_s(what.output_expires_after),
        status="validating",
        ending="completed",
        moments="{}",
        errors="[]",
        total=0,
        completed=0,
        failed=0,
        missed=0,
        waited_s=0.0,
        longest_wait_s=0.0,
        output_file_id=None,
        error_file_id=None,
        worker="",
        claimed_until=0.0,
    )


def _stays_s(expiry: dict[str, Any] | None) -> float | None:
    if expiry is None:
        return None
    return stay_s(expiry.get("anchor"), expiry.get("seconds"), "output_expires_after")


def _labels(metadata: dict[str, str]) -> str:
    fits = all(
        len(name) <= _LONGEST_NAME and len(value) <= _LONGEST_LABEL for name, value in metadata.items()
    )
    if len(metadata) > _MOST_LABELS or not fits:
        raise _wrong(
            "metadata", f"at most {_MOST_LABELS} texts of at most {_LONGEST_LABEL} characters, by short names"
        )
    return msgspec.json.encode(metadata).decode()


def _told(sentence: str) -> InvalidRequest:
    """What msgspec says: it names fields and types, never values: `Expected `str`, got `int` - at `$.endpoint``."""
    missing = sentence.partition("missing required field `")[2].partition("`")[0]
    if missing:
        return InvalidRequest(
            f"The field '{missing}' is missing.", code="missing_required_parameter", param=missing
        )
    place = sentence.partition("`$.")[2].partition("`")[0]
    return InvalidRequest(f"{sentence}.", code="invalid_type", param=place or None)


def _wrong(param: str, wanted: str) -> InvalidRequest:
    return InvalidRequest(f"The field '{param}' must be {wanted}.", code="invalid_value", param=param)
