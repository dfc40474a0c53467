"""A defect of our own is answered with status 500, and its place, never its words, is logged once."""

from __future__ import annotations

import logging
import traceback

from colonnade.errors import CallError

_log = logging.getLogger("colonnade.gateway")


def unexpected(error: BaseException) -> CallError:
    """The error for the caller; the log names the exception's class and the line that raised it.

    The exception's words stay out: they may quote a prompt or an answer.
    """
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "unknown place"
    _log.error("%s at %s", type(error).__name__, place)
    return CallError(
        "The gateway met a defect of its own; the operator's log says where.", code="internal_error"
    )
