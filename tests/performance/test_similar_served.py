"""The caches as they serve: behind all other stages, over real HTTP, with the default embedding model."""

from __future__ import annotations

import pytest
from whole import Served, Whole

from colonnade.registry.models import ModelStore

EMBEDDING = "bge-small-en-v1.5-int8"


@pytest.mark.slow
def test_a_similar_question_is_answered_recorded_and_metered(tmp_path):
    if ModelStore().find(EMBEDDING) is None:
        pytest.skip(f"{EMBEDDING} is not here: run `python tests/prepare.py`")
    whole = Whole.planted(tmp_path / "repository")
    whole.edit("    cache: exact\n", "    cache: semantic\n")
    with Served(whole) as gateway:
        names = [stage.name for stage in gateway.serving.stages]
        after = names[names.index("cache") :]
        assert after == ["cache", "similar", "budget", "spread", "constrain", "fault_point"]
        gateway.serving.parts.search.warm()
        first, second = gateway.chat("When does the desk open?"), gateway.chat("When is the desk open?")
        other = gateway.chat("When is the desk closed?")
    told = [answer.headers["x-colonnade-cache"] for answer in (first, second, other)]
    assert told == ["miss", "similar", "miss"]
    assert second.json()["usage"] == first.json()["usage"]
    with whole.ledger() as ledger:
        record = ledger.request(second.headers["x-request-id"])
    assert record is not None
    assert (record.cache, record.attempts, record.usd) == ("similar", 0, 0.0)
    assert min(record.saved_tokens, record.saved_usd, record.saved_ms, record.saved_energy_wh) > 0
