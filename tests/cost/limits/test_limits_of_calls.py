"""Calls beyond a limit are refused with the limit's words; every other call is answered, and says what is left."""

from __future__ import annotations

import asyncio
import math

import pytest
from limited import limited

from colonnade.cost.limits.headers import written
from colonnade.errors import UpstreamFailed

LONG = [{"role": "user", "content": "word " * 4000}]


async def statuses(served, count, **fields):
    return [(await served.ask(**fields)).status for _ in range(count)]


async def test_requests_beyond_the_limit_are_refused_and_never_reach_the_model():
    served = limited({"per": "workload", "requests": 3})
    assert await statuses(served, 5) == [200, 200, 200, 429, 429]
    assert served.asked == 3


async def test_a_refusal_says_which_limit_and_when_to_come_again():
    served = limited({"per": "key", "requests": 1, "window_s": 30})
    await served.ask()
    heard = await served.ask()
    error = heard.json["error"]
    assert (error["type"], error["code"]) == ("rate_limit_error", "rate_limit_exceeded")
    assert error["message"] == "The limit of 1 requests in 30 s of this key is reached."
    assert 29 <= int(heard.headers["retry-after"]) <= 31
    assert heard.headers["x-ratelimit-remaining-requests"] == "0"
    assert served.call.decisions[-1].what == "refused: 1 requests in 30 s of this key"


async def test_answers_say_what_is_left_in_the_names_of_openai():
    served = limited({"per": "workload", "requests": 10, "tokens": 5000})
    first, second = await served.ask(), await served.ask()
    told = {name: value for name, value in second.headers.items() if name.startswith("x-ratelimit-")}
    assert told["x-ratelimit-limit-requests"] == "10"
    assert told["x-ratelimit-remaining-requests"] == "8"
    assert told["x-ratelimit-reset-requests"] == "1m1s"
    assert told["x-ratelimit-limit-tokens"] == "5000"
    assert 0 < int(told["x-ratelimit-remaining-tokens"]) < int(first.headers["x-ratelimit-limit-tokens"])
    assert len(told) == 6


async def test_the_tightest_limit_is_the_one_that_is_told():
    served = limited({"per": "workload", "requests": 100}, {"per": "key", "requests": 2})
    assert (await served.ask()).headers["x-ratelimit-limit-requests"] == "2"


async def test_every_holder_has_a_count_of_its_own():
    served = limited({"per": "key", "requests": 1})
    served.known_as("one")
    assert await statuses(served, 2) == [200, 429]
    served.known_as("two")
    assert await statuses(served, 2) == [200, 429]


@pytest.mark.parametrize("label", ["team", "tenant"])
async def test_keys_with_the_same_label_share_its_limit(label):
    served = limited({"per": label, "requests": 2})
    seen = []
    for key, value in [("a", "x"), ("b", "x"), ("c", "x"), ("d", "y")]:
        served.known_as(key, **{label: value})
        seen += await statuses(served, 1)
    assert seen == [200, 200, 429, 200]


async def test_a_key_without_a_team_counts_for_the_team_of_the_workload():
    served = limited({"per": "team", "only": "library", "requests": 1})
    served.known_as("bare")
    assert await statuses(served, 2) == [200, 429]
    served.known_as("other", team="kitchen")
    assert await statuses(served, 2) == [200, 200]


async def test_a_limit_of_a_route_leaves_others_alone():
    served = limited({"per": "route", "only": "answer", "requests": 1})
    assert await statuses(served, 2) == [200, 429]
    assert await statuses(served, 3, model="other") == [200] * 3


async def test_tokens_are_reserved_before_and_settled_to_what_was_used():
    served = limited({"per": "workload", "tokens": 2000}, route={"max_output_tokens": 500})
    await served.ask()
    counter = served.counter("tokens")
    assert served.call.reserved_tokens == 500 + 6
    assert counter.remaining == 2000 - served.reply.usage.total


async def test_a_call_that_may_use_more_tokens_than_are_left_waits_for_the_window():
    served = limited({"per": "workload", "tokens": 1000}, route={"max_output_tokens": 400})
    assert await statuses(served, 20) == [200] * 20  # each uses about 30 of the 406 that it reserves
    heard = await served.ask(LONG)
    assert heard.status == 429
    assert heard.json["error"]["message"] == (
        "This call alone may use more than the limit of 1000 tokens in 60 s of all callers together."
    )
    assert "retry-after" not in heard.headers


async def test_a_refused_call_counts_in_none_of_its_limits():
    served = limited({"per": "workload", "requests": 2, "tokens": 1000}, route={"max_output_tokens": 400})
    for _ in range(3):
        assert (await served.ask(LONG)).status == 429
    assert await statuses(served, 3) == [200, 200, 429]


async def test_money_of_a_window_is_limited():
    served = limited({"per": "workload", "usd": 0.0005}, route={"max_output_tokens": 1000})
    heard = await statuses(served, 60)
    assert heard[0] == 200
    assert heard[-1] == 429
    spent = sum(reply.money.usd for reply in served.onlooker.replies)
    assert spent <= 0.0005


@pytest.mark.parametrize("fields", [{}, {"stream": True}])
async def test_calls_at_once_are_limited_and_end_with_their_answer(fields):
    served = limited({"per": "key", "concurrent": 2}, tokens_per_s=400.0)
    heard = await asyncio.gather(*(served.ask(**fields) for _ in range(5)))
    assert sorted(it.status for it in heard) == [200, 200, 429, 429, 429]
    refused = next(it for it in heard if it.status == 429)
    assert refused.headers["retry-after"] == "1"
    assert refused.json["error"]["message"] == "The limit of 2 calls at once of this key is reached."
    assert await statuses(served, 2, **fields) == [200, 200]


class Breaks:
    """A stage that fails, as a defect of ours would or as an upstream does."""

    name = "breaks"

    def __init__(self, error):
        self.error = error

    async def __call__(self, call, forward):
        raise self.error


@pytest.mark.parametrize("error", [UpstreamFailed("gone"), RuntimeError("a defect"), ValueError("another")])
async def test_a_call_that_fails_holds_nothing_afterwards(error):
    served = limited({"per": "key", "concurrent": 1, "tokens": 1000, "requests": 9}, after=(Breaks(error),))
    assert set(await statuses(served, 4)) <= {500, 502}
    for kind in ("concurrent", "tokens"):
        counter = served.counter(kind)
        assert counter.remaining == counter.cap
    assert served.counter("requests").remaining == 5  # a failed request was one all the same


async def test_a_stream_that_breaks_is_settled_for_what_came():
    served = limited({"per": "workload", "tokens": 3000}, fault="cut")
    heard = await served.ask(stream=True)
    assert not heard.done
    counter = served.counter("tokens")
    assert 0 < served.reply.usage.total == counter.cap - counter.remaining


async def test_without_limits_nothing_is_told():
    served = limited()
    heard = await served.ask()
    assert heard.status == 200
    assert not [name for name in heard.headers if name.startswith("x-ratelimit")]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.02, "20ms"),
        (0.3501, "351ms"),
        (1.0, "1s"),
        (60.5, "1m1s"),
        (360, "6m0s"),
        (3660, "1h1m0s"),
        (math.pi, "4s"),
    ],
)
def test_lengths_of_time_are_written_as_openai_writes_them(seconds, text):
    assert written(seconds).decode() == text
