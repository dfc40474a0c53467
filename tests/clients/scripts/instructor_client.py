"""Instructor: objects from answers, by a tool, by a schema, in parts, and over Anthropic's messages."""

from __future__ import annotations

from typing import Any

import anthropic
import instructor
import openai
from pydantic import BaseModel
from told import ASK, KEY, URL, WRONG_KEY, check, main, raised


class Weather(BaseModel):
    """What the model must answer."""

    city: str
    days: int


def client(mode: instructor.Mode, key: str = KEY) -> Any:
    return instructor.from_openai(openai.OpenAI(base_url=f"{URL}/v1", api_key=key, max_retries=0), mode=mode)


def refused(model: str = "answer", key: str = KEY, **fields: Any) -> dict[str, Any]:
    asked = client(instructor.Mode.TOOLS, key).chat.completions
    return raised(
        lambda: asked.create(model=model, messages=ASK, response_model=Weather, max_retries=1, **fields)
    )


@check
def structured_by_tool() -> dict[str, Any]:
    asked = client(instructor.Mode.TOOLS).chat.completions
    value, answer = asked.create_with_completion(model="answer", messages=ASK, response_model=Weather)
    return {"value": value.model_dump(), "request_id": answer._request_id}


@check
def structured() -> dict[str, Any]:
    asked = client(instructor.Mode.JSON_SCHEMA).chat.completions
    value, answer = asked.create_with_completion(model="answer", messages=ASK, response_model=Weather)
    return {"value": value.model_dump(), "output": answer.usage.completion_tokens}


@check
def structured_streamed() -> dict[str, Any]:
    asked = client(instructor.Mode.JSON_SCHEMA).chat.completions
    parts = list(asked.create_partial(model="answer", messages=ASK, response_model=Weather))
    return {"value": parts[-1].model_dump(), "pieces": len(parts)}


@check
def structured_by_messages() -> dict[str, Any]:
    asked = instructor.from_anthropic(anthropic.Anthropic(base_url=URL, api_key=KEY)).messages
    value = asked.create(model="answer", max_tokens=200, messages=ASK, response_model=Weather)
    return {"value": value.model_dump()}


@check
def wrong_key() -> dict[str, Any]:
    return refused(key=WRONG_KEY)


@check
def unknown_model() -> dict[str, Any]:
    return refused("none")


@check
def bad_request() -> dict[str, Any]:
    return refused(max_tokens=-1)


@check
def throttled() -> dict[str, Any]:
    return refused("busy")


@check
def cut() -> dict[str, Any]:
    """The tool's arguments are complete before the stream breaks: it must raise all the same."""
    asked = client(instructor.Mode.TOOLS).chat.completions
    return raised(lambda: list(asked.create_partial(model="cut", messages=ASK, response_model=Weather)))


if __name__ == "__main__":
    main()
