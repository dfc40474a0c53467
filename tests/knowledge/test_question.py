"""What is searched for: the last user message, and the one before it where the last leans on it."""

import pytest

from colonnade.knowledge.question import leans_back, search_text, user_messages


def test_user_messages_of_every_shape():
    messages = [
        {"role": "system", "content": "rules"},
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": "answer"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "a"}, {"type": "image_url"}, {"type": "text", "text": "b"}],
        },
        {"role": "user", "content": None},
        "nonsense",
    ]
    assert user_messages(messages) == ["first", "a\nb", ""]
    assert user_messages(None) == []


@pytest.mark.parametrize(
    ("question", "leans"),
    [
        ("Why?", True),
        ("and in Germany", True),
        ("What does it cost for a whole team per month?", True),
        ("And what happens when the canary release fails?", True),
        ("What happens when the canary release fails twice?", False),
        ("How long does a rollback take?", False),
    ],
)
def test_which_questions_lean_back(question: str, leans: bool):
    assert leans_back(question) is leans


def test_a_leaning_question_is_searched_with_the_one_before():
    assert (
        search_text(["How do budgets work?", "And who is warned?"])
        == "How do budgets work?\nAnd who is warned?"
    )
    assert (
        search_text(["How do budgets work?", "How long does a rollback take?"])
        == "How long does a rollback take?"
    )
    assert search_text(["Why?"]) == "Why?"
    assert search_text([]) == ""


def test_a_long_question_is_searched_by_its_end_and_no_surrogate_stays():
    assert search_text(["x" * 5000 + "end"])[-3:] == "end"
    assert len(search_text(["x" * 5000])) == 2000
    assert search_text(["\ud800 how long does a rollback take here"]).encode()
