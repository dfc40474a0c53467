"""How fast a text model is on this machine, as its own process counts it."""

from __future__ import annotations

import asyncio
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import psutil

from colonnade.errors import SetupError
from colonnade.gateway.upstream.embedded.runtime import Runtime
from colonnade.gateway.upstream.embedded.text import EmbeddedText
from colonnade.gateway.upstream.interface import Ask

_PROMPT = "The quick brown fox jumps over the lazy dog, and nobody asks it why. " * 24
"""About 400 tokens: the length of a question with four passages."""
_ANSWER_TOKENS = 60
_ROUNDS = 3
_LIMIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Speed:
    """Medians of three rounds, tokens a second; `parallel_per_s` is the sum over all slots at work.

    `load_s` is the time from the start to readiness, with the check of the digest; `cpu_s` is processor time a
    round, which depends less than the others on what else the machine does; `resident_mb` holds the mapped
    weights too.
    """

    threads: int
    prompt_threads: int
    load_s: float
    prompt_per_s: float
    answer_per_s: float
    parallel_per_s: float
    cpu_s: float
    resident_mb: float


async def measure(runtime: Runtime, log: Path) -> Speed:
    """Start the runtime, ask it three times about 400 tokens, then with all slots at once, and end it.

    Raises:
        SetupError: it does not start.
    """
    model = EmbeddedText(runtime, log)
    try:
        load_s = await _start(model)
        process = psutil.Process(model.state.pid)
        before = _cpu_s(process)
        rounds = [(await _ask(model, str(number)))["timings"] for number in range(_ROUNDS)]
        cpu_s = (_cpu_s(process) - before) / _ROUNDS
        return Speed(
            threads=runtime.threads,
            prompt_threads=runtime.prompt_threads,
            load_s=load_s,
            prompt_per_s=statistics.median(timing["prompt_per_second"] for timing in rounds),
            answer_per_s=statistics.median(timing["predicted_per_second"] for timing in rounds),
            parallel_per_s=await _together(model, runtime.slots),
            cpu_s=cpu_s,
            resident_mb=process.memory_info().rss / 1e6,
        )
    finally:
        await model.close()


async def _start(model: EmbeddedText) -> float:
    clock = asyncio.get_running_loop().time
    began = clock()
    model.start()
    while (waits := await model.ready()) is not None:
        if model.state.refused or model.state.restarts or clock() - began > _LIMIT_S:
            raise SetupError(f"{model.name} cannot be measured: {waits}")
        await asyncio.sleep(0.01)
    return clock() - began


async def _together(model: EmbeddedText, slots: int) -> float:
    clock = asyncio.get_running_loop().time
    began = clock()
    answers = await asyncio.gather(*(_ask(model, f"Tell {number}.", prompt="") for number in range(slots)))
    return float(sum(answer["usage"]["completion_tokens"] for answer in answers) / (clock() - began))


async def _ask(model: EmbeddedText, head: str, prompt: str = _PROMPT) -> dict[str, Any]:
    """`head` comes first, so that nothing of the prompt can be reused from the round before."""
    request = {
        "messages": [{"role": "user", "content": head + prompt}],
        "max_tokens": _ANSWER_TOKENS,
        "temperature": 0,
        "cache_prompt": False,
        "ignore_eos": True,
    }
    deadline = asyncio.get_running_loop().time() + _LIMIT_S
    answer = await model.ask(
        Ask("/chat/completions", msgspec.json.encode(request), False, deadline, "measure")
    )
    document: dict[str, Any] = msgspec.json.decode(answer.body)
    return document


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
