"""A search model that is loaded when it is first asked, so that a start need not wait for it.

What is known without loading (digest, dimensions, prefix) comes from `models.toml`; the files are hashed against it
in the very bytes that are loaded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from colonnade.knowledge.encoders import OnnxEncoder, OnnxReranker, load_encoder, load_reranker
from colonnade.registry.models import ModelFiles

Model = TypeVar("Model")


class Deferred(Generic[Model]):
    """Loads once, whichever thread asks first; a refused file is refused again at every use."""

    def __init__(self, load: Callable[[], Model]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._model: Model | None = None

    @property
    def loaded(self) -> bool:
        """Whether the files were verified and loaded."""
        return self._model is not None

    def __call__(self) -> Model:
        """The model; raises SetupError as its loader does."""
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model


class DeferredEncoder:
    """An encoder of knowledge/interface.py."""

    def __init__(self, files: ModelFiles, workers: int = 1) -> None:
        self._entry = files.entry
        self.model: Deferred[OnnxEncoder] = Deferred(lambda: load_encoder(files, workers))

    @property
    def digest(self) -> str:
        """Digest of the weights, as pinned; `model.loaded` says whether it was verified."""
        return self._entry.digest

    @property
    def dimensions(self) -> int:
        """Length of the vectors."""
        assert self._entry.dimensions is not None, "models.toml states the dimensions of embedding models"
        return self._entry.dimensions

    @property
    def query_prefix(self) -> str:
        """What the model wants before questions."""
        return self._entry.query_prefix

    def encode(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text. Blocks; the first call loads."""
        return self.model().encode(texts)

    def count_tokens(self, text: str) -> int:
        """How many tokens the model reads of this text. The first call loads."""
        return self.model().count_tokens(text)


class DeferredReranker:
    """A reranker of knowledge/interface.py."""

    def __init__(self, files: ModelFiles, workers: int = 1) -> None:
        self._entry = files.entry
        self.model: Deferred[OnnxReranker] = Deferred(lambda: load_reranker(files, workers))

    @property
    def digest(self) -> str:
        """Digest of the weights, as pinned."""
        return self._entry.digest

    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        """One score a passage. Blocks; the first call loads."""
        return self.model().score(question, passages)
