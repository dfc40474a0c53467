"""An upstream whose provider takes batches: rows are handed over, every other call is asked at once."""

from __future__ import annotations

from typing import Final

import msgspec

from colonnade.gateway.upstream.handed.desk import Desk
from colonnade.gateway.upstream.handed.lane import Lane, Pace
from colonnade.gateway.upstream.handed.wire import Line
from colonnade.gateway.upstream.interface import Answer, Ask
from colonnade.gateway.upstream.web import WebUpstream, translated

_VERSION: Final = "/v1"
"""Rows name paths with it, whatever the base URL ends in."""


class HandingOver:
    """Wraps an upstream of OpenAI's wire.

    Args:
        within: what is asked at once.
        tag: tells this workload's jobs from others at the same account.
        pace: how rows are gathered and asked about.
    """

    def __init__(self, within: WebUpstream, tag: str, pace: Pace) -> None:
        self.name = within.name
        self.within = within
        self._lane = Lane(Desk(within.client, within.wire.verdict, tag), pace)

    async def ask(self, ask: Ask) -> Answer:
        """Answer; a row waits for as long as the provider takes, whatever limits of time a call has.

        Raises:
            CallError: as `Upstream.ask`, also for the status with which the provider answered a row; `upstream_batch_*`
                for a row that its job left unanswered.
        """
        if not ask.row:
            return await self.within.ask(ask)
        wire = self.within.wire
        post = translated(wire, ask)
        told = await self._lane.answer(Line(ask.row, _VERSION + post.path, msgspec.Raw(post.body)))
        body = bytes(told.body)
        if not 200 <= told.status_code < 300:
            raise wire.verdict(told.status_code, {}, body)
        headers = {"content-type": "application/json"}
        return Answer(told.status_code, body=wire.whole(ask, body), headers=headers)

    async def ready(self) -> str | None:
        """None if a connection can be had."""
        return await self.within.ready()

    async def close(self) -> None:
        """Leave the jobs to the provider, and close every connection."""
        await self._lane.close()
        await self.within.close()
