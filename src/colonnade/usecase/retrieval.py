"""On a route with knowledge, every answer rests on passages that were found, or says that none were."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from colonnade.gateway.call import Call, Forward, Reply, Source
from colonnade.gateway.canned import canned_reply
from colonnade.knowledge.passage import Passage, Retrieval
from colonnade.knowledge.question import search_text, user_messages
from colonnade.knowledge.retriever import Retriever
from colonnade.workload.sections.serving import RouteKnowledge

SOURCES_HEADER = b"x-colonnade-sources"


@dataclass(frozen=True, slots=True)
class Retrieve:
    """Finds passages for the last user message and leaves them in `call.sources`, best first.

    Stands before the stage that renders the prompt, which puts the sources into the request. Leaves `question`,
    `generation` and `nothing_found` too, and the header `x-colonnade-sources`: the source ids, or `none`. Where
    nothing is above the route's floor and the route wants it said, the stage answers itself.
    """

    retrievers: Mapping[str, Retriever]
    name: ClassVar[str] = "retrieve"

    def __call__(self, call: Call, forward: Forward) -> Awaitable[Reply]:
        """Retrieve where the route has knowledge; raises Unavailable and DeadlineExceeded."""
        use = call.route.knowledge if call.route is not None else None
        if use is None or call.endpoint != "chat":
            return forward(call)
        return self._retrieve(call, use, forward)

    async def _retrieve(self, call: Call, use: RouteKnowledge, forward: Forward) -> Reply:
        asked = user_messages(call.request.get("messages"))
        call.question = asked[-1] if asked else ""
        found = await self.retrievers[use.use].retrieve(
            search_text(asked), passages=use.passages, floor=use.floor, deadline=call.deadline or None
        )
        _leave(call, found, use)
        if call.nothing_found and use.when_nothing_found == "say_so":
            call.decide(self.name, "answered without a model: nothing relevant was found")
            return canned_reply(call, use.nothing_found_text)
        return await forward(call)


def _leave(call: Call, found: Retrieval, use: RouteKnowledge) -> None:
    call.sources = tuple(_source(passage) for passage in found.passages)
    call.generation = found.generation
    call.nothing_found = not found.passages
    ids = ",".join(passage.id for passage in found.passages)
    call.reply_headers.append((SOURCES_HEADER, ids.encode() or b"none"))
    best = "no candidate" if found.best is None else f"best score {found.best:.2f}"
    spent = ", ".join(f"{step} {milliseconds:.0f} ms" for step, milliseconds in found.timings.items())
    call.decide(
        Retrieve.name,
        f"{len(found.passages)} passages of {use.use} at {found.generation[:15]}, {best}, floor {use.floor:g}; {spent}",
    )


def _source(passage: Passage) -> Source:
    """The passage with its place in front, since headings say what a text is about."""
    text = f"{passage.place}\n{passage.text}" if passage.place else passage.text
    return Source(
        passage.id, passage.document, passage.document_version, passage.generation, text, passage.score
    )
