"""Guide section 2.3: written procedures for what goes wrong."""

from __future__ import annotations

from colonnade.operations.evidence import RunbookDrill, Runbooks
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, met, unmet

NEEDED = frozenset({"model-degradation", "endpoint-failure", "data-feed-failure"})


@signal("OPS-13", 1, improve="write runbooks/*.md with `covers`, `trigger`, `owner`, `review_by` and `steps`")
def the_common_failures_have_runbooks(runbooks: Runbooks) -> Verdict:
    """Runbooks for the three common failures have trigger, steps, owner and a review date ahead."""
    problems = [f"no runbook covers {name}" for name in sorted(NEEDED - set(runbooks.covers))]
    for book in runbooks.runbooks:
        if not (book.trigger and book.owner and book.steps):
            problems.append(f"{book.name} lacks trigger, owner or steps")
        elif book.overdue:
            problems.append(f"{book.name} was due for review on {book.review_by or 'no day'}")
    return holds(not problems, f"{len(runbooks.runbooks)} runbooks, none overdue", "; ".join(problems))


@signal("OPS-13", 2, improve="give runbooks/*.md `commands`, then run `colonnade drill run runbook`")
def every_runbook_was_executed(drill: RunbookDrill) -> Verdict:
    """The commands of every runbook were run to their end."""
    if not drill.runs:
        return insufficient("there is no runbook")
    failed = [f"{run.name}: {run.failed}" for run in drill.runs if run.failed]
    if failed:
        return unmet("; ".join(failed), n=len(drill.runs))
    told = ", ".join(f"{run.name} in {run.seconds:.1f} s" for run in drill.runs)
    return met(f"{len(drill.runs)} executed: {told}", n=len(drill.runs))
