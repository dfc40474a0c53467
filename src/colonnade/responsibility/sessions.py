"""Whether a session has been told that an AI answers is remembered, bounded, without keeping its name."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field

from colonnade.gateway.call import Call
from colonnade.gateway.session import session_id


@dataclass(slots=True)
class ToldSessions:
    """Digests of sessions that were told. A forgotten one is told again, which does no harm."""

    limit: int = 100_000
    _told: OrderedDict[bytes, None] = field(default_factory=OrderedDict)

    def is_first(self, call: Call) -> bool:
        """Whether the caller's user has not been told yet.

        A conversation that holds an answer has been; so has a session with an id that was told before.
        """
        if any(message.get("role") == "assistant" for message in call.request.get("messages", ())):
            return False
        session = _digest(call)
        return session is None or session not in self._told

    def remember(self, call: Call) -> None:
        """The session of this call was told."""
        session = _digest(call)
        if session is None:
            return
        self._told[session] = None
        self._told.move_to_end(session)
        if len(self._told) > self.limit:
            self._told.popitem(last=False)


def _digest(call: Call) -> bytes | None:
    session = session_id(call)
    if not session:
        return None
    key = call.identity.key_id if call.identity else ""
    return hashlib.blake2b(f"{key}\0{session}".encode("utf-8", "replace"), digest_size=16).digest()
