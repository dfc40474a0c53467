"""What the text runtime is started with: the file and its pin, slots, threads and a cap on its memory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from colonnade.errors import SetupError
from colonnade.registry.models import ModelFiles

_LARGEST_PROMPT_THREADS = 8
_KV_BYTES_PER_TOKEN = 32 << 10
"""Above all models of `models.toml`: 2 (K, V) x 2 bytes x layers x width; 28 KiB for the 1.5B, 12 for the 0.5B."""
_WORKING_BYTES = 768 << 20
"""Buffers for computing, 18 threads' stacks (144 MiB) and the interpreter; measured 0.4 GB in all for the 0.5B."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """One text model in one process.

    Args:
        model: the name under which it answers.
        weights: the GGUF file.
        sha256: the digest (hex) that the file must have; another one is refused before loading.
        context_tokens: prompt and answer of one request together, at most.
        slots: requests that are answered at a time; the others wait in the process.
        threads: threads that write answers. One is as fast as two on two cores, and leaves one to the gateway.
        prompt_threads: threads that read prompts, and that write where several answers are written at a time.
        memory_bytes: cap on its private memory; the weights are mapped and do not count.
        nice: how far it steps back behind the gateway, which shares the cores.
    """

    model: str
    weights: Path
    sha256: str
    context_tokens: int = 4096
    slots: int = 2
    threads: int = 1
    prompt_threads: int = 2
    memory_bytes: int = 4 << 30
    nice: int = 5

    @classmethod
    def of(
        cls,
        files: ModelFiles,
        *,
        pin: str | None = None,
        context_tokens: int = 4096,
        environment: Mapping[str, str] = os.environ,
    ) -> Runtime:
        """The runtime of a model that is here, sized for this machine.

        Args:
            files: the model.
            pin: `sha256:...` of the workload file; without one, the digest of `models.toml` counts.
            context_tokens: of the binding; the model's own limit caps it.
            environment: `COLONNADE_THREADS` (count) and `COLONNADE_MEMORY_MB` replace what is chosen here.

        Raises:
            SetupError: the model is not one for text, or a setting is no number.
        """
        if files.entry.purpose != "text":
            raise SetupError(f"{files.entry.name} is a model for {files.entry.purpose}, not for text")
        cores = len(os.sched_getaffinity(0))
        context, slots = min(context_tokens, files.entry.context_tokens), 2 if cores < 4 else 4
        own_threads = _number(environment, "COLONNADE_THREADS")
        own_memory = _number(environment, "COLONNADE_MEMORY_MB")
        return cls(
            model=files.entry.name,
            weights=files.weights,
            sha256=(pin or files.digest).removeprefix("sha256:"),
            context_tokens=context,
            slots=slots,
            threads=own_threads or max(1, min(cores // 2, _LARGEST_PROMPT_THREADS)),
            prompt_threads=own_threads or min(cores, _LARGEST_PROMPT_THREADS),
            memory_bytes=(own_memory << 20) or _memory(files.entry.file[0].bytes, context * slots),
        )


def _memory(weights_bytes: int, tokens: int) -> int:
    """Weights are repacked for the processor, so that up to their size lies in private memory as well."""
    return weights_bytes * 3 // 2 + tokens * _KV_BYTES_PER_TOKEN + _WORKING_BYTES


def _number(environment: Mapping[str, str], name: str) -> int:
    setting = environment.get(name, "0")
    if not setting.isdigit():
        raise SetupError(f"{name} must be a whole number, not {setting!r}")
    return int(setting)
