"""LiteLLM as a client: through `openai/` and through `anthropic/`."""

from __future__ import annotations

import json
from typing import Any

import litellm
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

TOOL: Any = {"type": "function", "function": {"name": "weather", "parameters": PARAMETERS}}


def complete(model: str = "answer", messages: Any = ASK, api_key: str = KEY, **fields: Any) -> Any:
    return litellm.completion(
        model=f"openai/{model}", api_base=f"{URL}/v1", api_key=api_key, messages=messages, **fields
    )


class Weather(BaseModel):
    """What the model must answer."""

    city: str
    days: int


@check
def whole() -> dict[str, Any]:
    answer = complete(messages=TOLD)
    return {
        "text": answer.choices[0].message.content,
        "finish": answer.choices[0].finish_reason,
        "input": answer.usage.prompt_tokens,
        "output": answer.usage.completion_tokens,
        "request_id": answer._hidden_params["additional_headers"]["llm_provider-x-request-id"],
    }


@check
def streamed() -> dict[str, Any]:
    chunks = list(complete(messages=TOLD, stream=True, stream_options={"include_usage": True}))
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    told = [chunk.usage for chunk in chunks if getattr(chunk, "usage", None)]
    return {"text": "".join(pieces), "pieces": len(pieces), "output": told[-1].completion_tokens}


@check
def tool() -> dict[str, Any]:
    called = complete(tools=[TOOL], tool_choice="required").choices[0].message
    [call] = called.tool_calls
    result = {"role": "tool", "tool_call_id": call.id, "content": "rain"}
    after = complete(messages=[*ASK, called, result], tools=[TOOL])
    return {
        "name": call.function.name,
        "arguments": json.loads(call.function.arguments),
        "after": after.choices[0].message.content,
    }


@check
def structured() -> dict[str, Any]:
    answer = complete(response_format=Weather)
    return {"value": json.loads(answer.choices[0].message.content)}


@check
def vectors() -> dict[str, Any]:
    answer = litellm.embedding(
        model="openai/vectors", api_base=f"{URL}/v1", api_key=KEY, input=["one", "two"]
    )
    return {"lengths": [len(item["embedding"]) for item in answer.data]}


@check
def by_messages() -> dict[str, Any]:
    answer = litellm.completion(model="anthropic/answer", api_base=URL, api_key=KEY, messages=TOLD)
    return {"text": answer.choices[0].message.content, "output": answer.usage.completion_tokens}


@check
def by_messages_streamed() -> dict[str, Any]:
    chunks = list(
        litellm.completion(model="anthropic/answer", api_base=URL, api_key=KEY, messages=TOLD, stream=True)
    )
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    return {"text": "".join(pieces), "pieces": len(pieces)}


@check
def by_responses() -> dict[str, Any]:
    answer = litellm.responses(model="openai/answer", api_base=f"{URL}/v1", api_key=KEY, input="Be brief.")
    return {"text": answer.output[0].content[0].text, "output": answer.usage.output_tokens}


@check
def wrong_key() -> dict[str, Any]:
    return raised(lambda: complete(api_key=WRONG_KEY))


@check
def unknown_model() -> dict[str, Any]:
    return raised(lambda: complete("none"))


@check
def bad_request() -> dict[str, Any]:
    return raised(lambda: complete(max_tokens=-1))


@check
def throttled() -> dict[str, Any]:
    return raised(lambda: complete("busy", max_retries=0))


@check
def failed() -> dict[str, Any]:
    return raised(lambda: complete("failing"))


@check
def cut() -> dict[str, Any]:
    stream = complete("cut", stream=True)
    return read_until_it_breaks(chunk.choices[0].delta.content for chunk in stream)


@check
def left() -> dict[str, Any]:
    stream = complete("slow", stream=True)
    pieces = 0
    for chunk in stream:
        pieces += bool(chunk.choices[0].delta.content)
        if pieces == PIECES_BEFORE_LEAVING:
            break
    stream.completion_stream.close()
    return {"pieces": pieces}


if __name__ == "__main__":
    main()
