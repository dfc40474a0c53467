"""The text runtime: only what was pinned is loaded, and no end of the process is the end of anything else."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from embedding import TINY, chat, tiny_model, until

from colonnade.errors import DeadlineExceeded, InvalidRequest, UpstreamFailed
from colonnade.gateway.upstream.embedded.runtime import Runtime
from colonnade.gateway.upstream.embedded.text import EmbeddedText
from colonnade.gateway.upstream.interface import Answer

models = pytest.mark.models


@pytest.fixture
async def begin(tmp_path: Path) -> AsyncIterator[Callable[[Runtime], EmbeddedText]]:
    begun: list[EmbeddedText] = []

    def start(runtime: Runtime) -> EmbeddedText:
        begun.append(EmbeddedText(runtime, tmp_path / "logs" / "embedded.log"))
        begun[-1].start()
        return begun[-1]

    yield start
    for model in begun:
        await model.close()


@pytest.fixture
async def tiny(begin: Callable[[Runtime], EmbeddedText]) -> EmbeddedText:
    model = begin(Runtime.of(tiny_model(), context_tokens=1024))
    await until(lambda: model.state.phase == "ready")
    return model


async def test_a_file_without_the_pinned_digest_is_refused_for_good(begin, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"GGUF but another one")
    model = begin(Runtime("other", other, sha256="0" * 64))
    await until(lambda: model.state.refused)
    assert model.state.sha256 in (await model.ready() or "")
    assert "0" * 64 in model.state.reason
    with pytest.raises(UpstreamFailed) as failure:
        await model.ask(chat("hello"))
    assert failure.value.code == "upstream_refused"
    await asyncio.sleep(0.5)
    assert (model.state.restarts, model.state.pid) == (0, None)


@models
async def test_the_digest_is_read_by_the_process_that_loads(begin, tmp_path: Path) -> None:
    """The cache's stamp would call this file verified; one byte was changed since."""
    files = tiny_model()
    changed = tmp_path / "changed.gguf"
    content = bytearray(files.weights.read_bytes())
    content[-1] ^= 1
    changed.write_bytes(content)
    model = begin(replace(Runtime.of(files), weights=changed))
    await until(lambda: model.state.refused)
    assert model.state.sha256 not in ("", files.entry.file[0].sha256)


@models
async def test_ready_tells_the_verified_digest_and_starting_refuses_calls(begin) -> None:
    files = tiny_model()
    model = begin(Runtime.of(files, context_tokens=1024))
    assert "starting" in (await model.ready() or "")
    with pytest.raises(UpstreamFailed) as failure:
        await model.ask(chat("hello"))
    assert failure.value.code == "upstream_starting"
    await until(lambda: model.state.phase == "ready")
    assert f"sha256:{model.state.sha256}" == files.digest
    assert await model.ready() is None


@models
async def test_killed_it_comes_back_and_answers(tiny: EmbeddedText) -> None:
    first = tiny.state.pid
    os.kill(first, signal.SIGKILL)
    await until(lambda: tiny.state.phase != "ready")
    assert await tiny.ready()
    await until(lambda: tiny.state.phase == "ready")
    assert tiny.state.restarts == 1
    assert tiny.state.pid != first
    assert json.loads((await tiny.ask(chat("Say hello."))).body)["usage"]["completion_tokens"] > 0


@models
async def test_a_crash_amid_an_answer_is_an_error_of_that_answer(tiny: EmbeddedText) -> None:
    answer = await tiny.ask(chat("Tell a long story.", stream=True, max_tokens=400))
    received = [await anext(answer.chunks)]
    os.kill(tiny.state.pid, signal.SIGKILL)
    with pytest.raises(UpstreamFailed):
        await _read_on(answer, received)
    assert received[0].startswith(b"data: {")
    assert b"[DONE]" not in b"".join(received)


@models
async def test_it_dies_with_its_gateway(tmp_path: Path) -> None:
    tiny_model()
    gateway = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _GATEWAY, str(tmp_path), stdout=subprocess.PIPE
    )
    child = int(await gateway.stdout.readline())
    assert _alive(child)
    gateway.kill()
    await gateway.wait()
    await until(lambda: not _alive(child), 10)


@models
async def test_more_requests_than_slots_are_all_answered(tiny: EmbeddedText) -> None:
    answers = await asyncio.gather(*(tiny.ask(chat(f"Count to {n}.")) for n in range(10)))
    assert [answer.status for answer in answers] == [200] * 10
    assert all(json.loads(answer.body)["model"] == TINY for answer in answers)


@models
async def test_an_answer_keeps_to_a_json_schema(tiny: EmbeddedText) -> None:
    schema = {
        "type": "object",
        "properties": {"colour": {"enum": ["red", "blue"]}, "count": {"type": "integer"}},
        "required": ["colour", "count"],
        "additionalProperties": False,
    }
    wish = {"type": "json_schema", "json_schema": {"name": "thing", "strict": True, "schema": schema}}
    answer = await tiny.ask(chat("Choose a colour and a count.", response_format=wish, max_tokens=60))
    said = json.loads(json.loads(answer.body)["choices"][0]["message"]["content"])
    assert said["colour"] in ("red", "blue")
    assert isinstance(said["count"], int)


