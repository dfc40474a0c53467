"""Every answer names the release and the model that it comes from, so that a caller can tell two apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from colonnade.gateway.call import Call, Forward, Reply

RELEASE = b"x-colonnade-release"
MODEL = b"x-colonnade-model"
_SHORT = 12


@dataclass(frozen=True, slots=True)
class Announce:
    """Sets the headers `x-colonnade-release` and `x-colonnade-model` (`name@pin`, the pin in its short form).

    A release is everything that was evaluated and served together: workload, policy, models, prompts, indexes. Its id
    is the digest of them all, until releases are signed versions of their own.
    """

    release: Callable[[], str]
    name: ClassVar[str] = "announce"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        """Announce, also where the call ends in an error."""
        call.reply_headers.append(_release(self.release()))
        try:
            return await forward(call)
        finally:  # the model is known last: another target may have answered
            if call.binding is not None:
                call.reply_headers.append(_model(call.binding.model, call.binding.pin or ""))


@lru_cache(maxsize=64)
def _release(digest: str) -> tuple[bytes, bytes]:
    return RELEASE, short(digest).encode()


@lru_cache(maxsize=1024)
def _model(model: str, pin: str) -> tuple[bytes, bytes]:
    return MODEL, f"{model}{'@' if pin else ''}{short(pin)}".encode("ascii", "replace")


def short(digest: str) -> str:
    """The first twelve hexadecimal digits of `sha256:...`."""
    return digest.removeprefix("sha256:")[:_SHORT]
