"""The process of the text runtime: it loads only the file that was pinned, serves it on the loopback, and dies
with the gateway.

Started as `python -m colonnade.gateway.upstream.embedded.child`. Its standard error is the log. After loading,
the native library is silenced: it would print grammars and broken requests, which may hold what people wrote.
"""

from __future__ import annotations

import ctypes
import faulthandler
import hashlib
import os
import resource
import signal
import sys
import threading
import time
from io import BufferedReader
from typing import Any

import msgspec

from colonnade.gateway.heart import BEAT_S, Heart
from colonnade.gateway.upstream.embedded.words import Order, Word

_PR_SET_PDEATHSIG = 1
_ERRORS_AND_WARNINGS = 2
"""Of llama.cpp's levels of verbosity; applies to loading, when no request can have come."""


def main() -> None:
    """Follow the one order on the standard input, until it is closed."""
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    tell = Teller()
    _die_with(order.parent)
    _limit(order)
    with open(order.weights, "rb") as weights:  # noqa: PTH123 - the descriptor itself is handed on
        server = _served(order, weights, tell)
    if server is not None:
        threading.Thread(target=_mind_memory, daemon=True).start()
        sys.stdin.buffer.read()
    # Without clean-up: the library would first finish the answers that nobody waits for.
    os._exit(0 if server is not None else 3)


class Teller:
    """Says words on the pipe that was the standard output, to which nothing else can print any more."""

    def __init__(self) -> None:
        self._pipe = os.dup(1)
        os.dup2(2, 1)

    def __call__(self, word: Word) -> None:
        """Say it."""
        os.write(self._pipe, msgspec.json.encode(word) + b"\n")


def _die_with(parent: int) -> None:
    """The kernel ends this process with the gateway, however that dies; closing the input does so elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)


def _limit(order: Order) -> None:
    """Private memory is capped, cores are left to the gateway, and no dump of memory is ever written."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (order.memory_bytes, order.memory_bytes))
    os.nice(order.nice)
    # Before the library is loaded: its threads spin at barriers otherwise, and starve each other on busy cores.
    os.environ.update(OMP_WAIT_POLICY="passive", GOMP_SPINCOUNT="0")


def _served(order: Order, weights: BufferedReader, tell: Teller) -> Any:
    """The running server, or None after saying why there is none."""
    tell(Word("verifying"))
    before = os.fstat(weights.fileno())
    got = hashlib.file_digest(weights, "sha256").hexdigest()
    if got != order.sha256:
        tell(Word("refused", got, reason=f"the pin is sha256 {order.sha256}, the file has {got}"))
        return None
    tell(Word("loading", got))
    try:
        server = _load(order, weights.fileno())
    except ImportError:
        tell(Word("refused", reason="the runtime is not installed: pip install 'colonnade[local]'"))
    except (RuntimeError, ValueError, MemoryError) as error:
        tell(Word("failed", reason=f"the runtime could not load it ({type(error).__name__})"))
    else:
        if os.fstat(weights.fileno()).st_mtime_ns == before.st_mtime_ns:
            _silence()
            tell(Word("ready", got, address=server.listening_address))
            return server
        tell(Word("refused", reason="the file was written to while it was loaded"))
    return None


def _load(order: Order, descriptor: int) -> Any:
    """Load the very file that was hashed: by its descriptor, so that another one cannot take its name meanwhile."""
    import xllamacpp  # noqa: PLC0415 - after the limits and variables were set; belongs to the extra `local`

    asked = xllamacpp.CommonParams()
    asked.model.path = f"/proc/self/fd/{descriptor}" if sys.platform == "linux" else order.weights
    asked.model_alias = {order.model}
    asked.n_parallel = order.slots
    asked.kv_unified, asked.kv_unified_per_slot = True, order.context_tokens
    asked.n_ctx = order.context_tokens * order.slots
    asked.cpuparams.n_threads = order.threads
    asked.cpuparams_batch.n_threads = order.prompt_threads
    asked.n_threads_http = order.connections + 2
    asked.api_keys = [order.key]
    asked.verbosity = _ERRORS_AND_WARNINGS
    asked.offline = True
    asked.ui = asked.endpoint_slots = asked.fit_params = False
    asked.cache_ram_mib, asked.cache_idle_slots = 0, False
    asked.cors_origins = ""
    return xllamacpp.Server(asked)


def _mind_memory() -> None:
    """Without memory it could only fail calls: then it ends, and is started again."""
    heart = Heart()
    while True:
        heart.mind_memory()
        time.sleep(BEAT_S)


def _silence() -> None:
    """From here on only a crash is logged: the signal, and where Python stood."""
    log = os.dup(2)
    faulthandler.enable(log)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


if __name__ == "__main__":
    main()
