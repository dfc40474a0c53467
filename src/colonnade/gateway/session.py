"""A caller's session is known by the id that the request names, also where the upstream cannot take that field."""

from __future__ import annotations

import msgspec

from colonnade.gateway.call import Call


class _Metadata(msgspec.Struct):
    session_id: str | None = None


class _Named(msgspec.Struct):
    user: str | None = None
    metadata: _Metadata | None = None


_decode = msgspec.json.Decoder(_Named).decode


def session_id(call: Call) -> str:
    """`metadata.session_id` of the body, else `user`, else "".

    Read from the body and not from `call.request`: the stage `direct` drops both fields for bare models.
    """
    try:
        named = _decode(call.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    return (named.metadata and named.metadata.session_id) or named.user or ""
