"""Texts become vectors, and pairs become scores, by ONNX models whose digest is checked as they are loaded.

Texts are run one at a time. Batches gain nothing on a CPU (measured: 11.0 against 10.5 ms a text), and int8
models scale by what lies in the batch, so that a vector would depend on its neighbours and no index could be
built twice with the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colonnade.errors import SetupError
from colonnade.registry.models import ModelEntry, ModelFiles

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

_WEIGHTS, _TOKENIZER = "model.onnx", "tokenizer.json"


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """A BERT-like model and its tokenizer; both were hashed in the very bytes that were loaded.

    May be used from several threads; one call uses one core.
    """

    entry: ModelEntry
    tokenizer: Tokenizer
    session: Any

    @classmethod
    def load(cls, files: ModelFiles) -> OnnxModel:
        """Load the model, in about 0.3 s.

        Raises:
            SetupError: a file has another digest than `models.toml` pins, or the extra `local` is not installed.
        """
        try:
            import onnxruntime  # noqa: PLC0415 - belongs to the extra `local`; takes 0.2 s
            from tokenizers import Tokenizer  # noqa: PLC0415 - the same
        except ImportError as error:
            raise SetupError(
                f"{files.entry.name} needs {error.name}: pip install 'colonnade[local]'"
            ) from None
        content = _verified(files.entry, files.paths)
        tokenizer = Tokenizer.from_str(content[_TOKENIZER].decode())
        tokenizer.no_padding()
        tokenizer.enable_truncation(files.entry.context_tokens)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(content[_WEIGHTS], options, providers=["CPUExecutionProvider"])
        return cls(files.entry, tokenizer, session)

    def run(self, encoding: Encoding) -> Any:
        """The first output for one tokenized text or pair, without the batch dimension."""
        import numpy as np  # noqa: PLC0415 - belongs to the extra `local`

        feed = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        return self.session.run(None, {name: np.array([ids], np.int64) for name, ids in feed.items()})[0][0]


@dataclass(frozen=True, slots=True)
class OnnxEncoder:
    """Vectors of unit length: the state of the first token, normalised (as bge was trained).

    Texts past the model's limit are cut at their end. `workers` texts are encoded at a time.
    """

    model: OnnxModel
    workers: int = 1

    @property
    def digest(self) -> str:
        """Digest of the weights."""
        return self.model.entry.digest

    @property
    def dimensions(self) -> int:
        """Length of the vectors."""
        assert self.model.entry.dimensions is not None, (
            "models.toml states the dimensions of embedding models"
        )
        return self.model.entry.dimensions

    @property
    def query_prefix(self) -> str:
        """What the model wants before questions, and only there."""
        return self.model.entry.query_prefix

    def encode(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text, the same bytes whatever stands beside it. Blocks; call it off the event loop."""
        if self.workers == 1 or len(texts) == 1:
            return [self._vector(text) for text in texts]
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(self._vector, texts))

    def count_tokens(self, text: str) -> int:
        """How many tokens the model reads of this text."""
        return len(self.model.tokenizer.encode(text).ids)

    def _vector(self, text: str) -> list[float]:
        state = self.model.run(self.model.tokenizer.encode(text))[0]
        vector: list[float] = (state / (state @ state) ** 0.5).tolist()
        return vector


@dataclass(frozen=True, slots=True)
class OnnxReranker:
    """Scores of a cross-encoder: logits, about -11 for unrelated and above 0 for fitting passages."""

    model: OnnxModel
    workers: int = 1

    @property
    def digest(self) -> str:
        """Digest of the weights."""
        return self.model.entry.digest

    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        """One score a passage. Of a pair past the limit the longer side is cut. Blocks."""
        if self.workers == 1 or len(passages) == 1:
            return [self._score(question, passage) for passage in passages]
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(lambda passage: self._score(question, passage), passages))

    def _score(self, question: str, passage: str) -> float:
        return float(self.model.run(self.model.tokenizer.encode(question, passage))[0])


def load_encoder(files: ModelFiles, workers: int = 1) -> OnnxEncoder:
    """An encoder from a model of purpose `embedding`; raises `SetupError` as `OnnxModel.load`."""
    return OnnxEncoder(_loaded(files, "embedding"), workers)


def load_reranker(files: ModelFiles, workers: int = 1) -> OnnxReranker:
    """A reranker from a model of purpose `reranking`; raises `SetupError` as `OnnxModel.load`."""
    return OnnxReranker(_loaded(files, "reranking"), workers)


def _loaded(files: ModelFiles, purpose: str) -> OnnxModel:
    if files.entry.purpose != purpose:
        raise SetupError(f"{files.entry.name} is a model for {files.entry.purpose}, not for {purpose}")
    return OnnxModel.load(files)


def _verified(entry: ModelEntry, paths: Mapping[str, Path]) -> dict[str, bytes]:
    """The bytes of every file. What is hashed is what is loaded: the files are not opened a second time."""
    content = {}
    for file in entry.file:
        content[file.name] = paths[file.name].read_bytes()
        got = hashlib.sha256(content[file.name]).hexdigest()
        if got != file.sha256:
            raise SetupError(
                f"{paths[file.name]} is refused: expected sha256 {file.sha256} ({file.bytes} bytes), "
                f"got {got} ({len(content[file.name])} bytes)"
            )
    return content
