"""Explanations, disclosure by session, and stories that can be told again."""

from __future__ import annotations

import pytest
from observed import NOW, SCOPE, SOURCE, asked, refused, specification, view_of
from whole import Whole

from colonnade.responsibility import collect
from colonnade.responsibility.evidence import (
    DisclosureShare,
    ExplanationMethod,
    ExplanationShare,
    Reconstruction,
)

GROUNDED = specification("grounded.yaml")


def explained(*requests) -> tuple[int, int]:
    found = view_of(collect.explanation_share(GROUNDED, requests, SCOPE), ExplanationShare)
    return found.explained, found.answers


def sessions(*requests) -> tuple[int, int]:
    found = view_of(collect.disclosure_share(requests, SCOPE), DisclosureShare)
    return found.disclosed, found.sessions


def told(*requests) -> Reconstruction:
    return view_of(collect.reconstruction(requests, 1, 50, SCOPE), Reconstruction)


def test_answers_of_grounded_routes_are_explained_by_their_sources():
    assert explained(asked(sources=[SOURCE]), asked(), asked(nothing_found=True), asked(route="talk")) == (
        3,
        4,
    )


def test_an_answer_without_steps_is_not_explained():
    assert explained(asked(route="talk", decisions=[])) == (0, 1)


def test_refusals_and_vectors_need_no_explanation():
    assert explained(refused("x"), asked(endpoint="embeddings")) == (0, 0)


def test_the_method_page_is_read_and_must_be_committed(tmp_path):
    whole = Whole.planted(tmp_path / "r")
    found = view_of(collect.explanation_method(whole.folder, SCOPE), ExplanationMethod)
    assert (found.committed, found.states_method, found.states_limits) == (True, True, True)
    whole.edit("## Limits", "## More", "workload/explanations.md")
    found = view_of(collect.explanation_method(whole.folder, SCOPE), ExplanationMethod)
    assert (found.committed, found.states_method, found.states_limits) == (False, True, False)


def test_a_page_that_is_missing_states_nothing(tmp_path):
    found = view_of(collect.explanation_method(tmp_path, SCOPE), ExplanationMethod)
    assert (found.committed, found.states_method, found.states_limits) == (False, False, False)


def test_only_the_first_answer_of_a_session_counts():
    first = asked(session_digest="s", opened_at=NOW - 50, disclosed=True)
    later = asked(session_digest="s", opened_at=NOW - 40, disclosed=False)
    assert sessions(later, first) == (1, 1)
    hidden = asked(session_digest="s", opened_at=NOW - 60, disclosed=False)
    assert sessions(later, first, hidden) == (0, 1)


def test_a_request_that_names_no_session_is_one_of_its_own():
    assert sessions(asked(), asked(disclosed=False)) == (1, 2)


def test_a_conversation_that_goes_on_is_not_a_new_session():
    assert sessions(asked(session_digest="continued", disclosed=False), refused("x")) == (0, 0)


def test_a_whole_story_has_no_gap():
    found = told(asked(), refused("invalid_header", decisions=[]))
    assert (found.sampled, found.whole, found.missing) == (2, 2, [])


@pytest.mark.parametrize(
    ("gap", "named"),
    [
        ({"key_id": ""}, "who asked"),
        ({"policy": ""}, "by which rules"),
        ({"decisions": []}, "which steps"),
        ({"outcome": "interrupted"}, "what came of it"),
        ({"prompt_digest": ""}, "what was asked"),
        ({"answer_digest": ""}, "what was answered"),
        ({"model": ""}, "which model"),
    ],
)
def test_every_gap_of_a_story_is_named(gap, named):
    request = asked(**gap)
    found = told(asked(), request)
    assert (found.sampled, found.whole) == (2, 1)
    assert found.missing == [f"{request.id}: {named}"]


def test_the_same_seed_draws_the_same_requests():
    requests = [asked(model="" if number % 2 else "m") for number in range(100)]
    one, two, other = (
        collect.reconstruction(requests, seed, 10, SCOPE).facts["missing"] for seed in (1, 1, 2)
    )
    assert one == two != other
    assert collect.reconstruction(requests, 1, 10, SCOPE).n == 10
