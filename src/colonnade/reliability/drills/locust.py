"""The load of a workload as a file that Locust runs: the same lengths and shares, with rates that its users keep."""

from __future__ import annotations

from colonnade.workload.sections.drills import LoadProfile

USERS_PER_CALL = 10
"""Locust's users wait for their answers; so many of them, each calling every ten seconds, come close to an open loop."""

_FILE = '''"""Written by `colonnade drill export load --locust`. Run: COLONNADE_KEY=... locust --headless -f FILE"""

import os
import random

from locust import HttpUser, LoadTestShape, constant_throughput, task

STEPS = {steps!r}  # (calls a second, seconds)
WORDS = "shelf desk handle paper lamp garden ladder window bucket thread morning key".split()


def length(median: int) -> int:
    return max(1, round(random.lognormvariate(0.0, {spread!r}) * median))


class Caller(HttpUser):
    host = {host!r}
    wait_time = constant_throughput(1 / {users})

    @task
    def ask(self) -> None:
        words = " ".join(random.choice(WORDS) for _ in range(length({input_tokens})))
        streamed = random.random() < {streamed!r}
        body = {{
            "model": {route!r},
            "messages": [{{"role": "user", "content": f"{{random.randrange(10**9)}} {{words}}"}}],
            "max_tokens": min({output_tokens}, length({output_tokens})),
            "stream": streamed,
        }}
        headers = {{"authorization": f"Bearer {{os.environ['COLONNADE_KEY']}}"}}
        name = "streamed" if streamed else "whole"
        with self.client.post("/v1/chat/completions", json=body, headers=headers, name=name, stream=streamed) as answer:
            answer.content  # heard to its end


class Ramp(LoadTestShape):
    def tick(self):
        elapsed = self.get_run_time()
        for per_s, seconds in STEPS:
            if elapsed < seconds:
                users = max(1, round(per_s * {users}))
                return users, users
            elapsed -= seconds
        return None
'''


def locust_file(profile: LoadProfile, route: str, host: str) -> str:
    """The file's text; the key of a caller is taken from `COLONNADE_KEY` when it runs."""
    peak = profile.peak_per_s * profile.beyond
    steps = [
        (round(peak * number / profile.steps, 3), profile.step_s) for number in range(1, profile.steps + 1)
    ]
    return _FILE.format(
        steps=steps,
        spread=profile.spread,
        host=host,
        users=USERS_PER_CALL,
        input_tokens=profile.input_tokens,
        output_tokens=profile.output_tokens,
        streamed=profile.streamed,
        route=route,
    )
