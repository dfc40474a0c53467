"""Several workers ask one process of the text runtime: the worker that keeps it tells the others where it listens.

Where it listens, and the key for it, stand in a file that its owner alone can read; it is written when the process
is ready and gone when it is not.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import msgspec

from colonnade.errors import UpstreamFailed
from colonnade.gateway.upstream.interface import Answer, Ask
from colonnade.gateway.upstream.openai_compatible import OpenAICompatible
from colonnade.workload.sections.serving import Upstream as Declared


class Place(msgspec.Struct, frozen=True):
    """Where a process listens, and the key that it wants."""

    address: str
    key: str


_decode = msgspec.json.Decoder(Place).decode


def announce(file: Path, place: Place | None) -> None:
    """Tell the other workers; None says that nothing listens."""
    if place is None:
        file.unlink(missing_ok=True)
        return
    draft = file.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as written:
        written.write(msgspec.json.encode(place))
    draft.replace(file)


def place_in(file: Path) -> Place | None:
    """What the file tells; None where there is none or it cannot be understood."""
    try:
        return _decode(file.read_bytes())
    except (OSError, msgspec.MsgspecError):
        return None


class SharedText:
    """An upstream whose process another worker keeps.

    Args:
        model: the name under which it answers.
        file: where the other worker tells the place.
        connections: the most that this worker opens to it.
    """

    def __init__(self, model: str, file: Path, connections: int) -> None:
        self.name = model
        self._file = file
        self._connections = connections
        self._place: Place | None = None
        self._client: OpenAICompatible | None = None

    async def ask(self, ask: Ask) -> Answer:
        """Answer; looks for the place anew where the known one does not answer any more."""
        client = self._client or await self._find()
        try:
            return await client.ask(ask)
        except UpstreamFailed as error:
            if error.code != "upstream_unreachable":
                raise
            return await (await self._find()).ask(ask)

    async def ready(self) -> str | None:
        """None when the other worker's process answers."""
        try:
            client = self._client or await self._find()
        except UpstreamFailed:
            return f"the model {self.name} is loading in another worker"
        return await client.ready()

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _find(self) -> OpenAICompatible:
        place = await asyncio.to_thread(place_in, self._file)
        if place is None:
            raise UpstreamFailed("The upstream waits: its process starts.", code="upstream_starting")
        if self._client is None or place != self._place:
            with suppress(UpstreamFailed):
                await self.close()
            declared = Declared(
                kind="openai_compatible", base_url=f"{place.address}/v1", connections=self._connections
            )
            self._place, self._client = place, OpenAICompatible(self.name, declared, place.key)
        return self._client
