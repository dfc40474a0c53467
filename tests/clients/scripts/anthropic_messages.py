"""The official Anthropic client: messages, tools, counts, errors."""

from __future__ import annotations

from typing import Any

import anthropic
from told import (
    ASK,
    KEY,
    PARAMETERS,
    PIECES_BEFORE_LEAVING,
    URL,
    WRONG_KEY,
    check,
    main,
    raised,
    read_until_it_breaks,
)

client = anthropic.Anthropic(base_url=URL, api_key=KEY)
impatient = client.with_options(max_retries=0)
TOOL: Any = {"name": "weather", "description": "The weather in a city.", "input_schema": PARAMETERS}


def asked(model: str = "answer", **fields: Any) -> Any:
    return {"model": model, "max_tokens": 200, "messages": ASK, **fields}


@check
def whole() -> dict[str, Any]:
    answer = client.messages.create(**asked(system="Be brief."))
    return {
        "text": answer.content[0].text,
        "finish": answer.stop_reason,
        "input": answer.usage.input_tokens,
        "output": answer.usage.output_tokens,
        "request_id": answer._request_id,
    }


@check
def streamed() -> dict[str, Any]:
    with client.messages.stream(**asked(system="Be brief.")) as stream:
        pieces = list(stream.text_stream)
        message = stream.get_final_message()
        request_id = stream.response.headers["x-request-id"]
    return {
        "text": "".join(pieces),
        "pieces": len(pieces),
        "output": message.usage.output_tokens,
        "finish": message.stop_reason,
        "request_id": request_id,
    }


@check
def tool() -> dict[str, Any]:
    called = client.messages.create(**asked(tools=[TOOL], tool_choice={"type": "any"}))
    [call] = called.content
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "rain"}
    turns = [*ASK, {"role": "assistant", "content": called.content}, {"role": "user", "content": [result]}]
    after = client.messages.create(**asked(messages=turns, tools=[TOOL]))
    return {"name": call.name, "arguments": call.input, "after": after.content[0].text}


@check
def streamed_tool() -> dict[str, Any]:
    with client.messages.stream(**asked(tools=[TOOL], tool_choice={"type": "any"})) as stream:
        [call] = stream.get_final_message().content
    return {"name": call.name, "arguments": call.input}


@check
def structured() -> dict[str, Any]:
    form = {"format": {"type": "json_schema", "schema": PARAMETERS}}
    answer = client.messages.create(**asked(output_config=form))
    return {"text": answer.content[0].text}


@check
def count() -> dict[str, Any]:
    counted = client.messages.count_tokens(model="answer", messages=ASK)
    return {"input": counted.input_tokens}


@check
def models() -> dict[str, Any]:
    found = list(client.models.list())
    return {
        "names": [model.display_name for model in found],
        "years": [model.created_at.year for model in found],
    }


@check
def wrong_key() -> dict[str, Any]:
    other = client.with_options(api_key=WRONG_KEY)
    return raised(lambda: other.messages.create(**asked()))


@check
def unknown_model() -> dict[str, Any]:
    return raised(lambda: client.messages.create(**asked("none")))


@check
def bad_request() -> dict[str, Any]:
    return raised(lambda: client.messages.create(**asked(max_tokens=-1)))


@check
def throttled() -> dict[str, Any]:
    return raised(lambda: impatient.messages.create(**asked("busy")))


@check
def throttled_stream() -> dict[str, Any]:
    return raised(lambda: impatient.messages.create(**asked("busy"), stream=True))


@check
def failed() -> dict[str, Any]:
    """With the client's own retries, which the gateway tells off."""
    return raised(lambda: client.messages.create(**asked("failing")))


@check
def cut() -> dict[str, Any]:
    events = client.messages.create(**asked("cut"), stream=True)
    return read_until_it_breaks(event.delta.text for event in events if event.type == "content_block_delta")


@check
def left() -> dict[str, Any]:
    pieces = 0
    with client.messages.stream(**asked("slow")) as stream:
        request_id = stream.response.headers["x-request-id"]
        for _ in stream.text_stream:
            pieces += 1
            if pieces == PIECES_BEFORE_LEAVING:
                break
    return {"pieces": pieces, "request_id": request_id}


if __name__ == "__main__":
    main()
