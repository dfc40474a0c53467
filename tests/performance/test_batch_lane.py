"""How much ran on the batch lane, in what groups, and how long it waited."""

from __future__ import annotations

import pytest
from observed import SCOPE, asked, view_of

from colonnade.evidence.request import DecisionLine
from colonnade.gateway.batches.batch import Batch
from colonnade.gateway.batches.creation import Asked, new_batch
from colonnade.gateway.call import Identity
from colonnade.performance.batching import batch_lane
from colonnade.performance.evidence import BatchLane

PATH = "/v1/chat/completions"


def batch(**fields: object) -> Batch:
    from dataclasses import replace

    return replace(
        new_batch(Asked("file-1", PATH, "24h"), Identity("k", "caller", {}), [PATH], 0.0), **fields
    )


def row_of(one: Batch, **fields: object):
    story = [DecisionLine("batch", f"row 1 of {one.id}, waited 1.0 s", 0.0)]
    return asked(**{"batch": one.id, "urgency": "deferrable", "decisions": story, **fields})


def test_sizes_and_waits_are_those_of_batches_whose_rows_were_seen():
    small = batch(total=2, completed=2, waited_s=4.0, longest_wait_s=3.0)
    large = batch(total=4, completed=3, failed=1, waited_s=2.0, longest_wait_s=1.0)
    other = batch(total=1000, completed=1000, waited_s=9e9, longest_wait_s=9e9)
    requests = [row_of(small), row_of(small), *(row_of(large) for _ in range(4)), asked(), asked()]
    found = view_of(batch_lane(requests, [small, large, other], SCOPE), BatchLane)
    assert (found.requests, found.rows, found.rows_with_wait, found.batches) == (8, 6, 6, 2)
    assert (found.mean_size, found.mean_wait_s, found.longest_wait_s) == (3.0, 1.0, 3.0)


def test_a_row_without_a_wait_is_seen():
    one = batch(total=1)
    found = view_of(batch_lane([row_of(one, decisions=[])], [one], SCOPE), BatchLane)
    assert (found.rows, found.rows_with_wait) == (1, 0)


@pytest.mark.parametrize("requests", [[], [asked()]])
def test_without_batches_there_is_nothing_on_the_lane(requests):
    found = view_of(batch_lane(requests, [], SCOPE), BatchLane)
    assert (found.rows, found.batches, found.mean_size, found.mean_wait_s) == (0, 0, 0.0, 0.0)


def test_rows_that_reached_no_model_are_no_work():
    one = batch(total=1)
    assert view_of(batch_lane([row_of(one, reached_upstream=False)], [one], SCOPE), BatchLane).requests == 0
