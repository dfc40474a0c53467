"""However a stream is cut, callers of the legacy completions get the same text and the same ends."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from telling import USAGE, Scripted, a_call, chunk, event, finished, post, written

from colonnade.errors import UpstreamFailed
from colonnade.gateway.dialects.completions import COMPLETIONS
from colonnade.gateway.events import DONE

TEXTS = st.lists(st.tuples(st.integers(0, 1), st.text(max_size=6)), max_size=8)
BODY: Any = {"model": "assistant", "prompt": "Go", "n": 2, "stream": True}


def a_writer(**request: Any) -> Any:
    call = a_call(COMPLETIONS)
    call.request = COMPLETIONS.read(call, {**BODY, **request})
    return COMPLETIONS.events(call, finished())


def heard(stream: bytes) -> list[Any]:
    parts = stream.decode().split("\n\n")[:-1]
    return [json.loads(part.removeprefix("data: ")) for part in parts if part != "data: [DONE]"]


@given(data=st.data(), texts=TEXTS, echo=st.booleans())
def test_any_cut_gives_the_same_events(data: st.DataObject, texts: list[tuple[int, str]], echo: bool) -> None:
    told = [chunk({"content": text}, index=index) for index, text in texts]
    told += [chunk({}, "stop", index=index) for index in (0, 1)]
    stream = b"".join(told)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=9))
    out = written(a_writer(echo=echo), stream, cuts)
    assert out == a_writer(echo=echo).take(stream)
    for index in (0, 1):
        said = "".join(text for at, text in texts if at == index)
        pieces = [choice for each in heard(out) for choice in each["choices"] if choice["index"] == index]
        assert "".join(piece["text"] for piece in pieces) == ("Go" if echo else "") + said
        assert [piece["finish_reason"] for piece in pieces if piece["finish_reason"]] == ["stop"]


def test_a_break_is_told_in_openais_shape_and_has_no_good_end() -> None:
    writer = a_writer()
    out = writer.take(chunk({"content": "half"})) + writer.fail(UpstreamFailed("Cut.", code="upstream_cut"))
    assert heard(out)[-1]["error"]["code"] == "upstream_cut"
    assert b"[DONE]" not in out


async def test_reasoning_and_fingerprints_are_not_lost() -> None:
    told = {"id": "chatcmpl-1", "created": 7, "model": "m", "system_fingerprint": "f"}
    choice = {"index": 0, "delta": {"reasoning_content": "hm"}, "finish_reason": None}
    stream = [
        event({**told, "choices": [choice]}), chunk({"content": "Yes"}, "stop"),
        event({"choices": [], "usage": USAGE}), DONE,
    ]  # fmt: skip
    body = {**BODY, "n": 1, "stream_options": {"include_usage": True}}
    answer = await post(Scripted(chunks=stream), "/v1/completions", body)
    first, second, last = heard(answer.content)
    assert (first["id"], first["system_fingerprint"], first["choices"][0]["reasoning_content"]) == (
        "cmpl-1", "f", "hm",
    )  # fmt: skip
    assert second["choices"][0]["text"] == "Yes"
    assert last["usage"] == USAGE
    assert answer.content.endswith(DONE)


async def test_unknown_fields_of_a_whole_answer_stay() -> None:
    choice = {"index": 0, "message": {"content": "Yes"}, "finish_reason": "stop"}
    body = {"id": "x", "choices": [choice], "model": "m", "served_by": "rack 7", "usage": USAGE}
    answer = await post(
        Scripted(json.dumps(body).encode()), "/v1/completions", {"model": "assistant", "prompt": "Go"}
    )
    told = answer.json()
    assert (told["served_by"], told["usage"], told["object"]) == ("rack 7", USAGE, "text_completion")
    assert told["choices"][0]["text"] == "Yes"
