"""Where a JSON schema is asked for, the simulator writes a document that fits it, whole and streamed."""

from __future__ import annotations

import json
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from colonnade.gateway.upstream.composition import compose
from colonnade.gateway.upstream.specimen import specimen
from colonnade.workload.sections.serving import Simulation


class Sky(Enum):
    CLEAR = "clear"
    GREY = "grey"


class Place(BaseModel):
    name: Annotated[str, Field(max_length=6)]
    code: Annotated[str, Field(min_length=20)]
    within: Place | None


class Forecast(BaseModel):
    places: Annotated[list[Place], Field(min_length=2)]
    sky: Sky
    days: Annotated[int, Field(gt=4, le=9)]
    degrees: Annotated[float, Field(lt=-3)]
    certain: bool
    unit: Literal["celsius"]
    remark: str | None
    nothing: None


def test_a_document_fits_the_schema_of_a_model() -> None:
    made = Forecast.model_validate(specimen(Forecast.model_json_schema()))
    assert (made.days, made.degrees, made.sky, made.unit) == (5, -4.0, Sky.CLEAR, "celsius")
    assert [len(place.name) for place in made.places] == [6, 6]
    assert made.remark == "simulated remark"
    assert made.nothing is None


def test_a_schema_that_refers_to_itself_comes_to_an_end() -> None:
    made = Forecast.model_validate(specimen(Forecast.model_json_schema()))
    depth, place = 0, made.places[0]
    while place.within is not None:
        depth, place = depth + 1, place.within
    assert 0 < depth < 12


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "object", "required": ["a"]}, {"a": "simulated a"}),
        ({"properties": {"a": {"type": "boolean"}}}, {"a": True}),
        ({"type": ["null", "number"]}, 1.0),
        ({"type": "integer", "minimum": -(2**53), "maximum": 2**53}, 1),
        ({"oneOf": [{"type": "null"}]}, None),
        ({"$ref": "#/$defs/Missing"}, "simulated value"),
        ({"type": "array", "items": {"type": "integer"}}, [1]),
        ({"type": "unheard-of"}, None),
    ],
)
def test_documents(schema: dict[str, Any], expected: Any) -> None:
    assert specimen(schema) == expected


def said(form: Any, **fields: Any) -> Any:
    request = {"messages": [{"role": "user", "content": "x"}], "response_format": form, **fields}
    return compose(Simulation(answer_tokens=4), request, b"seed")


SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}, {"city": "simulated city"}),
        ({"type": "json_schema", "json_schema": {"name": "x"}}, {"answer": "simulated answer"}),
        ({"type": "json_object"}, {"answer": "simulated answer"}),
    ],
)
def test_an_answer_in_json_comes_whole_however_short_answers_are(form: Any, expected: Any) -> None:
    answer = said(form)
    assert json.loads(answer.text) == expected
    assert answer.finish == "stop"
    assert len(answer.pieces) == answer.usage["completion_tokens"] > 4


def test_the_cap_cuts_json_too() -> None:
    answer = said({"type": "json_object"}, max_tokens=2)
    assert (answer.finish, answer.text) == ("length", '{"answer')


@pytest.mark.parametrize("form", [None, {"type": "text"}])
def test_words_are_said_where_words_are_wanted(form: Any) -> None:
    assert len(said(form).text.split()) == 4
