"""Pictures, sound and transcripts pass the gateway as official clients send and expect them."""

from __future__ import annotations

import base64
import io
import wave
import zlib

import pytest

PNG = b"\x89PNG\r\n\x1a\n"


def test_a_picture_is_generated(everything) -> None:
    answer = everything.openai.images.generate(model="draw", prompt="a quiet harbour", n=2)
    pictures = [base64.b64decode(each.b64_json) for each in answer.data]
    assert len(set(pictures)) == 2
    assert all(picture.startswith(PNG) and _inflates(picture) for picture in pictures)
    assert answer.usage.total_tokens == answer.usage.input_tokens + 128
    record = everything.kept.last
    assert (record.endpoint, record.output_modality, record.outcome) == ("images", "image", "answered")
    assert (record.image_output, record.output, record.usage_reported) == (128, 0, True)
    assert everything.kept.asked[-1] == b'"a quiet harbour"'


def _inflates(picture: bytes) -> bool:
    start = picture.index(b"IDAT") + 4
    length = int.from_bytes(picture[start - 8 : start - 4])
    return len(zlib.decompress(picture[start : start + length])) == 16 * (1 + 3 * 16)


def test_the_only_route_serves_clients_that_name_no_model(everything) -> None:
    assert everything.openai.images.generate(prompt="a gate").data[0].b64_json
    assert everything.openai.moderations.create(input="a gate").results
    assert everything.kept.last.route == "judge"


def test_a_picture_is_edited_and_its_bytes_stay_out_of_the_journal(everything) -> None:
    picture = PNG + bytes(range(256)) * 40
    answer = everything.openai.images.edit(
        model="draw", image=('har"bour.png', picture, "image/png"), mask=picture, prompt="add a boat"
    )
    assert base64.b64decode(answer.data[0].b64_json).startswith(PNG)
    record = everything.kept.last
    assert (record.image_input, record.image_output, record.fresh_input) == (64, 64, 3)
    assert (record.input_modality, record.output_modality) == ("image", "image")
    assert everything.kept.asked[-1] == b'"add a boat"'
    assert PNG not in everything.kept.asked[-1] + everything.kept.answered[-1]


def test_several_pictures_and_a_variation(everything) -> None:
    images = [("a.png", PNG, "image/png"), ("b.png", PNG, "image/png")]
    assert everything.openai.images.edit(model="draw", image=images, prompt="join").usage.total_tokens > 128
    assert everything.openai.images.create_variation(model="draw", image=PNG, n=3).data[2].b64_json


def test_a_streamed_picture_comes_in_events_and_its_usage_is_kept(everything) -> None:
    events = list(everything.openai.images.generate(model="draw", prompt="a gate", stream=True))
    assert [event.type for event in events] == [
        "image_generation.partial_image",
        "image_generation.completed",
    ]
    assert base64.b64decode(events[-1].b64_json).startswith(PNG)
    record = everything.kept.last
    assert (record.stream, record.image_output, record.usage_reported, record.outcome) == (
        True, 64, True, "answered",
    )  # fmt: skip


def test_speech_is_a_sound_with_the_upstreams_content_type(everything) -> None:
    with everything.openai.audio.speech.with_streaming_response.create(
        model="say", voice="alloy", input="one two three four"
    ) as answer:
        sound = b"".join(answer.iter_bytes())
    assert answer.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(sound)) as heard:
        assert heard.getnframes() == 4 * 400
    record = everything.kept.last
    assert (record.output_modality, record.outcome, record.usage_reported) == ("audio", "answered", False)
    assert everything.kept.asked[-1] == b'"one two three four"'


def test_speech_in_events_tells_its_usage(everything) -> None:
    body = {"model": "say", "voice": "alloy", "input": "one two", "stream_format": "sse"}
    answer = everything.http.post("/audio/speech", json=body)
    assert answer.headers["content-type"] == "text/event-stream"
    assert "speech.audio.done" in answer.text
    record = everything.kept.last
    assert (record.audio_output, record.fresh_input, record.usage_reported) == (2, 2, True)


def _recording() -> tuple[str, bytes, str]:
    return ("words.wav", b"RIFF" + bytes(8000), "audio/wav")


def test_a_recording_is_transcribed(everything) -> None:
    answer = everything.openai.audio.transcriptions.create(
        model="hear", file=_recording(), prompt="names: Ada"
    )
    assert len(answer.text.split()) == 12
    assert (
        everything.openai.audio.transcriptions.create(
            model="hear", file=_recording(), prompt="names: Ada"
        ).text
        == answer.text
    ), "a form is the same whatever its boundary"
    record = everything.kept.last
    assert (record.endpoint, record.input_modality, record.output_modality) == (
        "transcriptions",
        "audio",
        "text",
    )
    assert (record.audio_input, record.output, record.fresh_input) == (11, 12, 0)
    assert everything.kept.asked[-1] == b'"names: Ada"'
    assert everything.kept.answered[-1].decode() == answer.text


@pytest.mark.parametrize(
    ("form", "begins", "kind"),
    [
        ("text", "", "text/plain; charset=utf-8"),
        ("srt", "1\n00:00:00,000 --> ", "text/plain; charset=utf-8"),
        ("vtt", "WEBVTT\n\n00:00:00.000 --> ", "text/vtt; charset=utf-8"),
    ],
)
def test_transcripts_have_the_form_that_is_wanted(everything, form: str, begins: str, kind: str) -> None:
    answer = everything.openai.audio.transcriptions.with_raw_response.create(
        model="hear", file=_recording(), response_format=form
    )
    assert answer.headers["content-type"] == kind
    assert answer.text.startswith(begins)
    assert everything.kept.answered[-1].decode() == answer.text
    assert (everything.kept.last.usage_reported, everything.kept.last.output > 0) == (False, True)


def test_lists_of_a_form_reach_the_upstream(everything) -> None:
    answer = everything.openai.audio.transcriptions.create(
        model="hear",
        file=_recording(),
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
    )
    assert answer.segments[0].text == answer.text


def test_a_translation_goes_to_the_upstreams_translations(everything) -> None:
    answer = everything.openai.audio.translations.create(
        model="hear", file=_recording(), response_format="verbose_json"
    )
    assert answer.model_dump()["task"] == "translate"


def test_a_streamed_transcript(everything) -> None:
    stream = everything.openai.audio.transcriptions.create(model="hear", file=_recording(), stream=True)
    events = list(stream)
    assert "".join(event.delta for event in events[:-1]) == events[-1].text
    record = everything.kept.last
    assert (record.audio_input, record.output, record.usage_reported) == (11, 12, True)
    assert everything.kept.answered[-1].decode() == events[-1].text