@models
async def test_a_caller_that_leaves_frees_the_slot(tiny: EmbeddedText) -> None:
    for _ in range(2 * tiny.supervisor.runtime.slots):
        left = await tiny.ask(chat("Write for ever.", stream=True, max_tokens=900, ignore_eos=True))
        await anext(left.chunks)
        await left.close()
    async with asyncio.timeout(20):
        assert (await tiny.ask(chat("Say hello.", max_tokens=4))).status == 200


@models
async def test_a_deadline_ends_the_wait(tiny: EmbeddedText) -> None:
    with pytest.raises(DeadlineExceeded):
        await tiny.ask(chat("Write for ever.", max_tokens=900, ignore_eos=True, seconds=0.5))


@models
async def test_more_than_the_context_is_the_request_s_fault(tiny: EmbeddedText) -> None:
    with pytest.raises(InvalidRequest):
        await tiny.ask(chat("word " * 3000))


@models
async def test_the_log_holds_nothing_that_a_caller_wrote(tiny: EmbeddedText) -> None:
    """Grammars and broken fields are what the native library prints by itself."""
    bait = "ZEBRACROSSING"
    unsupported = {"type": "json_schema", "json_schema": {"schema": {"type": bait}}}
    for fields in ({"grammar": f"{bait} ::= ((("}, {"response_format": unsupported}, {"temperature": bait}):
        with pytest.raises(InvalidRequest):
            await tiny.ask(chat(bait, **fields))
    await tiny.ask(chat(bait))
    await tiny.close()
    said = tiny.supervisor.log.read_text()
    assert f"{TINY}: started" in said
    assert bait not in said
    assert tiny.supervisor.log.stat().st_mode & 0o777 == 0o600


@models
async def test_its_key_is_asked_for_and_stands_nowhere_to_be_read(tiny: EmbeddedText) -> None:
    assert tiny.supervisor.client is not None
    pool = tiny.supervisor.client.client
    address = f"http://127.0.0.1:{pool.pool._port}"
    async with httpx.AsyncClient(base_url=address) as stranger:
        assert (await stranger.post("/v1/chat/completions", json={"messages": []})).status_code == 401
    (key,) = [line.split(b"Bearer ")[1] for line in pool.reach.head.split(b"\r\n") if b"Bearer " in line]
    assert key not in _readable(tiny.state.pid)


@models
async def test_its_memory_is_capped(begin) -> None:
    model = begin(replace(Runtime.of(tiny_model()), memory_bytes=150 << 20))
    await until(lambda: model.state.restarts == 1)
    assert model.state.phase != "ready"
    log = model.supervisor.log.read_text()
    assert "its process was ended by SIGABRT" in log or "could not load it" in log


async def _read_on(answer: Answer, received: list[bytes]) -> None:
    async for chunk in answer.chunks:
        received.append(chunk)  # noqa: PERF401 - what came before the error must be kept


def _readable(pid: int) -> bytes:
    """What other processes of this user, or of everybody, can read of it."""
    return b"".join(Path(f"/proc/{pid}/{place}").read_bytes() for place in ("cmdline", "environ"))


def _alive(pid: int) -> bool:
    try:
        return "zombie" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


_GATEWAY = """
import asyncio, sys
from pathlib import Path
from colonnade.gateway.upstream.embedded.runtime import Runtime
from colonnade.gateway.upstream.embedded.text import EmbeddedText
from colonnade.registry.models import ModelStore

async def main():
    model = EmbeddedText(Runtime.of(ModelStore().find("smollm2-135m-instruct-q4_1")), Path(sys.argv[1]) / "log")
    model.start()
    while model.state.phase != "ready":
        await asyncio.sleep(0.01)
    print(model.state.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@models
async def test_it_goes_on_with_an_answer_that_was_begun(tiny: EmbeddedText) -> None:
    """What a route with `resume` relies on: of a streamed answer only the rest comes."""
    whole = json.loads((await tiny.ask(chat("Count to ten.", max_tokens=16))).body)
    text = whole["choices"][0]["message"]["content"]
    begun = text[: len(text) // 2].rsplit(" ", 1)[0]
    turns = [{"role": "user", "content": "Count to ten."}, {"role": "assistant", "content": begun}]
    answer = await tiny.ask(chat("", stream=True, messages=turns, max_tokens=8))
    assert answer.chunks is not None
    raw = b"".join([chunk async for chunk in answer.chunks])
    events = [json.loads(line[6:]) for line in raw.split(b"\n\n") if line.startswith(b"data: {")]
    rest = "".join(it["choices"][0]["delta"].get("content") or "" for it in events if it.get("choices"))
    assert rest
    assert not rest.startswith(begun)
