"""Guide section 2.3: written procedures for what goes wrong."""

from __future__ import annotations

from colonnade.operations.evidence import Runbooks
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds

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
