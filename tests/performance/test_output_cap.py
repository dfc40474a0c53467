"""Every chat request carries an output limit, the lower of the caller's and the route's."""

import pytest
from served import Served

from colonnade.performance.output_cap import SEED, OutputCap

ROUTE = {"max_output_tokens": 16}


def capped(*, stage=None, route=ROUTE, **simulation):
    return Served(stage or OutputCap(), route=route, **simulation)


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ({}, {"max_tokens": 16}),
        ({"max_tokens": None}, {"max_tokens": 16}),
        ({"max_tokens": 5}, {"max_tokens": 5}),
        ({"max_tokens": 5000}, {"max_tokens": 16}),
        ({"max_completion_tokens": 5000}, {"max_tokens": 16}),
        ({"max_completion_tokens": 5}, {"max_tokens": 5}),
        ({"max_tokens": 5000, "max_completion_tokens": 7}, {"max_tokens": 7}),
    ],
)
async def test_the_lower_limit_counts(fields, sent):
    gateway = capped()
    heard = await gateway.ask(**fields)
    given = {name: value for name, value in gateway.call.request.items() if name.startswith("max_")}
    assert given == sent
    assert int(heard.headers["x-colonnade-output-cap"]) == min(sent.values())
    assert heard.json["usage"]["completion_tokens"] == min(sent.values())


async def test_a_stream_is_bounded_too():
    gateway = capped()
    heard = await gateway.ask(stream=True)
    assert gateway.reply.finish == "length"
    assert gateway.reply.usage.output == 16
    assert heard.done


async def test_without_the_stage_answers_are_as_long_as_the_model_likes():
    gateway = Served(route=ROUTE)
    heard = await gateway.ask()
    assert heard.json["usage"]["completion_tokens"] == 24
    assert "x-colonnade-output-cap" not in heard.headers


@pytest.mark.parametrize("value", [0, -1, "many", 1.5, True])
async def test_a_limit_that_is_no_number_of_tokens_is_refused(value):
    gateway = capped()
    heard = await gateway.ask(max_tokens=value)
    assert (heard.status, heard.json["error"]["param"]) == (400, "max_tokens")
    assert gateway.asked == 0


async def test_a_deterministic_route_sets_temperature_and_seed_where_the_caller_gave_none():
    gateway = capped(route={**ROUTE, "deterministic": True})
    await gateway.ask()
    assert (gateway.call.request["temperature"], gateway.call.request["seed"]) == (0, SEED)
    await gateway.ask(temperature=0.5, seed=3)
    assert (gateway.call.request["temperature"], gateway.call.request["seed"]) == (0.5, 3)


async def test_another_route_leaves_them_alone():
    gateway = capped()
    await gateway.ask()
    assert not {"temperature", "seed"} & set(gateway.call.request)
