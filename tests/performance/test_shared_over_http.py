"""Over real connections: a caller who leaves in the middle of a shared answer takes nobody's answer with it."""

import json
import socket
import threading
import time

import httpx
import pytest
from caching import Cached
from running import run_gateway
from served import ASK

from colonnade.reliability.deadline import Deadline

BODY = json.dumps({"model": "answer", "messages": ASK, "temperature": 0, "stream": True}).encode()


@pytest.fixture
def slow():
    """A gateway whose streams take about half a second."""
    gateway = Cached(before=[Deadline()], first_byte_s=0.05, tokens_per_s=60.0)
    server = run_gateway(gateway.app)
    yield gateway, server
    server.stop()


def leaving_after_first_bytes(port):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\n"
        connection.sendall(head + b"content-length: %d\r\n\r\n" % len(BODY) + BODY)
        received = b""
        while b"data:" not in received:
            received += connection.recv(4096)


def test_a_leader_that_hangs_up_hands_its_question_over(slow):
    gateway, server = slow
    leaver = threading.Thread(target=leaving_after_first_bytes, args=(server.port,))
    leaver.start()
    time.sleep(0.04)
    heard = httpx.post(f"{server.url}/v1/chat/completions", content=BODY, timeout=10.0)
    leaver.join()
    assert heard.headers["x-colonnade-cache"] == "miss"
    assert heard.content.endswith(b"data: [DONE]\n\n")
    assert b'"error"' not in heard.content
    assert gateway.asked == 2
    assert gateway.onlooker.replies[0].error == "client_gone"
    again = httpx.post(f"{server.url}/v1/chat/completions", content=BODY, timeout=10.0)
    assert again.headers["x-colonnade-cache"] == "hit"
    assert again.content == heard.content


def test_a_follower_that_hangs_up_is_forgotten(slow):
    gateway, server = slow
    leader: list[httpx.Response] = []
    thread = threading.Thread(
        target=lambda: leader.append(
            httpx.post(f"{server.url}/v1/chat/completions", content=BODY, timeout=10.0)
        )
    )
    thread.start()
    time.sleep(0.1)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{server.url}/v1/chat/completions", content=BODY, timeout=0.15)
    thread.join()
    assert leader[0].content.endswith(b"data: [DONE]\n\n")
    assert gateway.asked == 1
    assert len(gateway.cache.flights) == 0
