"""The figures by which threads are chosen come from the process itself."""

from dataclasses import replace
from pathlib import Path

import pytest
from embedding import tiny_model

from colonnade.errors import SetupError
from colonnade.gateway.upstream.embedded.measure import measure
from colonnade.gateway.upstream.embedded.runtime import Runtime


@pytest.mark.slow
@pytest.mark.models
async def test_a_runtime_is_measured(tmp_path: Path) -> None:
    files = tiny_model()
    speed = await measure(replace(Runtime.of(files), threads=1, prompt_threads=1), tmp_path / "log")
    assert (speed.threads, speed.prompt_threads) == (1, 1)
    assert speed.prompt_per_s > speed.answer_per_s > 1.0
    assert 0 < speed.load_s < 60
    assert speed.resident_mb > files.entry.bytes / 1e6


async def test_what_does_not_start_is_not_measured(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"not these")
    with pytest.raises(SetupError, match=r"cannot be measured: .* refused"):
        await measure(Runtime("other", tmp_path / "weights", sha256="0" * 64), tmp_path / "log")
