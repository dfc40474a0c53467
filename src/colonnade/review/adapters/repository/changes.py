"""Whether a change of code, of a model binding or of a prompt is among the paths that a pipeline looks at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from colonnade.evidence.imported.pipelines import Change

ALL: tuple[Change, ...] = ("code", "models", "prompts")
MOST_PATHS = 500
"""Files that stand for each kind of change."""
LONGEST_PATTERN = 200


@dataclass(frozen=True, slots=True)
class Changes:
    """Paths from the top of the repository that stand for each kind of change; a kind without paths is met by all.

    A first prompt and a first workload file are changes, too, so that there is always a path of these.
    """

    code: Sequence[str]
    models: Sequence[str]
    prompts: Sequence[str]

    @classmethod
    def of(cls, files: Sequence[str], workload: str) -> Changes:
        """The committed files of a repository, with the workload in the folder `workload` (empty: at the top)."""
        prefix = f"{workload}/" if workload not in {"", "."} else ""
        models = [f"{prefix}workload.yaml"]
        prompts = [name for name in files if name.startswith(f"{prefix}prompts/")]
        apart = {*models, *prompts}
        code = [name for name in files if name not in apart and re.search(_CODE, name)]
        return cls(code[:MOST_PATHS], models, prompts[:MOST_PATHS] or [f"{prefix}prompts/first.md"])

    def met(self, wanted: Sequence[str] | None, ignored: Sequence[str] = ()) -> list[Change]:
        """The kinds of which some path is among `wanted` (None: every path is) and not among `ignored`."""
        return [kind for kind in ALL if self._meets(kind, wanted, ignored)]

    def _meets(self, kind: Change, wanted: Sequence[str] | None, ignored: Sequence[str]) -> bool:
        paths: Sequence[str] = getattr(self, kind)
        if not paths:
            return True
        return any(
            (wanted is None or matches(path, wanted)) and not (ignored and matches(path, ignored))
            for path in paths
        )


_CODE = r"\.(py|js|ts|tsx|jsx|go|rs|java|kt|cs|rb|php|c|cc|cpp|h|sh|tf|sql)$"


def matches(path: str, patterns: Sequence[str]) -> bool:
    """Whether the last pattern that fits takes the path in; `!` takes it out again."""
    taken = False
    for pattern in patterns:
        if _fits(path, _pieces(pattern.removeprefix("!"))):
            taken = not pattern.startswith("!")
    return taken


def _pieces(pattern: str) -> list[str]:
    """`**` crosses folders and `*` does not; a pattern that is too long fits nothing."""
    short = pattern if len(pattern) <= LONGEST_PATTERN else "\0"
    return [piece for piece in re.split(r"(\*\*/|\*\*|\*|[^*])", short.lstrip("/")) if piece]


def _fits(path: str, pieces: Sequence[str]) -> bool:
    """Step by step over all places that the pattern may have come to: no pattern takes long."""
    places = _skipped({0}, pieces, fresh=True)
    for letter in path:
        places = _skipped(_stepped(places, pieces, letter), pieces, fresh=letter == "/")
    return len(pieces) in places


def _stepped(places: Iterable[int], pieces: Sequence[str], letter: str) -> set[int]:
    found: set[int] = set()
    for place in places:
        piece = pieces[place] if place < len(pieces) else ""
        if piece in {"**", "**/"} or (piece == "*" and letter != "/"):
            found.add(place)
        elif piece == letter or (piece == "?" and letter != "/"):
            found.add(place + 1)
    return found


def _skipped(places: set[int], pieces: Sequence[str], *, fresh: bool) -> set[int]:
    """Stars may stand for nothing, `**/` only where a name begins."""
    found, waiting = set(places), list(places)
    while waiting:
        place = waiting.pop()
        piece = pieces[place] if place < len(pieces) else ""
        if (piece in {"*", "**"} or (piece == "**/" and fresh)) and place + 1 not in found:
            found.add(place + 1)
            waiting.append(place + 1)
    return found
