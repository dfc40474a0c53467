"""An exception that an owner writes on a resource, as a tag or annotation, is read with its reason.

colonnade:sus-07 = "objects are written as zstd by the writer"        a tag
colonnade.io/sus-07: objects are written as zstd by the writer        an annotation
colonnade-sus-07 = written-as-zstd                                    a label, where only words are allowed
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from colonnade.review.adapters.material import plain

_NAME = re.compile(r"^colonnade(?:\.io)?[/:._-]([a-z]{2,4}-\d{2})$", re.IGNORECASE)


def exceptions_in(words: Mapping[str, str]) -> dict[str, str]:
    """Practice -> reason, for every exception among tags, labels or annotations; an empty reason is none."""
    found = {
        match[1].upper(): plain(reason) for name, reason in words.items() if (match := _NAME.match(name))
    }
    return {practice: reason for practice, reason in found.items() if reason}
