"""Clients that people use work unchanged: each asks a real gateway over HTTP, whole and streamed, and meets its errors."""

from __future__ import annotations

import json

from roster import COMMON, STATUS, Client, offering
from world import Heard

WEATHER = {"city": "simulated city", "days": 1}
TOKENS = 40
"""The length of the simulated provider's answers."""


@offering("wrong_key")
def test_a_client_makes_every_check_that_it_offers(client: Client, check: str, heard: Heard) -> None:
    assert set(heard.checks) == client.offers
    assert client.lacks < COMMON


@offering("whole", "by_responses", "by_messages")
def test_a_whole_answer_is_the_one_in_the_journal(client: Client, check: str, heard: Heard) -> None:
    answer = heard[check]
    assert heard.recorded(answer["text"], stream=False)
    assert answer["output"] == len(answer["text"].split()) == TOKENS


@offering("whole")
def test_a_whole_answer_tells_its_end_and_its_usage(client: Client, check: str, heard: Heard) -> None:
    assert heard[check]["finish"] in {"stop", "end_turn"}
    assert 0 < heard[check]["input"] < TOKENS


@offering("streamed", "by_responses_streamed", "by_messages_streamed")
def test_a_stream_comes_in_pieces_and_is_the_answer_in_the_journal(
    client: Client, check: str, heard: Heard
) -> None:
    assert heard.recorded(heard[check]["text"], stream=True)
    assert heard[check]["pieces"] >= TOKENS
    assert heard[check].get("output", TOKENS) == TOKENS


@offering("tool")
def test_a_tool_is_called_and_its_result_is_sent_back(client: Client, check: str, heard: Heard) -> None:
    told = heard[check]
    assert (told["name"], told["arguments"]) == ("weather", WEATHER)
    assert heard.recorded(told["after"], stream=False)


@offering("streamed_tool")
def test_a_tool_is_called_in_a_stream(client: Client, check: str, heard: Heard) -> None:
    assert (heard[check]["name"], heard[check]["arguments"]) == ("weather", WEATHER)


@offering(
    "structured", "structured_by_tool", "structured_streamed", "structured_by_messages"
)  # fmt: skip
def test_an_answer_has_the_shape_that_was_asked_for(client: Client, check: str, heard: Heard) -> None:
    told = heard[check]
    assert (told["value"] if "value" in told else json.loads(told["text"])) == WEATHER


@offering("vectors")
def test_vectors(client: Client, check: str, heard: Heard) -> None:
    assert heard[check]["lengths"] in ([64, 64], [256, 256])


@offering("models")
def test_routes_are_listed_as_models(client: Client, check: str, heard: Heard) -> None:
    assert {"answer", "slow", "vectors"} <= set(heard[check]["names"])
    assert all(year >= 2026 for year in heard[check].get("years", ()))


@offering("count")
def test_tokens_are_counted(client: Client, check: str, heard: Heard) -> None:
    assert 0 < heard[check]["input"] < TOKENS


@offering("file")
def test_a_file_comes_back_as_it_was(client: Client, check: str, heard: Heard) -> None:
    assert heard[check] == {"bytes": 2, "content": "{}", "deleted": True}


@offering(*STATUS)
def test_an_error_has_its_class_and_its_status(client: Client, check: str, heard: Heard) -> None:
    told = heard[check]
    assert client.errors[check] in told["raised"], told
    assert told["status"] == STATUS[check]
    assert told["request_id"].startswith("req-")


@offering("throttled", "throttled_stream")
def test_an_error_says_when_to_come_again(client: Client, check: str, heard: Heard) -> None:
    assert heard[check]["retry_after"] == "2"


@offering("failed")
def test_what_the_gateway_has_tried_again_is_not_tried_again_by_the_client(
    client: Client, check: str, heard: Heard
) -> None:
    asked = heard.of("failing")
    assert [record.attempts for record in asked] == [2] * client.asks_when_failed


@offering("cut")
def test_a_stream_that_is_cut_raises_and_is_no_clean_end(client: Client, check: str, heard: Heard) -> None:
    told = heard[check]
    assert client.errors[check] in told["raised"], told
    records = heard.of("cut")
    assert {(record.outcome, record.error_code) for record in records} == {("failed", "upstream_cut")}
    if "text" in told:
        assert told["text"] in {heard.answers[record.id] for record in records}


@offering("left")
def test_a_client_that_leaves_is_known_to_have_left(client: Client, check: str, heard: Heard) -> None:
    assert heard[check]["pieces"] >= 3
    [record] = heard.of("slow")
    assert (record.outcome, record.error_code) == ("abandoned", "client_gone")
    assert 3 <= record.output < 200


@offering("whole")
def test_a_request_is_found_in_the_journal_by_the_id_that_the_client_tells(
    client: Client, check: str, heard: Heard
) -> None:
    told = {heard[name].get("request_id") for name in ("whole", "streamed")} - {None}
    assert bool(told) == client.tells_ids
    assert told <= {record.id for record in heard.records}
