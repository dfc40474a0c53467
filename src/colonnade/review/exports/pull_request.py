"""The review as a comment on a pull request: headline, what changed since a milestone, and the best five actions."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.exports.markdown import actions, headline, pillars
from colonnade.review.exports.marked import code, marked
from colonnade.review.exports.matter import Matter
from colonnade.review.exports.words import minute

MARKER = "<!-- colonnade-review -->"
"""By this line a pipeline finds its own comment again, to renew it instead of adding one."""
ACTIONS = 5


def pull_request(matter: Matter) -> bytes:
    """The comment in UTF-8."""
    return ("\n".join(_comment(matter)) + "\n").encode("utf-8", "replace")


def _comment(matter: Matter) -> Iterator[str]:
    report = matter.report
    yield MARKER
    yield f"## Review of {marked(report.workload)} in {report.environment}"
    yield ""
    yield from headline(report)
    yield ""
    yield "<details><summary>Pillars</summary>"
    yield ""
    yield from pillars(report)
    yield ""
    yield "</details>"
    if report.actions:
        yield ""
        yield "### What to do next"
        yield ""
        yield from actions(report.actions[:ACTIONS])
    yield ""
    yield f"Reviewed {minute(report.reviewed_at)}, workload {code(report.workload_digest[:19])}."
