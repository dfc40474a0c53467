"""Every answer names the release and the model that it comes from, so that a caller can tell two apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
        call.reply_headers.append((RELEASE, short(self.release()).encode()))
        try:
            return await forward(call)
        finally:  # the model is known last: another target may have answered
            if call.binding is not None:
                pin = f"@{short(call.binding.pin)}" if call.binding.pin else ""
                call.reply_headers.append((MODEL, f"{call.binding.model}{pin}".encode("ascii", "replace")))


def short(digest: str) -> str:
    """The first twelve hexadecimal digits of `sha256:...`."""
    return digest.removeprefix("sha256:")[:_SHORT]
