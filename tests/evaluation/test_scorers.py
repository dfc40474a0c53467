"""Every scorer against values computed by hand."""

from dataclasses import dataclass

import pytest

from colonnade.evaluation.dataset import Item, ReferenceSource
from colonnade.evaluation.finding import RecallAt, ReciprocalRank
from colonnade.evaluation.grounding import CitationPrecision, Groundedness, Support
from colonnade.evaluation.overlap import RougeL, TokenF1
from colonnade.evaluation.refusal import Refusal
from colonnade.evaluation.score import Answer, GivenSource
from colonnade.evaluation.words import content_words, markers, sentences, words


@dataclass(frozen=True)
class Found:
    document: str
    text: str
    score: float = 0.0


def item(*quotes: str) -> Item:
    sources = [ReferenceSource(document="a.md", quote=quote) for quote in quotes]
    return Item(id="i", question="q", answerable=True, reference="r", sources=sources)


RANKED = [Found("b.md", "ten days"), Found("a.md", "Refunds take  TEN\ndays."), Found("a.md", "other")]


def test_recall_counts_sources_among_the_first():
    assert RecallAt(1)(item("ten days"), RANKED).value == 0.0
    assert RecallAt(2)(item("ten days"), RANKED).value == 1.0
    assert RecallAt(5)(item("ten days", "absent"), RANKED).value == 0.5
    assert RecallAt(5)(item(""), RANKED).reason == "1 of 1 sources among the first 5"


def test_reciprocal_rank_is_one_over_the_first_place():
    assert ReciprocalRank()(item("ten days"), RANKED).value == 0.5
    assert ReciprocalRank()(item("other", "ten days"), RANKED).value == 0.5
    assert ReciprocalRank()(item("absent"), RANKED).value == 0.0
    assert ReciprocalRank()(item("absent"), []).reason == "no source among 0 passages"


def test_token_f1_by_hand():
    # wanted: at most 365 days (4), given: it is 365 days (4), shared: 365 days (2) -> 2*2/8
    assert TokenF1()("At most 365 days.", "It is the 365 days!").value == 0.5
    assert TokenF1()("same words", "SAME words").value == 1.0
    assert TokenF1()("same words", "").value == 0.0
    assert TokenF1()("", "").value == 0.0
    assert TokenF1()("two", "two [1]").value == 1.0


def test_token_f1_counts_repeated_words_once_each():
    # wanted: x x y (3), given: x z z z (4), shared: x (1) -> 2/7
    assert TokenF1()("x x y", "x z z z").value == pytest.approx(2 / 7)


def test_rouge_l_by_hand():
    # police killed gunman / police kill gunman: LCS 2, 2*2/6
    assert RougeL()("police killed gunman", "police kill gunman").value == pytest.approx(2 / 3)
    # the order counts: gunman kill police shares one word in order
    assert RougeL()("police killed gunman", "gunman killed police").value == pytest.approx(1 / 3)


def test_words_fold_case_marks_and_articles():
    assert words("The Straße, isn't 2.5%!") == ["strasse", "isn't", "2.5"]
    assert content_words("The metering of requests is metered [1]") == {"meteri", "reques", "metere"}
    assert sentences("One fact. It is. Second fact!\n- third") == ["One fact.", "Second fact!", "- third"]
    assert markers("a [2] b [1][2]") == [2, 1]


REFUSALS = [
    "I do not know: the documents I was given do not answer this.",
    "I don't know.",
    "I\u2019m sorry, but I cannot find that in the passages.",
    "The passages do not mention a phone number.",
    "The handbook does not specify this.",
    "There is no information about that in the context.",
    "This is not mentioned in the documents.",
    "Unable to answer from the given passages.",
    "There is not enough information to answer.",
]
ANSWERS = [
    "A waiver lasts at most 180 days.",
    "You do not need a password; keys are enough.",
    "The gateway cannot be started without a key.",
    "No. A rollback takes two minutes.",
    "Know your customers, and say so.",
    "Budgets cap spending. " + "More words follow here. " * 20 + "I do not know more.",
    "",
]


@pytest.mark.parametrize("text", REFUSALS)
def test_refusals_are_seen(text: str):
    assert Refusal()(Answer(text)).value == 1.0


@pytest.mark.parametrize("text", ANSWERS)
def test_answers_are_no_refusals(text: str):
    assert Refusal()(Answer(text)).value == 0.0


def test_the_gateways_own_word_is_a_refusal_in_any_language():
    assert Refusal()(Answer("Das weiß ich nicht.", nothing_found=True)).value == 1.0


REFUNDS = GivenSource("a.md", "Refunds arrive within ten days after the parcel was returned.")
PARCELS = GivenSource("b.md", "Parcels leave on Mondays.")


def test_groundedness_is_the_share_of_supported_sentences():
    answer = "Refunds arrive within ten days. The moon is made of cheese."
    score = Groundedness()(answer, [PARCELS, REFUNDS])
    assert (score.value, score.reason) == (0.5, "1 of 2 sentences supported by 2 sources")
    assert Groundedness()("Refunds arrive within ten days.", []).value == 0.0
    assert Groundedness()("", [REFUNDS]).value == 0.0


def test_between_some_and_enough_words_the_reranker_decides():
    sentence = "Money arrives ten working days later"
    shared = len(content_words(sentence) & content_words(REFUNDS.text)) / len(content_words(sentence))
    assert 0.35 <= shared < 0.6
    assert not Support()(sentence, [REFUNDS])
    assert Support(rerank=lambda text, passages: [0.1 for _ in passages])(sentence, [REFUNDS])
    assert not Support(rerank=lambda text, passages: [-0.1 for _ in passages])(sentence, [REFUNDS])


def test_the_reranker_is_not_asked_about_sources_that_share_nothing():
    def rerank(text: str, passages: object) -> list[float]:
        raise AssertionError

    assert not Support(rerank=rerank)("Cheese comes from the moon.", [REFUNDS])


def test_citation_precision_counts_marked_sources_or_all_that_were_given():
    precision = CitationPrecision()
    plain, sources = "Refunds arrive within ten days.", (REFUNDS, PARCELS)
    assert precision(item("absent"), Answer(plain, sources)).value == 0.5
    assert precision(item("absent"), Answer(plain + " [1]", sources)).value == 1.0
    assert precision(item("absent"), Answer(plain + " [2]", sources)).value == 0.0
    assert precision(item("absent"), Answer(plain + " [1][9]", sources)).value == 0.5
    assert precision(item("absent"), Answer(plain)).value == 0.0


def test_a_reference_source_bears_out_whatever_the_wording():
    score = CitationPrecision()(item("ten days"), Answer("Money comes back soon.", (REFUNDS, PARCELS)))
    assert (score.value, score.reason) == (0.5, "1 of 2 given sources bear out")
