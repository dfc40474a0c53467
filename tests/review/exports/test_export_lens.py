"""The lens fits the service's own limits, every arm of its rules can be reached, and answers are what its API takes."""

from __future__ import annotations

import json
import re
from itertools import chain, combinations
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from exported_reports import REPORTS, every_state, matter

from colonnade.errors import CannotEvaluate
from colonnade.review.catalogue import PILLARS, catalogue
from colonnade.review.exports.formats import FORMATS
from colonnade.review.exports.lens import LARGEST_LENS, LONGEST, questions_of
from colonnade.review.exports.lens_rules import MOST_CHOICES, risk_rules

MODEL = botocore.session.get_session().get_service_model("wellarchitected")
FIELDS = {
    "title": "QuestionTitle", "description": "ChoiceDescription", "displayText": "ChoiceContentDisplayText",
    "id": "ChoiceId", "name": "PillarName",
}  # fmt: skip
"""Field of a lens -> the shape of the API that bounds it."""


def lens() -> dict[str, Any]:
    return json.loads(FORMATS["lens"].write(matter()))


def questions() -> list[dict[str, Any]]:
    return [question for pillar in lens()["pillars"] for question in pillar["questions"]]


def walk(node: Any) -> list[tuple[str, str]]:
    if isinstance(node, dict):
        own = [(name, each) for name, each in node.items() if isinstance(each, str)]
        return own + [pair for each in node.values() for pair in walk(each)]
    return [pair for each in node for pair in walk(each)] if isinstance(node, list) else []


def over_long(shape: Any, value: Any, where: str = "") -> list[str]:
    """What is longer than its shape allows: botocore itself only looks at the least."""
    if shape.type_name == "structure":
        return [
            x for name, each in value.items() for x in over_long(shape.members[name], each, f"{where}.{name}")
        ]
    if shape.type_name == "map":
        return [
            x
            for key, each in value.items()
            for x in (*over_long(shape.key, key, where), *over_long(shape.value, each, f"{where}.{key}"))
        ]
    if shape.type_name == "list":
        return [x for each in value for x in over_long(shape.member, each, where)]
    if shape.type_name == "string" and shape.enum and value not in shape.enum:
        return [f"{where}: {value} is none of {shape.enum}"]
    most = shape.metadata.get("max") if shape.type_name == "string" else None
    return [f"{where}: {len(value)} > {most}"] if most is not None and len(value) > most else []


def test_our_limits_are_those_of_the_api_model() -> None:
    assert {name: MODEL.shape_for(shape).metadata["max"] for name, shape in FIELDS.items()} == LONGEST
    assert MODEL.shape_for("LensJSON").metadata["max"] == LARGEST_LENS


def test_the_lens_is_importable_by_the_api_model() -> None:
    text = FORMATS["lens"].write(matter()).decode()
    parameters = {"JSONString": text, "ClientRequestToken": "x" * 32}
    shape = MODEL.operation_model("ImportLens").input_shape
    assert not ParamValidator().validate(parameters, shape).has_errors()
    assert over_long(shape, parameters) == []
    assert [(name, len(text)) for name, text in walk(lens()) if len(text) > LONGEST.get(name, 2**31)] == []


def test_every_practice_is_one_choice() -> None:
    choices = [choice for question in questions() for choice in question["choices"]]
    ids = [each["id"] for each in choices]
    assert len(ids) == len(set(ids))
    assert {each for each in ids if not each.endswith("_no")} == {
        practice.id.replace("-", "_") for practice in catalogue().practices
    }
    assert all(re.fullmatch(r"[A-Za-z0-9_]{3,64}", each) for each in ids)
    assert len(lens()["pillars"]) == len(PILLARS) <= 10
    for question in questions():
        assert len(question["choices"]) <= MOST_CHOICES + 1
        assert question["choices"][-1]["title"] == "None of these"
        assert all("improvementPlan" in each for each in question["choices"][:-1])


