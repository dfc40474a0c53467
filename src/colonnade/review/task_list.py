"""A plan leaves as a table for spreadsheets, or as a page for people; text in it stays text in either."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from colonnade.review.exports.marked import code, marked
from colonnade.review.exports.table import safe
from colonnade.review.tasks import Task

COLUMNS = ("due", "owner", "level", "effort", "gain", "what", "commands", "closes")


def csv_plan(tasks: Sequence[Task]) -> str:
    """CSV after RFC 4180, a line a task."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for task in tasks:
        cells = (
            *(task.due, task.owner, task.level, task.effort, round(task.gain, 4), task.what),
            *("; ".join(task.commands), " ".join(task.closes)),
        )
        writer.writerow([safe(cell) for cell in cells])
    return out.getvalue()


def markdown_plan(tasks: Sequence[Task]) -> str:
    """A list with boxes to tick, the most risk closed per effort first."""
    lines = ["# Plan", ""]
    for task in tasks:
        lines.append(f"- [ ] {marked(task.what)}")
        lines.append(f"  due {task.due}, {marked(task.owner)}, {task.level}, effort {task.effort}")
        lines += [f"  run {code(command)}" for command in task.commands]
        lines.append(f"  closes {marked(', '.join(task.closes))}")
    return "\n".join(lines if tasks else [*lines, "Nothing that the owner can close now."]) + "\n"
