"""LangChain with `ChatAnthropic`."""

from __future__ import annotations

from typing import Any

from langchain_anthropic import ChatAnthropic
from langchain_core.tools import tool as as_tool
from pydantic import BaseModel
from told import (
    KEY,
    PIECES_BEFORE_LEAVING,
    QUESTION,
    URL,
    WRONG_KEY,
    check,
    main,
    raised,
    read_until_it_breaks,
)

BRIEF = [("system", "Be brief."), ("user", QUESTION)]


def model(name: str = "answer", key: str = KEY, **fields: Any) -> ChatAnthropic:
    return ChatAnthropic(model=name, base_url=URL, api_key=key, **{"max_tokens": 200, **fields})


class Weather(BaseModel):
    """What the model must answer."""

    city: str
    days: int


@as_tool
def weather(city: str, days: int) -> str:
    """The weather in a city for some days."""
    return f"rain in {city} for {days} days"


@check
def whole() -> dict[str, Any]:
    answer = model().invoke(BRIEF)
    return {
        "text": answer.content,
        "finish": answer.response_metadata["stop_reason"],
        "input": answer.usage_metadata["input_tokens"],
        "output": answer.usage_metadata["output_tokens"],
    }


@check
def streamed() -> dict[str, Any]:
    chunks = list(model().stream(BRIEF))
    said = None
    for chunk in chunks:
        said = chunk if said is None else said + chunk
    return {"text": said.text, "pieces": len(chunks), "output": said.usage_metadata["output_tokens"]}


@check
def tool() -> dict[str, Any]:
    chat = model()
    called = chat.bind_tools([weather], tool_choice="any").invoke(QUESTION)
    [call] = called.tool_calls
    after = chat.bind_tools([weather]).invoke([("user", QUESTION), called, weather.invoke(call)])
    return {"name": call["name"], "arguments": call["args"], "after": after.text}


@check
def structured_by_tool() -> dict[str, Any]:
    asked = model().with_structured_output(Weather)
    return {"value": asked.invoke(QUESTION).model_dump()}


@check
def structured() -> dict[str, Any]:
    asked = model().with_structured_output(Weather, method="json_schema")
    return {"value": asked.invoke(QUESTION).model_dump()}


@check
def wrong_key() -> dict[str, Any]:
    return raised(lambda: model(key=WRONG_KEY).invoke(QUESTION))


@check
def unknown_model() -> dict[str, Any]:
    return raised(lambda: model("none").invoke(QUESTION))


@check
def bad_request() -> dict[str, Any]:
    return raised(lambda: model(max_tokens=-1).invoke(QUESTION))


@check
def throttled() -> dict[str, Any]:
    return raised(lambda: model("busy", max_retries=0).invoke(QUESTION))


@check
def failed() -> dict[str, Any]:
    return raised(lambda: model("failing").invoke(QUESTION))


@check
def cut() -> dict[str, Any]:
    return read_until_it_breaks(chunk.text for chunk in model("cut").stream(QUESTION))


@check
def left() -> dict[str, Any]:
    chunks = model("slow").stream(QUESTION)
    pieces = 0
    for chunk in chunks:
        pieces += bool(chunk.text)
        if pieces == PIECES_BEFORE_LEAVING:
            break
    chunks.close()
    return {"pieces": pieces}


if __name__ == "__main__":
    main()
