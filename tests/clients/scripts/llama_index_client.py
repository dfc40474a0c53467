"""LlamaIndex with `OpenAILike` and `OpenAIEmbedding`."""

from __future__ import annotations

from typing import Any

from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai_like import OpenAILike
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

ASKED = [ChatMessage(role="system", content="Be brief."), ChatMessage(role="user", content=QUESTION)]


def model(name: str = "answer", key: str = KEY, **fields: Any) -> OpenAILike:
    return OpenAILike(
        model=name, api_base=f"{URL}/v1", api_key=key, is_chat_model=True, is_function_calling_model=True,
        context_window=4096, **fields,
    )  # fmt: skip


class Weather(BaseModel):
    """What the model must answer."""

    city: str
    days: int


def weather(city: str, days: int) -> str:
    """The weather in a city for some days."""
    return f"rain in {city} for {days} days"


@check
def whole() -> dict[str, Any]:
    answer = model().chat(ASKED)
    return {
        "text": answer.message.content,
        "finish": answer.raw.choices[0].finish_reason,
        "input": answer.raw.usage.prompt_tokens,
        "output": answer.raw.usage.completion_tokens,
        "request_id": answer.raw._request_id,
    }


@check
def streamed() -> dict[str, Any]:
    asked = model(additional_kwargs={"stream_options": {"include_usage": True}})
    chunks = list(asked.stream_chat(ASKED))
    return {
        "text": chunks[-1].message.content,
        "pieces": len(chunks),
        "output": chunks[-1].raw.usage.completion_tokens,
    }


@check
def tool() -> dict[str, Any]:
    tools = [FunctionTool.from_defaults(fn=weather)]
    llm = model()
    called = llm.chat_with_tools(tools, user_msg=QUESTION, tool_required=True)
    [call] = llm.get_tool_calls_from_response(called)
    done = tools[0](**call.tool_kwargs)
    result = ChatMessage(role="tool", content=str(done), additional_kwargs={"tool_call_id": call.tool_id})
    after = llm.chat_with_tools(
        tools, chat_history=[ChatMessage(role="user", content=QUESTION), called.message, result]
    )
    return {"name": call.tool_name, "arguments": call.tool_kwargs, "after": after.message.content}


@check
def structured_by_tool() -> dict[str, Any]:
    answer = model().as_structured_llm(Weather).complete(QUESTION)
    return {"value": answer.raw.model_dump()}


@check
def structured() -> dict[str, Any]:
    answer = model(should_use_structured_outputs=True).as_structured_llm(Weather).complete(QUESTION)
    return {"value": answer.raw.model_dump()}


@check
def vectors() -> dict[str, Any]:
    embedding = OpenAIEmbedding(model_name="vectors", api_base=f"{URL}/v1", api_key=KEY, dimensions=64)
    return {"lengths": [len(vector) for vector in embedding.get_text_embedding_batch(["one", "two"])]}


@check
def wrong_key() -> dict[str, Any]:
    return raised(lambda: model(key=WRONG_KEY).chat(ASKED))


@check
def unknown_model() -> dict[str, Any]:
    return raised(lambda: model("none").chat(ASKED))


@check
def bad_request() -> dict[str, Any]:
    return raised(lambda: model(additional_kwargs={"max_tokens": -1}).chat(ASKED))


@check
def throttled() -> dict[str, Any]:
    return raised(lambda: model("busy", max_retries=0).chat(ASKED))


@check
def failed() -> dict[str, Any]:
    return raised(lambda: model("failing").chat(ASKED))


@check
def cut() -> dict[str, Any]:
    return read_until_it_breaks(chunk.delta for chunk in model("cut").stream_chat(ASKED))


@check
def left() -> dict[str, Any]:
    chunks = model("slow").stream_chat(ASKED)
    pieces = 0
    for chunk in chunks:
        pieces += bool(chunk.delta)
        if pieces == PIECES_BEFORE_LEAVING:
            break
    chunks.close()
    return {"pieces": pieces}


if __name__ == "__main__":
    main()
