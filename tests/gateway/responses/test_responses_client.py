"""The official OpenAI client speaks to `/v1/responses` unchanged."""

from __future__ import annotations

import json

import openai
import pytest
from pydantic import BaseModel
from response_world import Scripted, World, world

WEATHER = {
    "type": "function",
    "name": "weather",
    "description": "Says the weather.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    "strict": True,
}


def test_a_response_to_a_question(near: World) -> None:
    made = near.ann.responses.create(
        model="assistant", input="Hello", instructions="Be brief.", metadata={"a": "b"}
    )
    assert made.status == "completed"
    assert len(made.output_text.split()) == 12
    assert made.id.startswith("resp_")
    assert made.output[0].id.startswith("msg_")
    assert (made.instructions, made.metadata) == ("Be brief.", {"a": "b"})
    assert (made.usage.output_tokens, made.usage.total_tokens - made.usage.input_tokens) == (12, 12)
    assert near.upstream.asked[-1]["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
    ]
    assert not near.upstream.asked[-1].keys() & {"input", "instructions", "metadata", "store"}


def test_a_streamed_response_is_told_in_typed_events(near: World) -> None:
    events = list(near.ann.responses.create(model="assistant", input="Hello", stream=True))
    names = [event.type for event in events]
    assert names[:4] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert set(names[4:-4]) == {"response.output_text.delta"}
    assert names[-4:] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert events[-1].response.output_text == text == events[-4].text
    assert events[-1].response.usage.output_tokens == 12
    assert all(type(event).__name__.startswith("Response") for event in events)


def test_the_clients_own_accumulation_of_a_stream(near: World) -> None:
    with near.ann.responses.stream(
        model="assistant", input="Hello", tools=[WEATHER], tool_choice="required"
    ) as events:
        deltas = [event.delta for event in events if event.type == "response.function_call_arguments.delta"]
        final = events.get_final_response()
    assert final.output[0].name == "weather"
    assert final.output[0].arguments == "".join(deltas) == '{"city":"simulated city"}'


def test_tools_go_round_with_the_previous_response(near: World) -> None:
    first = near.ann.responses.create(
        model="assistant", input="How is the weather?", tools=[WEATHER], tool_choice="required"
    )
    asked = first.output[0]
    assert (asked.type, asked.name, json.loads(asked.arguments)) == (
        "function_call",
        "weather",
        {"city": "simulated city"},
    )
    sent = near.upstream.asked[-1]["tools"][0]
    assert sent == {
        "type": "function",
        "function": {name: WEATHER[name] for name in WEATHER if name != "type"},
    }
    second = near.ann.responses.create(
        model="assistant",
        previous_response_id=first.id,
        input=[{"type": "function_call_output", "call_id": asked.call_id, "output": "rain"}],
    )
    assert second.previous_response_id == first.id
    assert second.status == "completed"
    call = {"name": "weather", "arguments": asked.arguments}
    assert near.upstream.asked[-1]["messages"] == [
        {"role": "user", "content": "How is the weather?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": asked.call_id, "type": "function", "function": call}],
        },
        {"role": "tool", "tool_call_id": asked.call_id, "content": "rain"},
    ]


def test_a_caller_may_keep_the_conversation_itself(near: World) -> None:
    given = [{"role": "user", "content": "Hello"}]
    first = near.ann.responses.create(model="assistant", input=given, store=False)
    given += [item.model_dump(exclude_none=True) for item in first.output]
    given.append({"role": "user", "content": [{"type": "input_text", "text": "And then?"}]})
    near.ann.responses.create(model="assistant", input=given, store=False)
    roles = [message["role"] for message in near.upstream.asked[-1]["messages"]]
    assert roles == ["user", "assistant", "user"]
    assert near.upstream.asked[-1]["messages"][1]["content"] == first.output_text


class Desk(BaseModel):
    """What a structured answer must hold."""

    opens: str
    days: list[str]


def test_structured_output_is_parsed_by_the_client(tmp_path) -> None:
    said = Scripted(message={"content": '{"opens": "nine", "days": ["Monday"]}'})
    with world(tmp_path / ".colonnade", said) as near:
        parsed = near.ann.responses.parse(model="assistant", input="When?", text_format=Desk)
    assert parsed.output_parsed == Desk(opens="nine", days=["Monday"])
    form = said.asked[-1]["response_format"]
    assert form["type"] == "json_schema"
    assert form["json_schema"]["strict"] is True
    assert form["json_schema"]["name"] == "Desk"
    assert form["json_schema"]["schema"]["required"] == ["opens", "days"]


