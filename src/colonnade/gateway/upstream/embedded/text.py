"""A text model that runs inside answers like every other upstream."""

from __future__ import annotations

from pathlib import Path

from colonnade.errors import UpstreamFailed
from colonnade.gateway.upstream.embedded.runtime import Runtime
from colonnade.gateway.upstream.embedded.supervisor import State, Supervisor
from colonnade.gateway.upstream.interface import Answer, Ask


class EmbeddedText:
    """An upstream whose server is a process of our own.

    Args:
        runtime: what to load, and with how much of the machine.
        log: the process's log; free of prompts and answers.
        place: where other workers are told how to reach it; None where there are none.
    """

    def __init__(self, runtime: Runtime, log: Path, place: Path | None = None) -> None:
        self.name = runtime.model
        self.supervisor = Supervisor(runtime, log, place)

    @property
    def state(self) -> State:
        """What is known of the process: phase, verified digest, restarts."""
        return self.supervisor.state

    def start(self) -> None:
        """Start the process; returns at once."""
        self.supervisor.start()

    async def ask(self, ask: Ask) -> Answer:
        """Answer; fails at once while the process is not ready, with the code `upstream_starting`."""
        client = self.supervisor.client
        if client is None:
            code = "upstream_refused" if self.state.refused else "upstream_starting"
            raise UpstreamFailed(f"The upstream waits: {await self.ready()}.", code=code)
        return await client.ask(ask)

    async def ready(self) -> str | None:
        """None when it answers, else how far it is."""
        state = self.state
        match state.phase:
            case "ready":
                return None
            case "loading":
                return f"the model {self.name} is loading (file verified)"
            case "refused":
                return f"the model {self.name} is refused: {state.reason}"
            case "pausing":
                return f"the model {self.name} starts again soon: {state.reason}"
            case "verifying":
                return f"the file of the model {self.name} is being verified"
            case _:
                return f"the model {self.name} is {state.phase}"

    async def close(self) -> None:
        """End the process."""
        await self.supervisor.close()
