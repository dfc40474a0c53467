"""Since Gemini 3 models take a level of thinking, and refuse calls in the history that nobody signed."""

from __future__ import annotations

import re
from typing import Final

_BEFORE_THREE: Final = re.compile(r"gemini-[12]\b|gemma|learnlm")


def since_three(model: str) -> bool:
    """Whether a model id names a model of Gemini 3 or later; unknown names count as new."""
    return _BEFORE_THREE.search(model) is None
