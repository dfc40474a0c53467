"""What the gateway and the process of the text runtime say to each other: one order, and then lines of JSON."""

from __future__ import annotations

from typing import Literal

import msgspec


class Order(msgspec.Struct, frozen=True):
    """The first and only line on the process's standard input. `key` is what callers must show it.

    It goes through a pipe and never stands among the arguments, which every user of the machine can read.
    """

    model: str
    weights: str
    sha256: str
    context_tokens: int
    slots: int
    threads: int
    prompt_threads: int
    memory_bytes: int
    nice: int
    connections: int
    key: str
    parent: int


class Word(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line on its standard output.

    `sha256` is the digest that the process itself read from the file it loads; `refused` is final, after
    `failed` another start may succeed.
    """

    phase: Literal["verifying", "loading", "ready", "refused", "failed"]
    sha256: str = ""
    address: str = ""
    reason: str = ""
