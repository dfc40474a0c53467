"""The official OpenAI client: chat completions and embeddings."""

from __future__ import annotations

import json
from typing import Any

import openai
from pydantic import BaseModel
from told import (
    ASK,
    KEY,
    PARAMETERS,
    PIECES_BEFORE_LEAVING,
    TOLD,
    URL,
    WRONG_KEY,
    check,
    main,
    raised,
    read_until_it_breaks,
)

client = openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY)
impatient = client.with_options(max_retries=0)
TOOL: Any = {"type": "function", "function": {"name": "weather", "parameters": PARAMETERS}}


class Weather(BaseModel):
    """What the model must answer."""

    city: str
    days: int


@check
def whole() -> dict[str, Any]:
    answer = client.chat.completions.create(model="answer", messages=TOLD)
    return {
        "text": answer.choices[0].message.content,
        "finish": answer.choices[0].finish_reason,
        "input": answer.usage.prompt_tokens,
        "output": answer.usage.completion_tokens,
        "request_id": answer._request_id,
    }


@check
def streamed() -> dict[str, Any]:
    stream = client.chat.completions.create(
        model="answer", messages=TOLD, stream=True, stream_options={"include_usage": True}
    )
    events = list(stream)
    pieces = [event.choices[0].delta.content or "" for event in events if event.choices]
    return {
        "text": "".join(pieces),
        "pieces": len(pieces),
        "output": events[-1].usage.completion_tokens,
        "request_id": stream.response.headers["x-request-id"],
    }


@check
def tool() -> dict[str, Any]:
    called = client.chat.completions.create(
        model="answer", messages=ASK, tools=[TOOL], tool_choice="required"
    )
    [call] = called.choices[0].message.tool_calls
    result = {"role": "tool", "tool_call_id": call.id, "content": "rain"}
    after = client.chat.completions.create(
        model="answer", messages=[*ASK, called.choices[0].message, result], tools=[TOOL]
    )
    return {
        "name": call.function.name,
        "arguments": json.loads(call.function.arguments),
        "after": after.choices[0].message.content,
    }


@check
def streamed_tool() -> dict[str, Any]:
    with client.chat.completions.stream(
        model="answer", messages=ASK, tools=[TOOL], tool_choice="required"
    ) as events:
        [call] = events.get_final_completion().choices[0].message.tool_calls
    return {"name": call.function.name, "arguments": json.loads(call.function.arguments)}


@check
def structured() -> dict[str, Any]:
    answer = client.chat.completions.parse(model="answer", messages=ASK, response_format=Weather)
    return {"value": answer.choices[0].message.parsed.model_dump()}


@check
def vectors() -> dict[str, Any]:
    answer = client.embeddings.create(model="vectors", input=["one", "two"], dimensions=64)
    return {"lengths": [len(item.embedding) for item in answer.data], "input": answer.usage.prompt_tokens}


@check
def models() -> dict[str, Any]:
    return {"names": [model.id for model in client.models.list()]}


@check
def wrong_key() -> dict[str, Any]:
    other = client.with_options(api_key=WRONG_KEY)
    return raised(lambda: other.chat.completions.create(model="answer", messages=ASK))


@check
def unknown_model() -> dict[str, Any]:
    return raised(lambda: client.chat.completions.create(model="none", messages=ASK))


@check
def bad_request() -> dict[str, Any]:
    return raised(lambda: client.chat.completions.create(model="answer", messages=ASK, max_tokens=-1))


@check
def throttled() -> dict[str, Any]:
    return raised(lambda: impatient.chat.completions.create(model="busy", messages=ASK))


@check
def throttled_stream() -> dict[str, Any]:
    return raised(lambda: impatient.chat.completions.create(model="busy", messages=ASK, stream=True))


@check
def failed() -> dict[str, Any]:
    """With the client's own retries, which the gateway tells off."""
    return raised(lambda: client.chat.completions.create(model="failing", messages=ASK))


@check
def cut() -> dict[str, Any]:
    stream = client.chat.completions.create(model="cut", messages=ASK, stream=True)
    return read_until_it_breaks(event.choices[0].delta.content for event in stream if event.choices)


@check
def left() -> dict[str, Any]:
    stream = client.chat.completions.create(model="slow", messages=ASK, stream=True)
    pieces = 0
    for event in stream:
        pieces += bool(event.choices[0].delta.content)
        if pieces == PIECES_BEFORE_LEAVING:
            break
    stream.close()
    return {"pieces": pieces, "request_id": stream.response.headers["x-request-id"]}


if __name__ == "__main__":
    main()