def test_settings_reach_the_model_under_chats_names(tmp_path) -> None:
    said = Scripted(message={"content": "Yes."})
    with world(tmp_path / ".colonnade", said) as near:
        made = near.ann.responses.create(
            model="assistant",
            input="Well?",
            max_output_tokens=64,
            reasoning={"effort": "low", "summary": "auto"},
            text={"verbosity": "low"},
            temperature=0.5,
            top_p=0.9,
            top_logprobs=2,
            user="someone",
            extra_body={"seed": 3},
        )
    asked = {name: said.asked[-1].get(name) for name in said.asked[-1].keys() - {"messages", "model"}}
    assert asked == {
        "max_completion_tokens": 64,
        "reasoning_effort": "low",
        "verbosity": "low",
        "temperature": 0.5,
        "top_p": 0.9,
        "logprobs": True,
        "top_logprobs": 2,
        "user": "someone",
        "seed": 3,
    }
    assert (made.max_output_tokens, made.reasoning.effort, made.text.verbosity) == (64, "low", "low")


def test_reasoning_refusals_and_usage_are_told(tmp_path) -> None:
    said = Scripted(message={"reasoning_content": "Let me think.", "content": None, "refusal": "I may not."})
    with world(tmp_path / ".colonnade", said) as near:
        made = near.ann.responses.create(model="assistant", input="Do it.")
    assert [item.type for item in made.output] == ["reasoning", "message"]
    assert made.output[0].summary[0].text == "Let me think."
    assert made.output[1].content[0].refusal == "I may not."
    usage = made.usage
    assert (usage.input_tokens, usage.input_tokens_details.cached_tokens) == (11, 4)
    assert (usage.output_tokens, usage.output_tokens_details.reasoning_tokens) == (7, 3)
    assert usage.total_tokens == 18


@pytest.mark.parametrize(
    ("finish", "reason"), [("length", "max_output_tokens"), ("content_filter", "content_filter")]
)
def test_an_answer_that_was_cut_short_is_incomplete(tmp_path, finish: str, reason: str) -> None:
    said = Scripted(message={"content": "Half"}, deltas=[{"content": "Half"}], finish=finish)
    with world(tmp_path / ".colonnade", said) as near:
        made = near.ann.responses.create(model="assistant", input="Say it.")
        told = list(near.ann.responses.create(model="assistant", input="Say it.", stream=True))[-1]
    for response in (made, told.response):
        assert (response.status, response.incomplete_details.reason) == ("incomplete", reason)
        assert response.output[0].status == "incomplete"
    assert told.type == "response.incomplete"


def test_log_probabilities_and_citations_are_passed(tmp_path) -> None:
    cited = {
        "type": "url_citation",
        "url_citation": {"start_index": 0, "end_index": 2, "url": "u", "title": "t"},
    }
    token = {"token": "Yes", "logprob": -0.1, "bytes": [89, 101, 115], "top_logprobs": []}
    said = Scripted(message={"content": "Yes", "annotations": [cited]}, logprobs=[token])
    with world(tmp_path / ".colonnade", said) as near:
        made = near.ann.responses.create(
            model="assistant", input="?", include=["message.output_text.logprobs"]
        )
    part = made.output[0].content[0]
    assert said.asked[-1]["logprobs"] is True
    assert part.logprobs[0].token == "Yes"
    assert (part.annotations[0].type, part.annotations[0].url) == ("url_citation", "u")


def test_what_cannot_be_included_is_named(near: World) -> None:
    raw = near.ann.responses.with_raw_response.create(
        model="assistant", input="?", include=["reasoning.encrypted_content"], reasoning={"effort": "low"}
    )
    # The simulator is given every field here; the one thing left out is the dialect's own.
    assert raw.headers["x-colonnade-dropped-fields"] == "reasoning.encrypted_content"
    with pytest.raises(openai.BadRequestError) as refused:
        near.ann.responses.create(model="strict", input="?", include=["reasoning.encrypted_content"])
    assert refused.value.code == "unsupported_parameter"


def test_fields_that_an_upstream_cannot_do_are_named_in_the_callers_words(tmp_path) -> None:
    with world(tmp_path / ".colonnade", Scripted(message={"content": "Yes"}), kind="simulator") as near:
        raw = near.ann.responses.with_raw_response.create(
            model="assistant", input="?", reasoning={"effort": "low"}, text={"verbosity": "low"}
        )
        with pytest.raises(openai.BadRequestError) as refused:
            near.ann.responses.create(model="strict", input="?", reasoning={"effort": "low"})
    assert raw.headers["x-colonnade-dropped-fields"] == "reasoning.effort,text.verbosity"
    assert refused.value.param == "reasoning.effort"
    assert "reasoning.effort" in refused.value.message
