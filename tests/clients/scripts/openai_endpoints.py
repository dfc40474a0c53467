"""The official OpenAI client: everything beside chat."""

from __future__ import annotations

import base64
import io
import json
import time
import wave
from typing import Any

import openai
from pydantic import BaseModel
from told import (
    ASK,
    KEY,
    PARAMETERS,
    PIECES_BEFORE_LEAVING,
    QUESTION,
    URL,
    check,
    main,
    raised,
    read_until_it_breaks,
)

client = openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY)
TOOL: Any = {"type": "function", "name": "weather", "parameters": PARAMETERS, "strict": True}
LONGEST_BATCH_S = 30.0


class Weather(BaseModel):
    """What the model must answer."""

    city: str
    days: int


@check
def completion() -> dict[str, Any]:
    answer = client.completions.create(model="answer", prompt=QUESTION, max_tokens=200)
    return {"text": answer.choices[0].text, "output": answer.usage.completion_tokens}


@check
def completion_streamed() -> dict[str, Any]:
    events = list(client.completions.create(model="answer", prompt=QUESTION, max_tokens=200, stream=True))
    return {"text": "".join(event.choices[0].text for event in events), "pieces": len(events)}


@check
def response() -> dict[str, Any]:
    answer = client.responses.create(model="answer", input=QUESTION, instructions="Be brief.")
    return {
        "text": answer.output_text,
        "status": answer.status,
        "input": answer.usage.input_tokens,
        "output": answer.usage.output_tokens,
        "request_id": answer._request_id,
    }


@check
def response_streamed() -> dict[str, Any]:
    with client.responses.stream(model="answer", input=QUESTION) as stream:
        pieces = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    return {
        "text": "".join(pieces),
        "pieces": len(pieces),
        "final": final.output_text,
        "status": final.status,
    }


@check
def response_continued() -> dict[str, Any]:
    first = client.responses.create(model="answer", input=QUESTION)
    second = client.responses.create(model="answer", input="And then?", previous_response_id=first.id)
    kept = client.responses.retrieve(second.id)
    items = client.responses.input_items.list(second.id)
    client.responses.delete(second.id)
    return {
        "grew": second.usage.input_tokens - first.usage.input_tokens,
        "previous": second.previous_response_id == first.id,
        "kept": kept.output_text == second.output_text,
        "items": len(list(items)),
        "gone": raised(lambda: client.responses.retrieve(second.id)),
    }


@check
def response_tool() -> dict[str, Any]:
    called = client.responses.create(model="answer", input=ASK, tools=[TOOL], tool_choice="required")
    [call] = [item for item in called.output if item.type == "function_call"]
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "rain"}
    after = client.responses.create(
        model="answer", input=[result], previous_response_id=called.id, tools=[TOOL]
    )
    return {"name": call.name, "arguments": json.loads(call.arguments), "after": after.output_text}


@check
def response_structured() -> dict[str, Any]:
    answer = client.responses.parse(model="answer", input=QUESTION, text_format=Weather)
    return {"value": answer.output_parsed.model_dump()}


@check
def response_cut() -> dict[str, Any]:
    events = client.responses.create(model="cut", input=QUESTION, stream=True)
    kinds = []
    text = ""
    for event in events:
        kinds.append(event.type)
        text += event.delta if event.type == "response.output_text.delta" else ""
    error = event.response.error
    return {"text": text, "last": kinds[-1], "completed": "response.completed" in kinds, "code": error.code}


@check
def response_unknown_model() -> dict[str, Any]:
    return raised(lambda: client.responses.create(model="none", input=QUESTION))


@check
def left_response() -> dict[str, Any]:
    pieces = 0
    stream = client.responses.create(model="slow", input=QUESTION, stream=True)
    for event in stream:
        pieces += event.type == "response.output_text.delta"
        if pieces == PIECES_BEFORE_LEAVING:
            break
    stream.close()
    return {"pieces": pieces}


@check
def batch() -> dict[str, Any]:
    body = {"model": "answer", "messages": ASK}
    rows = [
        {"custom_id": f"row-{number}", "method": "POST", "url": "/v1/chat/completions", "body": body}
        for number in range(3)
    ]
    lines = "\n".join(map(json.dumps, rows)).encode()
    file = client.files.create(file=("rows.jsonl", lines), purpose="batch")
    made = client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    deadline = time.monotonic() + LONGEST_BATCH_S
    while (now := client.batches.retrieve(made.id)).status not in ("completed", "failed", "expired"):
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    output = client.files.content(now.output_file_id).text if now.output_file_id else ""
    answered = [json.loads(line) for line in output.splitlines()]
    return {
        "status": now.status,
        "completed": now.request_counts.completed,
        "ids": sorted(row["custom_id"] for row in answered),
        "listed": file.id in [each.id for each in client.files.list()],
        "deleted": client.files.delete(file.id).deleted,
    }


@check
def picture() -> dict[str, Any]:
    answer = client.images.generate(model="draw", prompt="a quiet harbour")
    return {"begins": base64.b64decode(answer.data[0].b64_json)[:4].hex()}


@check
def speech() -> dict[str, Any]:
    sound = client.audio.speech.create(model="say", voice="alloy", input="one two three four").content
    with wave.open(io.BytesIO(sound)) as heard:
        return {"frames": heard.getnframes()}


@check
def transcription() -> dict[str, Any]:
    answer = client.audio.transcriptions.create(model="hear", file=("said.wav", b"RIFF" + bytes(400)))
    return {"text": answer.text}


@check
def moderation() -> dict[str, Any]:
    answer = client.moderations.create(model="judge", input="a gate")
    return {"flagged": answer.results[0].flagged}


@check
def completion_cut() -> dict[str, Any]:
    events = client.completions.create(model="cut", prompt=QUESTION, max_tokens=200, stream=True)
    return read_until_it_breaks(event.choices[0].text for event in events)


if __name__ == "__main__":
    main()
