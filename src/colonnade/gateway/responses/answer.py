"""An answer becomes output items in one way, whether it comes whole or in pieces: what is streamed is what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from colonnade.gateway.responses import inner
from colonnade.gateway.responses.drafts import CallDraft, MessageDraft, ReasoningDraft, Say
from colonnade.gateway.responses.events import Event
from colonnade.gateway.responses.identifiers import item_id
from colonnade.gateway.responses.wire import Item, ItemStatus

Draft = ReasoningDraft | MessageDraft | CallDraft
_D = TypeVar("_D", ReasoningDraft, MessageDraft, CallDraft)


def unheard(event: Event) -> None:
    """Nobody follows an answer that is whole."""


class AnswerDraft:
    """The output items of one answer, in the order in which they began.

    Reasoning and messages are whole when something else begins. Tool calls stay open until the answer ends,
    because providers may send pieces of several in turns.
    """

    __slots__ = ("_calls", "_grows", "_response_id", "_say", "items", "model")

    def __init__(self, response_id: str, say: Say = unheard) -> None:
        self.items: list[Draft] = []
        self.model = ""
        self._response_id = response_id
        self._say = say
        self._grows: Draft | None = None
        self._calls: dict[int, CallDraft] = {}

    def name(self, documents: Sequence[inner.Document]) -> None:
        """The model is the first that a document names."""
        self.model = self.model or next((each.model for each in documents if each.model), "")

    def take_all(self, documents: Sequence[inner.Document]) -> None:
        """Grow by the first choice of each document."""
        self.name(documents)
        for document in documents:
            for choice in document.choices or ():
                said = choice.delta or choice.message
                if choice.index == 0 and said is not None:
                    logprobs = choice.logprobs.content if choice.logprobs is not None else None
                    self.take(said, logprobs or [])

    def take(self, said: inner.Said, logprobs: list[Any]) -> None:
        """Grow by what was said."""
        thought = said.reasoning_content or (said.reasoning if isinstance(said.reasoning, str) else "")
        if thought:
            self._reasoning().add(thought)
        if said.content:
            self._message().add(said.content, logprobs)
        if said.refusal:
            self._message().refuse(said.refusal)
        for annotation in said.annotations or ():
            self._message().annotate(_flat(annotation))
        for number, piece in enumerate(said.tool_calls or ()):
            self._call(number if piece.index is None else piece.index, piece)

    def finish(self, *, cut_short: bool) -> list[Item]:
        """Close what is open; the item that grew last is incomplete where the answer was cut short."""
        if not self.items:
            self._message().add("", [])
        for draft in self.items:
            if draft is self._grows or isinstance(draft, CallDraft):
                draft.close(self._status(draft, cut_short=cut_short))
        return self.seen(cut_short=cut_short)

    def seen(self, *, cut_short: bool) -> list[Item]:
        """The items as they are now."""
        return [draft.item(self._status(draft, cut_short=cut_short)) for draft in self.items]

    def _status(self, draft: Draft, *, cut_short: bool) -> ItemStatus:
        return "incomplete" if cut_short and draft is self._grows else "completed"

    def _reasoning(self) -> ReasoningDraft:
        if isinstance(self._grows, ReasoningDraft):
            return self._grows
        return self._begin(ReasoningDraft(*self._next("reasoning"), self._say))

    def _message(self) -> MessageDraft:
        if isinstance(self._grows, MessageDraft):
            return self._grows
        return self._begin(MessageDraft(*self._next("message"), self._say))

    def _call(self, index: int, piece: inner.ToolCall) -> None:
        called, named = self._calls.get(index), piece.function or inner.Function()
        # Some providers count every call as the first: another id is another call.
        if called is None or (piece.id and called.call_id and piece.id != called.call_id):
            called = self._calls[index] = self._begin(CallDraft(*self._next("function_call"), self._say))
        self._turn_to(called)
        called.add(piece.id or "", named.name or "", named.arguments or "")

    def _next(self, kind: str) -> tuple[str, int]:
        place = len(self.items)
        return item_id(self._response_id, kind, "o", place), place

    def _begin(self, draft: _D) -> _D:
        self._turn_to(draft)
        self.items.append(draft)
        return draft

    def _turn_to(self, draft: Draft) -> None:
        left = self._grows
        if left is not None and left is not draft and not isinstance(left, CallDraft):
            left.close("completed")
        self._grows = draft


def _flat(annotation: Any) -> Any:
    """Chat nests a citation below its type; responses do not."""
    if not isinstance(annotation, dict):
        return annotation
    kind = annotation.get("type")
    nested = annotation.get(kind) if isinstance(kind, str) else None
    return {"type": kind, **nested} if isinstance(nested, dict) else annotation
