"""Guide FAQ 9: prompts are versioned source, validated when written and when filled."""

from __future__ import annotations

from colonnade.evidence.effective import GatewayConfiguration
from colonnade.operations.evidence import PromptCommits, PromptLint, RenderFailures, SystemPrompts
from colonnade.review.proportions import none_of
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, unmet
from colonnade.workload.sections.promises import Sampling


@signal("OPS-18", 1, improve="commit prompts/ through a review that leaves a `Reviewed-by:` trailer")
def active_prompts_resolve_to_reviewed_commits(commits: PromptCommits) -> Verdict:
    """Every active prompt version resolves to a commit with an author and a reviewer who is someone else."""
    loose = [prompt.name for prompt in commits.prompts if not prompt.commit]
    unreviewed = [prompt.name for prompt in commits.prompts if prompt.commit and not prompt.reviewers]
    if not commits.prompts:
        return unmet("no route uses a prompt of the folder")
    problems = [f"not committed as it stands: {', '.join(loose)}"] if loose else []
    problems += [f"no reviewer: {', '.join(unreviewed)}"] if unreviewed else []
    return holds(not problems, f"{len(commits.prompts)} prompts committed and reviewed", "; ".join(problems))


@signal(
    "OPS-18",
    2,
    improve="set `free_system_prompt: false` on the route, and register the prompt under prompts/",
)
def no_unregistered_system_prompt_reached_a_model(traffic: SystemPrompts, sampling: Sampling) -> Verdict:
    """No request reached a model with a system prompt of the caller's own."""
    return none_of(
        traffic.unregistered, traffic.requests, sampling, "requests carried an unregistered system prompt"
    )


@signal("OPS-20", 1, improve="call `colonnade check` in the pipeline definition")
def prompts_are_linted_on_every_commit(lint: PromptLint) -> Verdict:
    """The pipeline lints every prompt and blocks on faults."""
    if not lint.runs_check:
        return unmet("no pipeline definition runs `colonnade check`")
    where = ", ".join(lint.pipeline_files)
    return holds(
        lint.faults == 0,
        f"{lint.prompts} prompts linted by {where}",
        f"{lint.faults} faults that {where} let pass",
    )


@signal("OPS-20", 2, improve="put the render stage back: it refuses what it cannot fill")
def no_malformed_prompt_reached_a_model(
    rendering: RenderFailures, configuration: GatewayConfiguration, sampling: Sampling
) -> Verdict:
    """Failures to fill a prompt are counted, and none of those requests reached a model."""
    if not configuration.enforces("render"):
        return unmet("no render stage serves, so nothing is validated")
    if rendering.rendered + rendering.refused == 0:
        return insufficient("no request used a prompt in the window")
    words = f"requests were refused while filled ({rendering.refused}) and still reached a model"
    return none_of(
        rendering.refused_but_reached_model, rendering.rendered + rendering.refused, sampling, words
    )
