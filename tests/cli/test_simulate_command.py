"""`colonnade simulate` serves the simulator alone until it is told to stop."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import httpx
import openai
import pytest

from colonnade.gateway.upstream.faults import MEANING

COMMAND = [str(Path(sys.executable).with_name("colonnade")), "simulate"]
CHAT = {"model": "any", "messages": [{"role": "user", "content": "x"}]}


def test_it_answers_and_remembers() -> None:
    process = subprocess.Popen(
        [*COMMAND, "--fault", "http_529", "--share", "0.5", "--tokens-per-s", "1e6"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[4]
        with openai.OpenAI(base_url=url, api_key="x", max_retries=0) as client:
            statuses = [_status(client, number) for number in range(20)]
        assert {200, 529} == set(statuses), "half of the requests meet the fault"
        assert httpx.get(url.replace("/v1", "/seen")).json()["count"] == 20
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) in {0, 130}


def _status(client: openai.OpenAI, number: int) -> int:
    try:
        client.chat.completions.create(**CHAT, seed=number)
    except openai.APIStatusError as error:
        return error.status_code
    return 200


def test_it_lists_its_faults() -> None:
    done = subprocess.run([*COMMAND, "--faults"], capture_output=True, text=True, check=True)
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(MEANING)


@pytest.mark.parametrize("wrong", [["--share", "2"], ["--tokens-per-s", "0"], ["--fault", "unknown"]])
def test_wrong_options_are_named(wrong: list[str]) -> None:
    done = subprocess.run([*COMMAND, *wrong], capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
