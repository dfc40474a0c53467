"""LangChain with `ChatOpenAI` and `OpenAIEmbeddings`."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import ToolMessage
from langchain_core.tools import tool as as_tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
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


def model(name: str = "answer", key: str = KEY, **fields: Any) -> ChatOpenAI:
    return ChatOpenAI(model=name, base_url=f"{URL}/v1", api_key=key, **fields)


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
    answer = model(include_response_headers=True).invoke(BRIEF)
    return {
        "text": answer.content,
        "finish": answer.response_metadata["finish_reason"],
        "input": answer.usage_metadata["input_tokens"],
        "output": answer.usage_metadata["output_tokens"],
        "request_id": answer.response_metadata["headers"]["x-request-id"],
    }


@check
def streamed() -> dict[str, Any]:
    chunks = list(model(stream_usage=True).stream(BRIEF))
    told = [chunk.usage_metadata for chunk in chunks if chunk.usage_metadata]
    return {
        "text": "".join(chunk.content for chunk in chunks),
        "pieces": len(chunks),
        "output": told[-1]["output_tokens"],
    }


@check
def tool() -> dict[str, Any]:
    chat = model()
    called = chat.bind_tools([weather], tool_choice="required").invoke(QUESTION)
    [call] = called.tool_calls
    result = weather.invoke(call)
    assert isinstance(result, ToolMessage)
    after = chat.bind_tools([weather]).invoke([("user", QUESTION), called, result])
    return {"name": call["name"], "arguments": call["args"], "after": after.content}


@check
def streamed_tool() -> dict[str, Any]:
    whole_call = None
    for chunk in model().bind_tools([weather], tool_choice="required").stream(QUESTION):
        whole_call = chunk if whole_call is None else whole_call + chunk
    [call] = whole_call.tool_calls
    return {"name": call["name"], "arguments": call["args"]}


@check
def structured() -> dict[str, Any]:
    return {"value": model().with_structured_output(Weather).invoke(QUESTION).model_dump()}


@check
def structured_by_tool() -> dict[str, Any]:
    asked = model().with_structured_output(Weather, method="function_calling")
    return {"value": asked.invoke(QUESTION).model_dump()}


@check
def by_responses() -> dict[str, Any]:
    answer = model(use_responses_api=True).invoke(QUESTION)
    return {"text": answer.text, "output": answer.usage_metadata["output_tokens"]}


@check
def vectors() -> dict[str, Any]:
    embedding = OpenAIEmbeddings(
        model="vectors", base_url=f"{URL}/v1", api_key=KEY, dimensions=64, check_embedding_ctx_length=False
    )
    return {"lengths": [len(vector) for vector in embedding.embed_documents(["one", "two"])]}


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
    return read_until_it_breaks(chunk.content for chunk in model("cut").stream(QUESTION))


@check
def left() -> dict[str, Any]:
    chunks = model("slow").stream(QUESTION)
    pieces = 0
    for chunk in chunks:
        pieces += bool(chunk.content)
        if pieces == PIECES_BEFORE_LEAVING:
            break
    chunks.close()
    return {"pieces": pieces}


if __name__ == "__main__":
    main()
