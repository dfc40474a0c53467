"""Whatever stands in the files, `load` returns a workload or `FaultyWorkload`, and soon."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from minimal_workload import MINIMAL

from colonnade.errors import FaultyWorkload
from colonnade.workload import Workload, load

VALID = (MINIMAL / "workload.yaml").read_bytes()
PROMPT = (MINIMAL / "prompts" / "answer.md").read_bytes()
PIECES = st.sampled_from(
    [b"\t", b"&a ", b"*a", b"<<: ", b"!!python/object:os.system ", b"[", b"{", b"- ", b": ", b"? ", b"\n---\n", b"null",
     b"true", b"9" * 400, b"\xff", b"\0", b"'", b'"', b"|", b"#", b"\n", b"  ", b"{{", b"{{> answer}}", b"[user]\n", b"@"]
)  # fmt: skip


def mutated(valid: bytes) -> st.SearchStrategy[bytes]:
    def apply(edits: list[tuple[int, int, bytes]]) -> bytes:
        content = valid
        for at, length, piece in edits:
            start = at % (len(content) + 1)
            content = content[:start] + piece + content[start + length :]
        return content

    edit = st.tuples(st.integers(0, 5000), st.integers(0, 60), PIECES | st.binary(max_size=12))
    cut = st.integers(0, len(valid)).map(lambda length: valid[:length])
    return cut | st.lists(edit, min_size=1, max_size=4).map(apply)


def loaded(workload: bytes, prompt: bytes) -> Workload | FaultyWorkload:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "workload"
        shutil.copytree(MINIMAL, folder)
        (folder / "workload.yaml").write_bytes(workload)
        (folder / "prompts" / "answer.md").write_bytes(prompt)
        try:
            return load(folder)
        except FaultyWorkload as error:
            return error


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(workload=mutated(VALID))
def test_a_mutated_workload_file_is_faulty_or_sound(workload):
    started = time.monotonic()
    outcome = loaded(workload, PROMPT)
    assert isinstance(outcome, Workload) or outcome.faults
    assert time.monotonic() - started < 2


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(prompt=mutated(PROMPT))
def test_a_mutated_prompt_is_faulty_or_sound(prompt):
    outcome = loaded(VALID, prompt)
    assert isinstance(outcome, Workload) or outcome.faults


@settings(max_examples=100, deadline=None)
@given(noise=st.binary(max_size=400))
def test_noise_is_never_a_workload(noise):
    assert isinstance(loaded(noise, noise), FaultyWorkload)
