"""The keys of the store stand in memory and follow every change within two seconds; no call waits for a database."""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from colonnade.errors import ColonnadeError, Unauthenticated, Unavailable
from colonnade.gateway.call import Identity
from colonnade.security.keys import ApiKey, ApiKeys, digest_of

POLL_S = 1.0
BLIND_AT_MOST_S = 30.0
"""How long revocations may be unreadable before calls are refused: fail closed."""

_CACHED_AT_MOST = 10_000
_NOBODY = bytes(32)


class Keyring:
    """Tells who calls. `identify` belongs to the event loop; a thread follows the store."""

    def __init__(
        self, keys: ApiKeys, *, clock: Callable[[], float] = time.time, poll_s: float = POLL_S
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._poll_s = poll_s
        self._edition = keys.edition()
        self._known = keys.load()
        # Raw header -> who it is and when that ends. Emptied whenever any key changes.
        self._cache: dict[str, tuple[Identity, float]] = {}
        self._used: dict[str, str] = {}
        self._noted: dict[str, str] = {}
        self._read_at = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="colonnade-keys", daemon=True)

    def start(self) -> None:
        """Begin to follow the store."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def known(self, key_id: str) -> Identity | None:
        """Whose key has this id; None once it is revoked or expired.

        Raises:
            Unavailable: as `identify`.
        """
        self._refuse_blind()
        key = self._known.get(key_id)
        valid = key is not None and key.state(self._clock()) == "valid"
        return Identity(key.id, key.role, key.labels) if key is not None and valid else None

    def identify(self, authorization: str | None) -> Identity:
        """Who sends this Authorization header.

        Raises:
            Unauthenticated: no key, an unknown, expired or revoked one.
            Unavailable: the store could not be read for 30 seconds.
        """
        self._refuse_blind()
        now = self._clock()
        cached = self._cache.get(authorization or "")
        if cached is None:
            cached = self._look_up(authorization, now)
        identity, expires_at = cached
        if now >= expires_at:
            raise _refused("This API key has expired.")
        self._used[identity.key_id] = ""
        return identity

    def holds(self, authorization: str | None) -> bool:
        """Whether the header names a key of this store, valid or not."""
        if authorization in self._cache:
            return True
        key_id = (authorization or "").partition("-")[2].partition("-")[0]
        return key_id in self._known

    def refresh(self) -> None:
        """Read the store if any key changed, and note which keys were used today."""
        edition = self._keys.edition()
        if edition != self._edition:
            self._known = self._keys.load()
            self._cache = {}
            self._edition = edition
        self._read_at = time.monotonic()
        self._note_use()

    def _refuse_blind(self) -> None:
        if time.monotonic() - self._read_at > BLIND_AT_MOST_S + self._poll_s:
            raise Unavailable("API keys cannot be checked at the moment", code="keys_unavailable")

    def _look_up(self, authorization: str | None, now: float) -> tuple[Identity, float]:
        known = self._known
        key = _key_of(authorization, known)
        if key.revoked_at is not None and key.revoked_at <= now:
            raise _refused("This API key has been revoked.")
        found = Identity(key.id, key.role, key.labels), key.expires_at
        if len(self._cache) >= _CACHED_AT_MOST:
            self._cache = {}
        if authorization is not None and known is self._known:
            self._cache[authorization] = found
        return found

    def _note_use(self) -> None:
        day = datetime.fromtimestamp(self._clock(), UTC).date().isoformat()
        used, self._used = self._used, {}
        fresh = [key_id for key_id in used if self._noted.get(key_id) != day]
        if fresh:
            self._keys.mark_used(fresh, day)
            self._noted.update(dict.fromkeys(fresh, day))

    def _follow(self) -> None:
        while not self._stop.wait(self._poll_s):
            try:
                self.refresh()
            except ColonnadeError:
                continue  # `_read_at` grows old, and calls are refused before long


def _key_of(authorization: str | None, known: dict[str, ApiKey]) -> ApiKey:
    if not authorization:
        raise _refused(
            "You didn't provide an API key. Send it in an Authorization header: `Authorization: Bearer YOUR_KEY`."
        )
    scheme, _, text = authorization.partition(" ")
    prefix, _, rest = text.strip().partition("-")
    key_id, _, secret = rest.partition("-")
    key = known.get(key_id)
    # Unknown ids are compared too, so that the time taken does not tell them from wrong secrets.
    same = hmac.compare_digest(digest_of(secret), key.digest if key else _NOBODY)
    if key is None or not same or prefix != "ck" or scheme.lower() != "bearer":
        raise _refused("Incorrect API key provided.")
    return key


def _refused(message: str) -> Unauthenticated:
    return Unauthenticated(message, code="invalid_api_key")