def holds(condition: str, chosen: set[str]) -> bool:
    """The whole grammar of conditions, told apart from our own: `&&`, `||`, `!`, brackets and `default`."""
    if condition == "default":
        return True
    words = re.findall(r"&&|\|\||!|\(|\)|\w+", condition)
    python = {"&&": " and ", "||": " or ", "!": " not ", "(": "(", ")": ")"}
    return bool(eval("".join(python.get(word, repr(word in chosen)) for word in words)))


@pytest.mark.parametrize("question", questions(), ids=lambda each: each["id"])
def test_every_arm_is_reached_by_some_answer(question: dict[str, Any]) -> None:
    choices = [each["id"] for each in question["choices"][:-1]]
    answers = chain.from_iterable(combinations(choices, size) for size in range(len(choices) + 1))
    arms = question["riskRules"]
    reached = {
        next(i for i, arm in enumerate(arms) if holds(arm["condition"], set(each))) for each in answers
    }
    assert reached == set(range(len(arms)))
    assert arms[-1]["condition"] == "default"
    assert arms[0]["risk"] == "NO_RISK"
    assert len({arm["risk"] for arm in arms}) == len(arms)


@pytest.mark.parametrize(
    ("choices", "high", "expected"),
    [
        (["a", "b"], ["a"], [("a && b", "NO_RISK"), ("a", "MEDIUM_RISK"), ("default", "HIGH_RISK")]),
        (["a", "b"], ["a", "b"], [("a && b", "NO_RISK"), ("default", "HIGH_RISK")]),
        (["a", "b"], [], [("a && b", "NO_RISK"), ("default", "MEDIUM_RISK")]),
        (["a"], ["a"], [("a", "NO_RISK"), ("default", "HIGH_RISK")]),
    ],
)
def test_dead_arms_are_left_out(choices: list[str], high: list[str], expected: list[tuple[str, str]]) -> None:
    assert [(rule.condition, rule.risk) for rule in risk_rules(choices, high)] == expected


def test_a_question_with_too_many_practices_is_refused() -> None:
    with pytest.raises(CannotEvaluate, match="1 to 15 choices, not 16"):
        risk_rules([f"c{number}" for number in range(16)], [])


@pytest.mark.parametrize("report", REPORTS)
def test_answers_are_what_the_api_takes(report: str) -> None:
    told = json.loads(FORMATS["lens-answers"].write(matter(REPORTS[report]())))
    shape = MODEL.operation_model("UpdateAnswer").input_shape
    assert len(told["answers"]) == len(questions())
    for answer in told["answers"]:
        parameters = {"WorkloadId": "0" * 32, "LensAlias": "x" * 20, **answer}
        found = ParamValidator().validate(parameters, shape)
        assert not found.has_errors(), found.generate_report()
        assert over_long(shape, parameters) == []


def test_only_what_is_proven_is_selected() -> None:
    told = json.loads(FORMATS["lens-answers"].write(matter()))
    selected = {each for answer in told["answers"] for each in answer["SelectedChoices"]}
    proven = {row.id.replace("-", "_") for row in every_state().rows if row.state == "proven"}
    assert {each for each in selected if not each.endswith("_no")} == proven
    updates = {name: each for answer in told["answers"] for name, each in answer["ChoiceUpdates"].items()}
    for row in every_state().rows:
        status = updates[row.id.replace("-", "_")]["Status"]
        assert (status == "NOT_APPLICABLE") == (row.state == "not_applicable")
        assert (status == "SELECTED") == (row.state == "proven")
    assert "grade 4" in updates["REL_05"]["Notes"]
    assert "risk accepted" in updates["SEC_06"]["Notes"]


def test_a_question_of_which_nothing_applies_is_out_of_scope() -> None:
    told = json.loads(FORMATS["lens-answers"].write(matter()))
    for question, answer in zip(questions_of(catalogue()), told["answers"], strict=True):
        states = {row.state for each in question.practices if (row := every_state().row(each.id))}
        assert answer["IsApplicable"] == (states != {"not_applicable"})
        if not answer["IsApplicable"]:
            assert (answer["SelectedChoices"], answer["Reason"]) == ([], "OUT_OF_SCOPE")
