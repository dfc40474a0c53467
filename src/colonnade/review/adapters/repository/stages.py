"""What a job does is told by the commands that it runs, not by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from colonnade.evidence.imported.pipelines import Stage

_RUNS: dict[Stage, str] = {
    "test": (
        r"pytest|tox|nox|python -m unittest|(npm|yarn|pnpm)( run)? test|go test|cargo (test|nextest)|mvn .{0,99}(test|verify)"
        r"|gradlew? .{0,99}(test|check)|dotnet test|ctest|bats|make test\S*"
    ),
    "evaluate": (
        r"colonnade (eval|review .{0,99}--gate)|inspect eval|promptfoo eval|lm[-_]eval|deepeval test|make evals?"
    ),
    "deploy": (
        r"(terraform|tofu) apply|pulumi up|cdk deploy|kubectl (apply|set image|rollout restart)|helm (upgrade|install)"
        r"|argocd app sync|colonnade release (start|promote)|gcloud .{0,99}deploy|az .{0,99}(deployment|up)|aws .{0,99}(deploy|update-service"
        r"|update-function-code)|fly(ctl)? deploy|cf push|docker stack deploy|make deploy"
    ),
    "apply": r"(terraform|tofu) apply|pulumi up|cdk deploy|kubectl apply|helm (upgrade|install)|argocd app sync",
    "rollback": r"kubectl rollout undo|helm rollback|argocd app rollback|colonnade release rollback|[\w.-]{0,60}roll-?back\S{0,60}",
}
_COMPILED = {
    stage: re.compile(rf"(^|[\s;&|(\"'/])({shape})($|[\s;&|)\"'])") for stage, shape in _RUNS.items()
}
_SAID_ONLY = re.compile(r"^\s*(#|//|echo\b|printf\b)")
_FORGIVEN = re.compile(r"\|\|\s*(true|:)(\s|$)")
_LONGEST_LINE = 1000
"""Characters of a command that are looked at; and no shape looks further than a hundred from its beginning."""


def stages_of(scripts: Iterable[str]) -> list[Stage]:
    """What these scripts do, in this order; what is only said, or whose failure is waved through, counts for nothing."""
    lines = [line for script in scripts for line in _effective(script)]
    found = [stage for line in lines for stage, shape in _COMPILED.items() if shape.search(line)]
    return list(dict.fromkeys(found))


def _effective(script: str) -> Iterator[str]:
    joined = script.replace("\\\n", " ")
    for line in joined.splitlines():
        cut = line[:_LONGEST_LINE]
        if not _SAID_ONLY.match(cut) and not _FORGIVEN.search(cut):
            yield " ".join(cut.split())
