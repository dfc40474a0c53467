"""Calls to the running gateway over real HTTP, one connection a call, off the event loop."""

from __future__ import annotations

import asyncio
import http.client
import json
from dataclasses import dataclass
from typing import Any

from colonnade.drills.target import Heard
from colonnade.errors import SetupError


@dataclass(frozen=True, slots=True)
class LoopbackTelephone:
    """Calls `host:port`, which must be on this machine: a drill never reaches beyond it."""

    host: str
    port: int
    timeout_s: float = 180.0

    async def __call__(
        self, method: str, path: str, *, key: str | None = None, body: dict[str, Any] | None = None
    ) -> Heard:
        """Send one request and hear the whole answer; raises SetupError where nothing answers."""
        return await asyncio.to_thread(self._call, method, path, key, body)

    def _call(self, method: str, path: str, key: str | None, body: dict[str, Any] | None) -> Heard:
        headers = {"content-type": "application/json"}
        if key is not None:
            headers["authorization"] = f"Bearer {key}"
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout_s)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Heard(answer.status, names, answer.read())
        except (OSError, http.client.HTTPException) as error:
            raise SetupError(
                f"nothing answers on {self.host}:{self.port} ({type(error).__name__}): start it with `colonnade up`"
            ) from error
        finally:
            connection.close()
