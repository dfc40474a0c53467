"""uvicorn's protocol on httptools, with a cycle of our own and one timer a connection instead of one a request."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import lru_cache
from math import inf
from typing import Any, Final
from urllib.parse import unquote

import httptools
from uvicorn._types import ASGIVersions
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from colonnade.gateway.cycle import Cycle
from colonnade.gateway.pressure import Pressure

_ASGI: Final[ASGIVersions] = {"version": "3.0", "spec_version": "2.3"}
_NOTHING: Final[deque[Any]] = deque(maxlen=0)
"""What waits on a connection where nothing ever did; one for all of them."""


@lru_cache(maxsize=64)
def _parsed(url: bytes) -> tuple[str, bytes, bytes]:
    """Path, path as it was sent, and query; nearly all requests are for a few targets."""
    parsed = httptools.parse_url(url)
    path = parsed.path.decode("ascii")
    return unquote(path) if "%" in path else path, parsed.path, parsed.query or b""


class Front(HttpToolsProtocol):
    """One connection of a caller. WebSockets are not offered."""

    __slots__ = ("_silent_since",)

    cycle: Cycle  # type: ignore[assignment] # ours has the attributes that uvicorn looks at
    flow: Pressure  # type: ignore[assignment] # as above
    pipeline: deque[tuple[Cycle, Any]]  # type: ignore[assignment]

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.pipeline = _NOTHING
        self._silent_since = inf  # when the last answer was complete; inf while something is asked

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn narrows it
        """The connection is open."""
        super().connection_made(transport)
        self.flow = Pressure(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the application that its caller is gone."""
        self.connections.discard(self)
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
        if self.cycle is not None:
            self.cycle.leave()
        self.flow.resume_writing()
        if exc is None:
            self.transport.close()
        self.parser = None  # type: ignore[assignment] # as uvicorn: parser and protocol know each other

    # httptools

    def on_message_begin(self) -> None:
        """A head begins."""
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self.scope = {  # type: ignore[typeddict-item] # the rest is known when the head is complete
            "type": "http",
            "asgi": _ASGI,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme or "http",
            "root_path": self.root_path,
            "headers": self.headers,
            "state": self.app_state.copy(),
        }

    def on_headers_complete(self) -> None:
        """The head is here: the application begins, unless it still answers what was asked before."""
        scope, version = self.scope, self.parser.get_http_version()
        scope["http_version"] = version
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["path"], scope["raw_path"], scope["query_string"] = _parsed(self.url)
        before = self.cycle
        self.cycle = Cycle(
            self, scope,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(), expects_continue=self.expect_100_continue,
        )  # fmt: skip
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            if self.pipeline is _NOTHING:
                self.pipeline = deque()
            self.pipeline.appendleft((self.cycle, self.app))

    def on_body(self, body: bytes) -> None:
        """Some of the body."""
        if not self.cycle.response_complete:
            self.cycle.take(body)

    def on_message_complete(self) -> None:
        """The request is complete."""
        if not self.cycle.response_complete:
            self.cycle.end()

    # uvicorn

    def on_response_complete(self) -> None:
        """Begin with what waits, or wait for the next request."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._silent_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._await_silence(self._silent_since)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        # The cycle takes itself out: a callback of the task would cost one more turn of the loop.
        self.tasks.add(self.loop.create_task(cycle.run(app)))

    def _unset_keepalive_if_required(self) -> None:
        """Something is asked again. The timer goes on, and looks when it rings."""
        self._silent_since = inf

    def _await_silence(self, since: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_at(
            since + self.timeout_keep_alive, self._look_at_silence
        )

    def _look_at_silence(self) -> None:
        self.timeout_keep_alive_task = None
        if self._silent_since == inf:
            return
        if self.loop.time() - self._silent_since < self.timeout_keep_alive:
            self._await_silence(self._silent_since)
        else:
            self.timeout_keep_alive_handler()
