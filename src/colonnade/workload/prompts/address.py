"""A prompt is addressed as `name` (what the folder holds) or `name@version` (that text and no other)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from colonnade.workload.folder import Prompt

_VERSION = re.compile(r"(sha256:)?[0-9a-f]{12,64}")


@dataclass(frozen=True, slots=True)
class PromptAddress:
    """A name, and the first 12 to 64 digits of a version or none."""

    name: str
    digits: str = ""

    @property
    def well_formed(self) -> bool:
        """Whether what stands behind `@` can be a version."""
        return not self.digits or _VERSION.fullmatch(self.digits) is not None

    def matches(self, prompt: Prompt) -> bool:
        """Whether `prompt` is the one meant, in the version meant."""
        wanted = self.digits.removeprefix("sha256:")
        return prompt.name == self.name and prompt.version.removeprefix("sha256:").startswith(wanted)


def parse_address(text: str) -> PromptAddress:
    """`answer`, `answer@3f2a9c0d1e2b` or `answer@sha256:...` taken apart."""
    name, separator, digits = text.partition("@")
    return PromptAddress(name, digits or "?" if separator else "")
