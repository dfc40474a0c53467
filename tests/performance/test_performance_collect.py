"""Sizes of prompts and answers."""

from __future__ import annotations

import pytest
from observed import SCOPE, asked, refused, specification, view_of

from colonnade.performance import collect
from colonnade.performance.evidence import OutputLengths, PromptSizes


def lengths(*requests) -> OutputLengths:
    return view_of(collect.output_lengths(specification(), requests, SCOPE), OutputLengths)


def test_input_tokens_per_prompt_whatever_their_kind():
    requests = [asked(fresh_input=n, cache_read=10, cache_write=5) for n in range(1, 21)]
    requests.append(asked(prompt_name="brief", fresh_input=7))
    found = view_of(collect.prompt_sizes(requests, {"answer": 700}, SCOPE), PromptSizes)
    answer, brief = found.sizes
    assert (answer.prompt, answer.budget, answer.n, answer.p50, answer.p95) == ("answer", 700, 20, 25, 34)
    assert (brief.prompt, brief.budget, brief.p95) == ("brief", 0, 7)


@pytest.mark.parametrize(
    "request_", [asked(reached_upstream=False, cache="hit"), asked(prompt_name=""), refused("x")]
)
def test_requests_that_sent_no_prompt_do_not_count(request_):
    assert view_of(collect.prompt_sizes([request_], {}, SCOPE), PromptSizes).sizes == []


def test_requests_without_a_cap_and_beyond_it():
    found = lengths(asked(output=10), asked(output_cap=0), asked(output_cap=8, output=9), refused("x"))
    assert (found.requests, found.without_cap, found.over_cap) == (3, 1, 1)


def test_answers_that_the_route_cut_are_truncated_and_those_that_the_caller_cut_are_not():
    found = lengths(asked(finish="length", output_cap=128), asked(finish="length", output_cap=4), asked())
    assert found.truncated == 1


def test_a_route_that_is_gone_may_have_cut_anything():
    assert lengths(asked(finish="length", output_cap=4, route="gone")).truncated == 1
