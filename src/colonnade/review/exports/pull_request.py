"""The review as a comment on a pull request: headline, what changed since a milestone, and the best five actions."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from colonnade.review.difference import Difference, difference
from colonnade.review.exports.markdown import actions, headline, pillars
from colonnade.review.exports.marked import code, marked
from colonnade.review.exports.matter import Matter
from colonnade.review.exports.words import day, minute, shortened, spoken

MARKER = "<!-- colonnade-review -->"
"""By this line a pipeline finds its own comment again, to renew it instead of adding one."""
ACTIONS = 5
LISTED = 20
"""Changes that are listed; all are counted."""
LONGEST_TEXT = 300
"""Characters of one reason or action: a forge refuses comments of more than 65,536."""


def pull_request(matter: Matter) -> bytes:
    """The comment in UTF-8."""
    return ("\n".join(_comment(matter)) + "\n").encode("utf-8", "replace")


def _comment(matter: Matter) -> Iterator[str]:
    report = matter.report
    yield MARKER
    yield f"## Review of {marked(report.workload)} in {report.environment}"
    yield ""
    yield from headline(report)
    if matter.before is not None:
        yield ""
        yield from _changes(difference(matter.before, report))
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
        yield from actions(
            tuple(replace(each, what=shortened(each.what, LONGEST_TEXT)) for each in report.actions[:ACTIONS])
        )
    yield ""
    yield f"Reviewed {minute(report.reviewed_at)}, workload {code(report.workload_digest[:19])}."


def _changes(found: Difference) -> Iterator[str]:
    """What moved, the worst first; what merely is still open is counted and not listed."""
    counts = ", ".join(f"{count} {spoken(how)}" for how, count in found.counts.items())
    yield f"### Since {day(found.before_at)}"
    yield ""
    yield f"{counts or 'Nothing changed'}."
    if found.catalogue_changed:
        yield "The catalogue is another one; practices that changed in it are not compared."
    listed = [each for each in found.moved if each.how != "still_open"]
    if listed:
        yield ""
        yield "| practice | how | from | to | why |"
        yield "|---|---|---|---|---|"
    for each in listed[:LISTED]:
        yield (
            f"| {marked(each.practice)} {marked(shortened(each.title, LONGEST_TEXT))} | {spoken(each.how)} | {spoken(each.before)} "
            f"| {spoken(each.after)} | {marked(shortened(each.reason, LONGEST_TEXT))} |"
        )
    if len(listed) > LISTED:
        yield ""
        yield f"... and {len(listed) - LISTED} more: `colonnade milestone diff` lists them."
