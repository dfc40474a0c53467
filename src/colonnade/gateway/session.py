"""A caller's session is known by the id that the request names, also where the upstream cannot take that field."""

from __future__ import annotations

from colonnade.gateway.call import Call


def session_id(call: Call) -> str:
    """`metadata.session_id` of the request, else `user`, else "".

    Read from the gateway's form, in which every dialect writes them: Anthropic's `metadata.user_id` is `user`.
    """
    metadata = call.request.get("metadata")
    named = metadata.get("session_id") if isinstance(metadata, dict) else None
    return _text(named) or _text(call.request.get("user"))


def _text(given: object) -> str:
    return given if isinstance(given, str) else ""
