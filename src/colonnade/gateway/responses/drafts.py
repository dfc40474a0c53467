"""Each output item of an answer grows from differences, and says what an observer of the stream should see of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from colonnade.gateway.responses import events
from colonnade.gateway.responses.wire import (
    FunctionCallItem,
    Item,
    ItemStatus,
    MessageItem,
    OutputText,
    ReasoningItem,
    Refusal,
    SummaryText,
)

Say = Callable[[events.Event], None]


@dataclass(slots=True)
class ReasoningDraft:
    """Reasoning, told as one summary."""

    id: str
    place: int
    say: Say
    _texts: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        """More reasoning."""
        if not self._texts:
            begun = ReasoningItem(self.id, [], "in_progress")
            self.say(events.ItemAdded(output_index=self.place, item=begun))
            self.say(events.SummaryPartAdded(**self._where(), part=SummaryText("")))
        self._texts.append(text)
        self.say(events.SummaryDelta(**self._where(), delta=text))

    def item(self, status: ItemStatus) -> Item:
        """The item as it is now."""
        return ReasoningItem(self.id, [SummaryText("".join(self._texts))], status)

    def close(self, status: ItemStatus) -> None:
        """It is whole."""
        part = SummaryText("".join(self._texts))
        self.say(events.SummaryDone(**self._where(), text=part.text))
        self.say(events.SummaryPartDone(**self._where(), part=part))
        self.say(events.ItemDone(output_index=self.place, item=self.item(status)))

    def _where(self) -> dict[str, Any]:
        return {"item_id": self.id, "output_index": self.place}


@dataclass(slots=True)
class PartDraft:
    """One part of a message: words of the answer, or of a refusal."""

    refuses: bool
    texts: list[str] = field(default_factory=list)
    logprobs: list[Any] = field(default_factory=list)
    annotations: list[Any] = field(default_factory=list)

    def part(self) -> OutputText | Refusal:
        """The part as it is now."""
        text = "".join(self.texts)
        return (
            Refusal(text) if self.refuses else OutputText(text, list(self.annotations), list(self.logprobs))
        )


@dataclass(slots=True)
class MessageDraft:
    """A message of the model's; its last part is the one that grows."""

    id: str
    place: int
    say: Say
    _parts: list[PartDraft] = field(default_factory=list)

    def add(self, text: str, logprobs: list[Any]) -> None:
        """More text, perhaps none."""
        part = self._part(refuses=False)
        part.texts.append(text)
        part.logprobs += logprobs
        if text:
            self.say(events.TextDelta(**self._where(), delta=text, logprobs=logprobs))

    def refuse(self, text: str) -> None:
        """More of a refusal."""
        self._part(refuses=True).texts.append(text)
        self.say(events.RefusalDelta(**self._where(), delta=text))

    def annotate(self, annotation: Any) -> None:
        """An annotation of the text."""
        part = self._part(refuses=False)
        part.annotations.append(annotation)
        number = len(part.annotations) - 1
        self.say(events.AnnotationAdded(**self._where(), annotation_index=number, annotation=annotation))

    def item(self, status: ItemStatus) -> Item:
        """The item as it is now."""
        return MessageItem(self.id, status, [part.part() for part in self._parts])

    def close(self, status: ItemStatus) -> None:
        """It is whole."""
        self._close_part()
        self.say(events.ItemDone(output_index=self.place, item=self.item(status)))

    def _part(self, *, refuses: bool) -> PartDraft:
        if self._parts and self._parts[-1].refuses == refuses:
            return self._parts[-1]
        if self._parts:
            self._close_part()
        else:
            begun = MessageItem(self.id, "in_progress", [])
            self.say(events.ItemAdded(output_index=self.place, item=begun))
        self._parts.append(PartDraft(refuses))
        self.say(events.PartAdded(**self._where(), part=self._parts[-1].part()))
        return self._parts[-1]

    def _close_part(self) -> None:
        part = self._parts[-1].part()
        if isinstance(part, Refusal):
            self.say(events.RefusalDone(**self._where(), refusal=part.refusal))
        else:
            self.say(events.TextDone(**self._where(), text=part.text, logprobs=part.logprobs))
        self.say(events.PartDone(**self._where(), part=part))

    def _where(self) -> dict[str, Any]:
        return {"item_id": self.id, "output_index": self.place, "content_index": len(self._parts) - 1}


@dataclass(slots=True)
class CallDraft:
    """A tool call. It begins to be seen when its name is known; some providers repeat the name in every piece."""

    id: str
    place: int
    say: Say
    call_id: str = ""
    _name: str = ""
    _arguments: list[str] = field(default_factory=list)
    _begun: bool = False

    def add(self, call_id: str, name: str, arguments: str) -> None:
        """A piece of the call; each argument may be empty."""
        self.call_id = self.call_id or call_id
        self._name = self._name or name
        if self._name and not self._begun:
            self._begin()
        if arguments:
            self._arguments.append(arguments)
            if self._begun:
                self._tell(arguments)

    def item(self, status: ItemStatus) -> Item:
        """The item as it is now."""
        return self._as(status, "".join(self._arguments))

    def close(self, status: ItemStatus) -> None:
        """It is whole."""
        if not self._begun:
            self._begin()
        whole = events.ArgumentsDone(
            item_id=self.id, output_index=self.place, name=self._name, arguments="".join(self._arguments)
        )
        self.say(whole)
        self.say(events.ItemDone(output_index=self.place, item=self.item(status)))

    def _begin(self) -> None:
        self._begun = True
        self.say(events.ItemAdded(output_index=self.place, item=self._as("in_progress", "")))
        if self._arguments:
            self._tell("".join(self._arguments))

    def _as(self, status: ItemStatus, arguments: str) -> Item:
        return FunctionCallItem(self.id, self.call_id or f"call_{self.id}", self._name, arguments, status)

    def _tell(self, arguments: str) -> None:
        self.say(events.ArgumentsDelta(item_id=self.id, output_index=self.place, delta=arguments))
