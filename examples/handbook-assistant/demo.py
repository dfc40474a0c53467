"""The main job from end to end: start, exercise, ask with the OpenAI client, evaluate, review, stop.

`make demo` asks a seeded sample of the questions, `make evals` (`--all`) all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path

import openai
from rich.console import Console

from colonnade.assembly.drills.running import known_drills, run_drills
from colonnade.assembly.evaluating import AskRoute, Replied, evaluate_answers, evaluate_knowledge, source_ids
from colonnade.assembly.reviewing import review_workload
from colonnade.assembly.starting import Addresses, Started, start, tended, wait_for_models
from colonnade.cli.figures import metrics_table
from colonnade.cli.progress import counted, shown
from colonnade.cli.scorecard import show
from colonnade.errors import ColonnadeError, FaultyWorkload
from colonnade.evaluation.answering import AskFailed

HOST = "127.0.0.1"
QUESTION = "When does a drill count?"
MODEL_PATIENCE_S = 120.0
FAULTS = ("429 at simulator", "503 at simulator", "stall at simulator", "malformed at simulator")
"""One of each kind; `colonnade drill run all` takes eight minutes and breaks everything that there is."""


def main() -> None:
    """Run the demonstration; exit code 0 when every part of it was carried out."""
    asked = _arguments()
    folder = Path(os.environ.get("WORKLOAD", Path(__file__).parent))
    port = int(os.environ.get("PORT", "8080"))
    try:
        _demonstrate(folder, Addresses(HOST, port, port + 1), whole=asked.all)
    except FaultyWorkload as error:
        sys.exit("\n".join(str(fault) for fault in error.faults))
    except ColonnadeError as error:
        sys.exit(f"demo: {error}")
    except KeyboardInterrupt:
        sys.exit("stopped")


def _demonstrate(folder: Path, addresses: Addresses, *, whole: bool) -> None:
    began = time.monotonic()
    with shown() as account:
        started = start([folder], addresses, account)
    try:
        _say(began, f"gateway ready at {addresses.base_url}")
        wait_for_models(addresses, MODEL_PATIENCE_S, lambda text: _say(began, text))
        with tended(started):
            asyncio.run(_work(folder, started, began, whole=whole))
        show(review_workload(folder, None, time.time()), Console(highlight=False))
    finally:
        started.stop()
    _say(began, "stopped")


async def _work(folder: Path, started: Started, began: float, *, whole: bool) -> None:
    async with openai.AsyncOpenAI(
        base_url=started.addresses.base_url, api_key=started.key, max_retries=0
    ) as client:
        await _first_answer(client, began)
        _say(began, "retrieval is scored on all questions")
        with counted("questions", silent=False) as progress:
            print(metrics_table("retrieval", await evaluate_knowledge(folder, progress)))
        _say(began, f"answers are scored on {'all questions' if whole else 'a seeded sample'}")
        with counted("answers", silent=False) as progress:
            run = await evaluate_answers(folder, _asking(client), whole=whole, progress=progress)
        print(metrics_table("answers", run))
        failed = [result for result in run.results if result.error]
        if failed:
            raise SystemExit(f"demo: {len(failed)} questions got no answer, the first: {failed[0].error}")
    _say(began, "drills")
    host, port = started.addresses.host, started.addresses.port
    quick = [drill.name for drill in known_drills(folder) if not drill.group]
    async for outcome in run_drills(folder, host, port, quick):
        print(f"  {outcome.drill.name:<15} {outcome.problem or 'recorded'}")
    async for outcome in run_drills(folder, host, port, ["upstream-fault"], only=FAULTS):
        print(f"  {outcome.drill.name:<15} {outcome.problem or 'recorded'}")


async def _first_answer(client: openai.AsyncOpenAI, began: float) -> None:
    """One answer, streamed, with the time to its first words."""
    asked = time.monotonic()
    stream = await client.chat.completions.create(
        model="answer", messages=[{"role": "user", "content": QUESTION}], stream=True
    )
    print(f"\n  {QUESTION}")
    first, words = 0.0, []
    async for chunk in stream:
        text = chunk.choices[0].delta.content if chunk.choices else None
        if text and not first:
            first = time.monotonic() - asked
        words.append(text or "")
    print("  " + "".join(words).strip().replace("\n", "\n  ") + "\n")
    _say(began, f"first words after {first:.1f} s")


def _asking(client: openai.AsyncOpenAI) -> AskRoute:
    """Ask through the official client; its errors become a status without content."""

    async def ask(route: str, question: str) -> Replied:
        asked = time.monotonic()
        try:
            raw = await client.chat.completions.with_raw_response.create(
                model=route, messages=[{"role": "user", "content": question}]
            )
        except openai.APIStatusError as error:
            raise AskFailed(f"status {error.status_code}") from None
        except openai.APIError as error:
            raise AskFailed(type(error).__name__) from None
        text = raw.parse().choices[0].message.content or ""
        elapsed = (time.monotonic() - asked) * 1000.0
        return Replied(text, source_ids(dict(raw.headers)), raw.headers["x-request-id"], elapsed)

    return ask


def _say(began: float, text: str) -> None:
    print(f"[{time.monotonic() - began:5.1f} s] {text}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="ask every question of the evaluation set")
    return parser.parse_args()


if __name__ == "__main__":
    main()
