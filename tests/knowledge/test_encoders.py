"""The real embedding model and the real reranker: what they say, and that they are the pinned ones."""

import math
from pathlib import Path

import pytest

from colonnade.errors import SetupError
from colonnade.knowledge.encoders import OnnxEncoder, OnnxReranker, load_encoder, load_reranker
from colonnade.registry.models import ModelFiles, ModelStore

pytestmark = pytest.mark.models

PASSAGES = (
    "A customer can send a product back within thirty days and gets the money back.",
    "Money market funds paid four percent last year.",
    "The LED of the router blinks amber while it restarts.",
)


def files(name: str) -> ModelFiles:
    found = ModelStore().find(name)
    if found is None:
        pytest.skip(f"{name} is not here: run `python tests/prepare.py`")
    return found


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return load_encoder(files("bge-small-en-v1.5-int8"))


@pytest.fixture(scope="module")
def reranker() -> OnnxReranker:
    return load_reranker(files("ms-marco-minilm-l-12-v2-int8"))


def test_vectors_have_unit_length_and_the_stated_dimensions(encoder: OnnxEncoder) -> None:
    for vector in encoder.encode(PASSAGES):
        assert len(vector) == encoder.dimensions == 384
        assert math.hypot(*vector) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("prefixed", [False, True])
def test_what_means_the_same_lies_near(encoder: OnnxEncoder, prefixed: bool) -> None:
    question = (encoder.query_prefix if prefixed else "") + "How do I return something and get a refund?"
    (asked,) = encoder.encode([question])
    near = [_dot(asked, vector) for vector in encoder.encode(PASSAGES)]
    assert near[0] == max(near)
    assert near[0] - max(near[1:]) > 0.1


def test_a_vector_does_not_depend_on_its_neighbours(encoder: OnnxEncoder) -> None:
    alone = [encoder.encode([passage])[0] for passage in PASSAGES]
    parallel = OnnxEncoder(encoder.model, workers=3)
    assert encoder.encode(PASSAGES) == alone == parallel.encode(PASSAGES)


def test_a_text_past_the_limit_is_cut_at_its_end(encoder: OnnxEncoder) -> None:
    long = "refund " * 2000
    assert encoder.count_tokens(long) == 512
    assert encoder.encode([long]) == encoder.encode([long + "router"])
    assert encoder.encode([""])[0] != encoder.encode(["refund"])[0]


def test_the_fitting_passage_scores_highest(reranker: OnnxReranker) -> None:
    scores = reranker.score("How do I return something and get a refund?", PASSAGES)
    assert scores[0] == max(scores)
    assert scores[0] - max(scores[1:]) > 3.0
    assert scores == OnnxReranker(reranker.model, workers=3).score(
        "How do I return something and get a refund?", PASSAGES
    )


def test_a_pair_past_the_limit_is_still_scored(reranker: OnnxReranker) -> None:
    (score,) = reranker.score("refund " * 600, ["returns " * 900])
    assert math.isfinite(score)


def test_digests_are_those_of_the_weights(encoder: OnnxEncoder, reranker: OnnxReranker) -> None:
    store = ModelStore()
    assert encoder.digest == store.entry("bge-small-en-v1.5-int8").digest
    assert reranker.digest == store.entry("ms-marco-minilm-l-12-v2-int8").digest


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_changed_file_is_refused_at_the_moment_of_loading(tmp_path: Path, name: str) -> None:
    found = files("bge-small-en-v1.5-int8")
    changed = bytearray(found.paths[name].read_bytes())
    changed[-1] ^= 1
    (tmp_path / name).write_bytes(changed)
    with pytest.raises(SetupError, match=f"{name} is refused: expected sha256"):
        load_encoder(ModelFiles(found.entry, {**found.paths, name: tmp_path / name}))


def test_a_model_for_something_else_is_refused() -> None:
    with pytest.raises(SetupError, match="a model for reranking, not for embedding"):
        load_encoder(files("ms-marco-minilm-l-12-v2-int8"))


def _dot(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))
