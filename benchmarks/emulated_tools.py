"""How often an embedded model calls the right tool where tools are emulated: ten questions, two tools.

Four questions ask for what a tool does; the other six are answered in words by whoever understands them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from colonnade.gateway.emulation.asking import emulated
from colonnade.gateway.upstream.embedded.runtime import Runtime
from colonnade.gateway.upstream.embedded.text import EmbeddedText
from colonnade.gateway.upstream.interface import Ask
from colonnade.registry.models import ModelStore

MODEL = "qwen2.5-coder-0.5b-instruct-q4_k_m"
QUESTIONS = {
    "What is the weather in Paris?": "get_weather",
    "Is it cold in Oslo right now?": "get_weather",
    "Mail Ada that lunch is at noon.": "send_mail",
    "Write to Bob that I am late.": "send_mail",
    "Say hello to me.": "",
    "What is 2+2?": "",
    "Who wrote Hamlet?": "",
    "Tell me a short story.": "",
    "Translate 'dog' to French.": "",
    "What do you think of rain?": "",
}


def tool(name: str, description: str, **properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": list(properties)[:2]}
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": parameters},
    }


TOOLS = [
    tool("get_weather", "The weather in a city now", city={"type": "string"}),
    tool("send_mail", "Send a mail", to={"type": "string"}, body={"type": "string"}),
]


async def called(model: EmbeddedText, question: str) -> str:
    request = {
        "model": model.name, "messages": [{"role": "user", "content": question}], "tools": TOOLS,
        "temperature": 0, "max_tokens": 60,
    }  # fmt: skip
    answer = await emulated(model, Ask("/chat/completions", b"", False, 0.0, "tools", request=request))
    calls = json.loads(answer.body)["choices"][0]["message"].get("tool_calls")
    return calls[0]["function"]["name"] if calls else ""


async def measure(name: str, questions: int) -> None:
    files = ModelStore().ensure(name)
    with tempfile.TemporaryDirectory() as folder:
        model = EmbeddedText(Runtime.of(files), Path(folder) / "embedded.log")
        model.start()
        while await model.ready():  # noqa: ASYNC110 - a process is waited for
            await asyncio.sleep(0.1)
        got = {question: await called(model, question) for question in list(QUESTIONS)[:questions]}
        await model.close()
    for question, answer in got.items():
        print(f"{'right' if answer == QUESTIONS[question] else 'wrong':6} {answer or 'words':12} {question}")
    asked = [question for question in got if QUESTIONS[question]]
    right = sum(got[question] == QUESTIONS[question] for question in asked)
    needless = sum(bool(got[question]) for question in got if question not in asked)
    print(f"{name}: {right} of {len(asked)} right, {needless} of {len(got) - len(asked)} needless")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=MODEL, help="a text model of models.toml")
    parser.add_argument("--questions", type=int, default=len(QUESTIONS))
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.model, arguments.questions))


if __name__ == "__main__":
    main()
