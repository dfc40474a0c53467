"""Which model answered is compared with the one that was asked for: an answer of another one is told, or refused.

A provider may answer `gpt-4o-2024-08-06` where `gpt-4o` was asked for: that is the same model, named more exactly. What is
bound to a `snapshot` must answer with just that name.
"""

from __future__ import annotations

import re
from typing import Final

from colonnade.errors import UpstreamFailed
from colonnade.gateway.call import Call
from colonnade.workload.sections.serving import ModelBinding

HEADER: Final = b"x-colonnade-model-mismatch"
OTHER: Final = "upstream_wrong_model"
_NAME = re.compile(r"[A-Za-z0-9_.:@/\-]{1,80}")


def check_snapshot(call: Call, binding: ModelBinding) -> None:
    """Refuse the answer of a model that is not the snapshot; an answer that names none is taken.

    Raises:
        UpstreamFailed: `upstream_wrong_model`.
    """
    if call.attempts and binding.snapshot and call.answered_by not in ("", binding.snapshot):
        raise UpstreamFailed("The upstream answered with another model than its snapshot.", code=OTHER)


def note_other(call: Call, binding: ModelBinding) -> None:
    """Tell the caller and the journal if the answer names a model that was not asked for."""
    named = call.answered_by
    if not named or binding.snapshot or _same(named, binding.model):
        return
    shown = named if _NAME.fullmatch(named) else "unreadable"
    call.reply_headers.append((HEADER, shown.encode()))
    call.decide("attempt", f"{call.upstream} names another model than was asked for: {shown}")


def _same(named: str, asked: str) -> bool:
    return named == asked or _bare(named).startswith(_bare(asked))


def _bare(name: str) -> str:
    """Without the provider before it, and without a mark for the newest one behind it."""
    return name.rsplit("/", 1)[-1].removesuffix("-latest").removesuffix(":latest").lower()
