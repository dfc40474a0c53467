"""Text becomes Markdown that shows it and nothing else: no markup, link, picture, mention or line of its own.

Parts between back quotes are code in our own sentences; they stay code, whatever stands in them.
"""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"([\\`*_\[\]|~$])")
_OPENING = re.compile(r"^(\s*)([-+=:#]|\d+(?=[.)]))")
"""What would begin a list, a heading or a table at the start of a text."""
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
"""Control characters, line separators, and what turns the direction of writing."""
_REFERENCE = re.compile(r"[@#](?=\w)|(?<=www)(?=\.)|(?<=:)(?=//)")
"""Where a forge would put a link of its own: people, issues and bare addresses."""
_WORD_JOINER = "\u2060"


def marked(text: str) -> str:
    """One line of Markdown, also within a cell of a table."""
    parts = _INVISIBLE.sub(" ", text).split("`")
    if len(parts) % 2 == 0:
        return _plain("`".join(parts))
    return "".join(code(part) if place % 2 else _plain(part) for place, part in enumerate(parts))


def code(text: str) -> str:
    """A code span around any text; its fence is longer than every run of back quotes within."""
    inner = _INVISIBLE.sub(" ", text).replace("|", "\\|")
    if not inner.strip():
        return ""
    fence = "`" * (1 + max((len(run) for run in re.findall(r"`+", inner)), default=0))
    padding = " " if inner.startswith("`") or inner.endswith("`") else ""
    return f"{fence}{padding}{inner}{padding}{fence}"


def _plain(text: str) -> str:
    escaped = _PUNCTUATION.sub(r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
    apart = _REFERENCE.sub(lambda found: found[0] + _WORD_JOINER, escaped)
    return _OPENING.sub(lambda found: f"{found[1]}{_WORD_JOINER}{found[2]}", apart)
