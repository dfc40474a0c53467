"""The simulator over HTTP: an ASGI application that speaks the APIs of providers and breaks connections for real."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from colonnade.gateway.body import LARGEST_FORM, read_body
from colonnade.gateway.respond import respond, respond_json
from colonnade.gateway.upstream.script import Script
from colonnade.gateway.upstream.simulator import Departure, Simulator, pause

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

_TRANSPORT = "colonnade.transport"


class BreakableProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with the transport in the scope, so that an answer can be cut as networks cut it."""

    def on_headers_complete(self) -> None:
        """Hand the transport to the application, which starts a turn of the loop later."""
        super().on_headers_complete()
        if self.scope is not None:
            self.scope["state"][_TRANSPORT] = self.transport


class SimulatorApplication:
    """`POST` any path of OpenAI or of a face (`faces/`); `GET /seen` tells what was asked."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["method"] == "GET":
            await self._tell(scope, send)
            return
        headers = dict(scope["headers"])
        body = await read_body(receive, headers, LARGEST_FORM)
        words = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
        script = self.simulator.script(scope["path"], body, words.get("x-request-id", ""), words)
        if script.refused:
            _break(scope)
        else:
            await self._play_while_heard(script, words.get("x-request-id", ""), scope, receive, send)

    async def _tell(self, scope: Any, send: Send) -> None:
        if scope["path"].endswith("/models"):
            await respond_json(
                send, 200, {"object": "list", "data": [{"id": "simulated", "object": "model"}]}
            )
        elif (content := self.simulator.batches.tell(scope["path"], scope["query_string"])) is not None:
            await respond(send, 200, content)
        elif scope["path"].startswith("/v1/"):
            await respond(
                send, 404, b'{"error":{"message":"There is nothing.","type":"invalid_request_error"}}'
            )
        else:
            simulator = self.simulator
            seen = {"count": simulator.count, "ids": list(simulator.seen), "left": list(simulator.departures)}
            await respond_json(send, 200, seen)

    async def _play_while_heard(
        self, script: Script, request_id: str, scope: Any, receive: Receive, send: Send
    ) -> None:
        """Play the script until its end or until the other side leaves."""
        stage = _Stage(send)
        playing = asyncio.ensure_future(_play(script, scope, stage.send))
        leaving = asyncio.ensure_future(receive())
        await asyncio.wait((playing, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            self.simulator.departures.append(Departure(request_id, time.time(), stage.parts))
        leaving.cancel()
        playing.cancel()
        await asyncio.gather(playing, leaving, return_exceptions=True)


class _Stage:
    """Counts the parts of a body that were sent."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.parts = 0

    async def send(self, message: Any) -> None:
        self.parts += message["type"] == "http.response.body"
        await self._send(message)


def simulator_app(simulator: Simulator) -> SimulatorApplication:
    """The simulator as an ASGI callable; serve it with `server_config`, so that cuts are real."""
    return SimulatorApplication(simulator)


def server_config(simulator: Simulator, *, host: str = "127.0.0.1", port: int = 0) -> uvicorn.Config:
    """The configuration of a uvicorn server that serves the simulator alone."""
    return uvicorn.Config(
        simulator_app(simulator),
        host=host,
        port=port,
        loop="uvloop",
        http=BreakableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        timeout_keep_alive=60,
    )


async def _play(script: Script, scope: Any, send: Send) -> None:
    headers = [(name.encode(), value.encode()) for name, value in script.headers.items()]
    if script.length is not None:
        headers.append((b"content-length", b"%d" % script.length))
    started = False
    for seconds, part in script.steps:
        await pause(seconds)
        if not started:
            started = True
            await send({"type": "http.response.start", "status": script.status, "headers": headers})
        await send({"type": "http.response.body", "body": part, "more_body": True})
    if script.ending == "hang":
        await asyncio.Event().wait()
    while script.ending == "endless":
        await pause(0.0)
        await send({"type": "http.response.body", "body": script.steps[-1][1], "more_body": True})
    if script.ending == "abort":
        _break(scope)
    else:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _break(scope: Any) -> None:
    scope["state"][_TRANSPORT].abort()
