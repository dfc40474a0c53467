"""What the caches did and saved stands in `/metrics`, and adds up over workers."""

import asyncio
import re

from caching import Cached
from served import specification

from colonnade.cost.metering import Meter
from colonnade.cost.prices import PriceBook
from colonnade.gateway.exposition import render
from colonnade.gateway.metrics import Metrics
from colonnade.gateway.siblings import Siblings


async def used() -> Metrics:
    gateway = Cached(before=[Meter(PriceBook.of(specification()))], first_byte_s=0.02)
    await asyncio.gather(*(gateway.ask(temperature=0) for _ in range(3)))
    await gateway.ask(temperature=0)
    await gateway.ask(temperature=0.9)
    return gateway.app.metrics


def value(text, name, **labels):
    """The sum of a metric's samples that carry the labels."""
    wanted = [f'{label}="{worth}"' for label, worth in labels.items()]
    lines = [line for line in text.splitlines() if line.startswith(name + "{")]
    return sum(float(line.rpartition(" ")[2]) for line in lines if all(each in line for each in wanted))


async def test_calls_are_told_by_what_the_cache_did_and_savings_in_tokens_and_money():
    text = render({"": await used()}).decode()
    found = {verdict: value(text, "colonnade_cache_calls_total", verdict=verdict) for verdict in WORDS}
    assert found == {"miss": 1, "shared": 2, "hit": 1, "bypass": 1, "similar": 0}
    made = value(text, "gen_ai_client_token_usage_total", gen_ai_token_type="input")
    assert 0 < value(text, "colonnade_saved_usd_total") < value(text, "colonnade_cost_usd_total") * 3 + 1e-9
    assert value(text, "colonnade_saved_tokens_total") > made
    assert re.search(r"colonnade_saved_energy_wh_total\{.*\} 0\.0+$", text, re.MULTILINE)


WORDS = ("miss", "shared", "hit", "bypass", "similar")


async def test_workers_add_up(tmp_path):
    metrics = await used()
    Siblings(tmp_path, 2).tell(metrics)
    text = render({"": Siblings(tmp_path, 1).counted(metrics)}).decode()
    assert value(text, "colonnade_cache_calls_total", verdict="shared") == 4
    alone = render({"": metrics}).decode()
    assert value(text, "colonnade_saved_tokens_total") == 2 * value(alone, "colonnade_saved_tokens_total")


async def test_routes_without_a_cache_say_nothing():
    gateway = Cached(route={"cache": "off"})
    await gateway.ask()
    assert "colonnade_cache_calls_total{" not in render({"": gateway.app.metrics}).decode()
