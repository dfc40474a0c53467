"""Several workloads behind one port: a key opens its own workload and no other."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from whole import Whole

from colonnade.assembly.front import connected
from colonnade.assembly.serving import Serving
from colonnade.errors import SetupError
from colonnade.gateway.server import listen, server


class Both:
    """Two workloads on one port."""

    def __init__(self, folder: Path) -> None:
        self.first = Whole.planted(folder / "first")
        self.second = Whole.planted(folder / "second")
        self.second.edit("\nname: ", "\nname: other-")
        self.second.edit("routes:\n", "routes:\n  only-here: {model: small, free_system_prompt: true}\n")
        self.keys = [self.first.prepare(), self.second.prepare()]
        self.listener: socket.socket = listen("127.0.0.1", 0)
        port = self.listener.getsockname()[1]
        self.servings = [Serving(each.folder, host="127.0.0.1", port=port) for each in self.wholes]
        self.url = f"http://127.0.0.1:{port}"

    @property
    def wholes(self) -> list[Whole]:
        return [self.first, self.second]

    def ask(self, key: str, route: str = "answer") -> httpx.Response:
        body = {"model": route, "messages": [{"role": "user", "content": "Who are you?"}]}
        headers = {"authorization": f"Bearer {key}"}
        return httpx.post(f"{self.url}/v1/chat/completions", json=body, headers=headers)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    made = Both(tmp_path_factory.mktemp("both"))
    running = server(connected(made.servings))
    thread = threading.Thread(target=running.run, args=([made.listener],), daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield made
    running.should_exit = True
    thread.join(20)
    for serving in made.servings:
        serving.close()


def test_each_key_reaches_its_own_workload(both: Both) -> None:
    revisions = [both.ask(key).headers["x-colonnade-revision"] for key in both.keys]
    digests = [serving.workload.digest.removeprefix("sha256:")[:12] for serving in both.servings]
    assert revisions == digests
    assert len(set(revisions)) == 2


def test_a_key_finds_no_route_of_another_workload(both: Both) -> None:
    assert both.ask(both.keys[1], "only-here").status_code == 200
    refused = both.ask(both.keys[0], "only-here")
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "model_not_found")


def test_a_key_that_nobody_holds_is_refused(both: Both) -> None:
    assert both.ask("ck-000000000000-nothing").status_code == 401
    assert both.ask("nothing").status_code == 401


def test_one_page_tells_the_readiness_and_the_counts_of_all(both: Both) -> None:
    ready = httpx.get(f"{both.url}/readyz")
    assert ready.status_code == 200
    names = [serving.workload.specification.name for serving in both.servings]
    assert set(ready.json()["revisions"]) == set(names)
    assert f"{names[1]}.journal" in ready.json()["components"]
    for key in both.keys:
        both.ask(key)
    counted = httpx.get(f"{both.url}/metrics").text
    for name in names:
        assert f'colonnade_requests_total{{workload="{name}",route="answer"' in counted
    assert counted.count("# TYPE colonnade_requests_total") == 1
    for page in ("/readyz", "/metrics"):
        assert httpx.post(f"{both.url}{page}").status_code == 405


def test_two_workloads_of_one_name_are_refused(both: Both) -> None:
    with pytest.raises(SetupError, match="same name"):
        connected([both.servings[0], both.servings[0]])
