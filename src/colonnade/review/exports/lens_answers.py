"""The review as answers to our own lens: a payload that its owner sends to the AWS Well-Architected Tool.

We hold no credentials and call nothing: the file has one `update-answer` input a question, without the workload's id
and the lens' ARN, which only the account knows.
"""

from __future__ import annotations

from typing import Any

from colonnade.review.exports.document import json_document
from colonnade.review.exports.lens import Question, choice_id, questions_of
from colonnade.review.exports.matter import Matter
from colonnade.review.exports.words import day, minute, shortened
from colonnade.review.report import Report, RowResult

LONGEST_NOTES = 2084
LONGEST_CHOICE_NOTES = 250


def lens_answers(matter: Matter) -> bytes:
    """The answers, in the order of the lens."""
    questions = questions_of(matter.catalogue)
    return json_document(
        {
            "schema": "colonnade.lens-answers/1",
            "send": "one `aws wellarchitected update-answer --cli-input-json` an answer, with WorkloadId and LensAlias added",
            "answers": [_answer(matter.report, question) for question in questions],
        }
    )


def _answer(report: Report, question: Question) -> dict[str, Any]:
    rows = {choice_id(each): report.row(each.id) for each in question.practices}
    known = {choice: row for choice, row in rows.items() if row is not None}
    selected = [choice for choice, row in known.items() if row.state == "proven"]
    applicable = any(row.state != "not_applicable" for row in known.values())
    updates = {choice: _update(row) for choice, row in known.items()}
    updates[question.none] = {"Status": "UNSELECTED" if selected or not applicable else "SELECTED"}
    return {
        "QuestionId": question.id,
        "SelectedChoices": selected or ([question.none] if applicable else []),
        "ChoiceUpdates": updates,
        "Notes": shortened(_notes(report), LONGEST_NOTES),
        "IsApplicable": applicable,
        "Reason": "NONE" if applicable else "OUT_OF_SCOPE",
    }


def _update(row: RowResult) -> dict[str, str]:
    note = shortened(_note(row), LONGEST_CHOICE_NOTES)
    if row.state == "not_applicable":
        return {"Status": "NOT_APPLICABLE", "Reason": "OUT_OF_SCOPE", "Notes": note}
    return {"Status": "SELECTED" if row.state == "proven" else "UNSELECTED", "Notes": note}


def _note(row: RowResult) -> str:
    """State, strongest grade, expiry and the beginning of the evidence's id; the reason as far as there is room."""
    passing = [signal for signal in row.signals if signal.state == "pass"]
    parts = [row.state + (" (risk accepted)" if row.waived else "")]
    if passing:
        parts.append(f"grade {max(signal.grade for signal in passing)}")
    if row.expires_at is not None:
        parts.append(f"expires {day(row.expires_at)}")
    evidence = next((each.id[:19] for signal in passing for each in signal.evidence), None)
    if evidence:
        parts.append(f"evidence {evidence}")
    return f"{', '.join(parts)}: {row.reason}"


def _notes(report: Report) -> str:
    return (
        f"Judged by Colonnade from recorded evidence of {report.workload} in {report.environment} on "
        f"{minute(report.reviewed_at)}; workload {report.workload_digest}. A practice is selected when every one of "
        f"its signals passes on evidence that has not expired."
    )
