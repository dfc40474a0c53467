"""No adapter raises, whatever it is handed, and what it does take is sound."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import yaml
from hostile import FILES, disturbed
from observed import SCOPE

from colonnade.review.adapters.known import ADAPTERS
from colonnade.review.adapters.material import Material

GOLDEN = Path(__file__).parent / "golden"
FILE_ADAPTERS = [each for each in ADAPTERS if each.patterns]
OF_TOOLS = {
    "terraform": ("terraform/new.plan.json", "terraform/clean.plan.json", "terraform/state.json", "terraform/inventory.json"),
    "kubernetes": ("kubernetes/live.json", "kubernetes/manifests.yaml"),
}  # fmt: skip


def _name(adapter) -> str:
    """A file name that the adapter looks for."""
    return adapter.patterns[0].replace("**/", "").replace("*", "a")


def _sound(reading, adapter):
    for record in reading.records:
        assert record.collector == adapter.collector
        assert record.subject == SCOPE.subject
        assert record.n >= 0
        assert record.window_start <= record.window_end
        assert all(map(math.isfinite, (record.window_start, record.window_end)))
        text = record.canonical().decode()
        assert "\\u0000" not in text
        assert "\\u001b" not in text
    for reject in reading.rejects:
        assert reject.where
        assert reject.reason
        assert len(reject.reason) < 500


@pytest.mark.parametrize("adapter", FILE_ADAPTERS, ids=lambda each: each.kind)
@pytest.mark.parametrize("what", FILES)
def test_a_hostile_file_is_rejected_or_left_alone(adapter, what):
    name = _name(adapter)
    reading = adapter.read([Material(name, FILES[what], Path(name))], SCOPE)
    _sound(reading, adapter)


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda each: each.kind)
def test_no_file_at_all_gives_nothing(adapter):
    reading = adapter.read([], SCOPE)
    assert (reading.records, reading.requests) == ([], [])


@pytest.mark.parametrize("kind", OF_TOOLS)
@pytest.mark.parametrize("seed", range(12))
def test_a_disturbed_file_of_a_tool_raises_nothing(kind, seed):
    adapter = next(each for each in ADAPTERS if each.kind == kind)
    for file in OF_TOOLS[kind]:
        text = (GOLDEN / file).read_text(encoding="utf-8")
        documents = list(yaml.safe_load_all(text)) if file.endswith("yaml") else [json.loads(text)]
        data = "\n---\n".join(json.dumps(disturbed(each, seed)) for each in documents).encode()
        _sound(adapter.read([Material(Path(file).name, data, Path(file))], SCOPE), adapter)
