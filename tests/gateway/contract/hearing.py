"""What a caller sees of an answer, in every dialect and both forms, told in the same few words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import httpx

QUESTION = "Tell me about columns."
TURNS = [{"role": "user", "content": QUESTION}]
SCHEMA = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}
FUNCTION = {"name": "lookup", "parameters": SCHEMA}

Form = Literal["whole", "streamed"]


@dataclass(frozen=True)
class Seen:
    """`code` of the error if there was one, `status`, the words of text, and whether the dialect's mark of a good end came.

    `in_band` is an error that came as the last event of a stream.
    """

    status: int
    code: str = ""
    words: int = 0
    ended: bool = False
    in_band: bool = False

    @property
    def fate(self) -> str:
        """`answer`, `event CODE`, or the status with the code."""
        if not self.code:
            return "answer"
        return f"event {self.code}" if self.in_band else f"{self.status} {self.code}"


@dataclass(frozen=True)
class Dialect:
    """How to ask at one path, and how to read what comes back.

    Args:
        body: fields of a request beside the model.
        tools: further fields that offer a tool.
        text: the text of a whole answer.
        piece: the text in one event.
        failed: the code in an error's body, or in an error event; "" where it is none.
        good_end: whether an event, as its data, is the mark of a good end.
    """

    path: str
    body: dict[str, Any]
    tools: dict[str, Any] | None
    text: Callable[[Any], str]
    piece: Callable[[Any], str]
    failed: Callable[[Any], str]
    good_end: Callable[[str], bool]

    def request(self, model: str, form: Form, *, tool: bool) -> dict[str, Any]:
        """The body of a request."""
        offered = self.tools if tool else {}
        return {"model": model, "stream": form == "streamed", **self.body, **(offered or {})}

    def seen(self, answer: httpx.Response) -> Seen:
        """Read the answer."""
        if not answer.headers["content-type"].startswith("text/event-stream"):
            document = answer.json()
            if answer.status_code != 200:
                return Seen(answer.status_code, self.failed(document))
            return Seen(200, words=len(self.text(document).split()), ended=True)
        return self._streamed(answer)

    def _streamed(self, answer: httpx.Response) -> Seen:
        assert answer.text.endswith("\n\n"), "the last event is whole, too"
        events = [data for block in answer.text.split("\n\n") if (data := _data(block))]
        documents = [json.loads(event) for event in events if event != "[DONE]"]
        words = sum(len(self.piece(document).split()) for document in documents)
        codes = [code for document in documents if (code := self.failed(document))]
        ends = [place for place, event in enumerate(events) if self.good_end(event)]
        assert len(codes) <= 1
        assert not codes or (not ends and self.failed(json.loads(events[-1]))), (
            "an error is the last event, and no good end"
        )
        assert len(ends) <= 1
        assert all(place == len(events) - 1 for place in ends), "nothing follows the end"
        return Seen(200, "".join(codes), words, ended=bool(ends), in_band=bool(codes))


def _data(block: str) -> str:
    return "".join(
        line.removeprefix("data:").strip() for line in block.split("\n") if line.startswith("data:")
    )


def _of_openai(document: Any) -> str:
    return str((document.get("error") or {}).get("code") or "")


def _of_responses(document: Any) -> str:
    if document.get("type") == "response.failed":
        return str(document["response"]["error"]["code"])
    return "" if "type" in document else _of_openai(document)


def _of_messages(document: Any) -> str:
    if document.get("type") != "error":
        return ""
    return str((document["error"].get("details") or {}).get("error_code", ""))


def _chat_piece(document: Any) -> str:
    return "".join(choice["delta"].get("content") or "" for choice in document.get("choices", ()))


def _responses_text(document: Any) -> str:
    parts = [part for item in document["output"] for part in item.get("content", ())]
    return "".join(part.get("text", "") for part in parts if part["type"] == "output_text")


DIALECTS = {
    "chat": Dialect(
        "/v1/chat/completions",
        {"messages": TURNS},
        {"tools": [{"type": "function", "function": FUNCTION}]},
        lambda document: document["choices"][0]["message"].get("content") or "",
        _chat_piece,
        _of_openai,
        lambda event: event == "[DONE]",
    ),
    "completions": Dialect(
        "/v1/completions",
        {"prompt": QUESTION},
        None,
        lambda document: document["choices"][0]["text"],
        lambda document: "".join(choice["text"] for choice in document.get("choices", ())),
        _of_openai,
        lambda event: event == "[DONE]",
    ),
    "responses": Dialect(
        "/v1/responses",
        {"input": QUESTION, "store": False},
        {"tools": [{"type": "function", "strict": False, **FUNCTION}]},
        _responses_text,
        lambda document: document["delta"] if document.get("type") == "response.output_text.delta" else "",
        _of_responses,
        lambda event: '"type":"response.completed"' in event or '"type":"response.incomplete"' in event,
    ),
    "messages": Dialect(
        "/v1/messages",
        {"messages": TURNS, "max_tokens": 2048},
        {"tools": [{"name": "lookup", "input_schema": SCHEMA}]},
        lambda document: "".join(block.get("text", "") for block in document["content"]),
        lambda document: (document.get("delta") or {}).get("text", ""),
        _of_messages,
        lambda event: '"type":"message_stop"' in event,
    ),
}
