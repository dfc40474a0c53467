"""A changed folder serves within a second, a faulty one is refused, and calls under way do not notice."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from whole import Served, Whole

from colonnade.assembly.reloading import fingerprint

SOON_S = 10.0
"""A second where the machine is not busy with other tests."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Served(Whole.planted(tmp_path / "repository")) as running:
        yield running


def within(seconds: float, seen: Callable[[], Any]) -> Any:
    """What `seen` gives as soon as it gives something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := seen():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not seen within {seconds} s")


def revision(served: Served) -> str:
    return served.client.get("/healthz").headers["x-colonnade-revision"]


def refused(served: Served) -> str:
    return served.client.get("/readyz").json().get("refused_change", "")


def test_a_changed_folder_serves_within_a_second_and_every_answer_names_its_revision(served: Served) -> None:
    before = revision(served)
    served.whole.edit("max_output_tokens: 128", "max_output_tokens: 5")
    within(SOON_S, lambda: revision(served) != before)
    answer = served.chat("What is a drill?")
    assert answer.headers["x-colonnade-output-cap"] == "5"
    named = {
        answer.headers["x-colonnade-revision"],
        served.chat("?", route="nowhere").headers["x-colonnade-revision"],
        served.client.get("/v1/models").headers["x-colonnade-revision"],
        served.client.get("/nowhere").headers["x-colonnade-revision"],
        revision(served),
    }
    assert named == {served.serving.workload.digest.removeprefix("sha256:")[:12]}


def test_a_route_that_was_added_is_listed_and_answers(served: Served) -> None:
    served.whole.edit("routes:\n", "routes:\n  fresh: {model: small, free_system_prompt: true}\n")
    within(SOON_S, lambda: served.chat("Hello", route="fresh").status_code == 200)
    assert "fresh" in [model["id"] for model in served.client.get("/v1/models").json()["data"]]


def test_a_faulty_change_is_refused_and_reported_and_the_old_version_serves_on(served: Served) -> None:
    before = revision(served)
    served.whole.edit("cache: exact", "cache: perhaps")
    told = within(SOON_S, lambda: refused(served))
    assert told.startswith("workload.yaml:")
    assert "cache" in told
    assert revision(served) == before
    assert served.chat("Still there?").status_code == 200
    served.whole.edit("cache: perhaps", "cache: exact")
    within(SOON_S, lambda: not refused(served))


def test_the_ledger_tells_what_was_taken_up_and_what_was_refused(served: Served) -> None:
    served.whole.edit("max_output_tokens: 128", "max_output_tokens: 5")
    first = revision(served)
    within(SOON_S, lambda: revision(served) != first)
    served.whole.edit("max_output_tokens: 5", "max_output_tokens: none")
    within(SOON_S, lambda: refused(served))
    changes = within(SOON_S, lambda: _refusals(served))
    taken = [change.after for change in served.serving.ledger.changes(kind="workload")]
    assert served.serving.workload.digest in taken
    assert "max_output_tokens" in changes[0].reason


def _refusals(served: Served) -> list[Any]:
    return [it for it in served.serving.ledger.changes(kind="workload") if it.reason.startswith("refused")]


def test_a_stream_that_is_under_way_ends_as_it_began(served: Served) -> None:
    served.whole.edit("tokens_per_s: 1000000, answer_tokens: 12", "tokens_per_s: 20, answer_tokens: 30")
    first = revision(served)
    within(SOON_S, lambda: revision(served) != first)
    body = {"model": "brief", "messages": [{"role": "user", "content": "Tell me."}], "stream": True}
    with served.client.stream("POST", "/v1/chat/completions", json=body) as answer:
        lines = answer.iter_lines()
        next(lines)
        served.whole.edit("tokens_per_s: 20,", "tokens_per_s: 1000,")
        within(SOON_S, lambda: revision(served) != answer.headers["x-colonnade-revision"])
        text = list(lines)
    assert text[-2] == "data: [DONE]"
    words = [json.loads(line[6:]) for line in text if line.startswith("data: {")]
    assert sum(bool(each["choices"]) for each in words) > 10


def test_what_is_kept_of_prompts_follows_the_folder(served: Served) -> None:
    policy = served.serving.lasting.journal.content_policy
    first = revision(served)
    served.whole.edit("quality:\n", "privacy: {store_content: digest}\nquality:\n")
    within(SOON_S, lambda: revision(served) != first)
    assert policy.keep == "redacted"
    assert served.serving.lasting.journal.content_policy is served.serving.edition.content
    assert served.serving.edition.content.keep == "digest"
    assert served.serving.configuration.content == "digest"


def test_an_unchanged_upstream_keeps_its_connections(served: Served) -> None:
    first, upstream = revision(served), served.serving.parts.upstreams["simulated"]
    served.whole.edit("max_output_tokens: 128", "max_output_tokens: 64")
    within(SOON_S, lambda: revision(served) != first)
    assert served.serving.parts.upstreams["simulated"] is upstream


def test_documents_state_and_hidden_files_are_not_looked_at(tmp_path: Path) -> None:
    for name in ("workload.yaml", "knowledge/one.md", ".colonnade/store", "prompts/answer.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    seen = {Path(name).name for name, _, _ in fingerprint(tmp_path, {"knowledge"})}
    assert seen == {"workload.yaml", "answer.md"}
