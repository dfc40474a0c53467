"""Whether a change of code, of a model binding or of a prompt is among the paths that a pipeline looks at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from colonnade.evidence.imported.pipelines import Change

ALL: tuple[Change, ...] = ("code", "models", "prompts")


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
        return cls(code, models, prompts or [f"{prefix}prompts/first.md"])

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
        if re.fullmatch(_regular(pattern.removeprefix("!")), path):
            taken = not pattern.startswith("!")
    return taken


def _regular(pattern: str) -> str:
    """`**` crosses folders, `*` and `?` do not."""
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern[:500].lstrip("/"))
    meant = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(meant.get(piece, re.escape(piece)) for piece in pieces)
