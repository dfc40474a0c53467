"""A plan names who does what until when, everything that it closes, and leaves as a table or a page; ends are known."""

from __future__ import annotations

import csv
import io

import msgspec
from review_world import DAY, JUDGES, NOW, SIGNALS, all_pass, record, reviewed, specification

from colonnade.review.due import due
from colonnade.review.report import Action
from colonnade.review.task_list import csv_plan, markdown_plan
from colonnade.review.tasks import tasks
from colonnade.review.waiver import Waiver

SPECIFICATION = specification()


def failing(*rows):
    return [record(*key, good=0 if key[0] in rows else 100) for key in SIGNALS]


def planned(*rows, since=None, **review):
    spec = SPECIFICATION.model_copy(update={"review": SPECIFICATION.review.model_copy(update=review)})
    return tasks(reviewed(failing(*rows)), spec, since or {})


def test_a_task_has_an_owner_and_a_day_from_its_risk():
    found = {task.practices[0]: task for task in planned("SEC-06", "COST-01", "SUS-06")}
    assert (found["SEC-06"].owner, found["SEC-06"].due, found["SEC-06"].level) == (
        "Noor Haddad",
        "2026-10-21",
        "HIGH",
    )
    assert found["COST-01"].owner == "Ada Berg"
    assert found["SUS-06"].due == {"MEDIUM": "2026-12-20", "LOW": "2027-03-20"}[found["SUS-06"].level]


def test_the_day_is_counted_from_when_the_risk_was_first_seen():
    (task, *_) = planned("SEC-06", since={"SEC-06": NOW - 40 * DAY})
    assert task.due == "2026-09-11"


def test_owners_and_days_are_the_workloads_own():
    days = SPECIFICATION.review.due_days.model_copy(update={"high": 7})
    (task, *_) = planned("SEC-06", owners={"security": "Ivo Lang"}, due_days=days)
    assert (task.owner, task.due) == ("Ivo Lang", "2026-09-28")


def test_one_action_names_everything_that_it_closes():
    report = reviewed([])
    first = tasks(report, SPECIFICATION, {})[0]
    assert first.closes == report.actions[0].closes
    assert len(first.practices) == len({name.partition(".")[0] for name in first.closes}) > 10
    assert first.commands == ("colonnade up", "colonnade review")
    assert first.level == "HIGH"


def _hostile():
    action = Action(what="=cmd()|`x`\n<b>@ada", closes=("SEC-06.1",), gain=1.0, effort="S", rank=1.0)
    report = msgspec.structs.replace(reviewed(failing("SEC-06")), actions=(action,))
    return tasks(report, SPECIFICATION, {})


def test_a_table_is_read_back_and_carries_out_nothing():
    head, line = csv.reader(io.StringIO(csv_plan(_hostile())))
    cells = dict(zip(head, line, strict=True))
    assert cells["what"] == "'=cmd()|`x`\n<b>@ada"
    assert (cells["due"], cells["closes"]) == ("2026-10-21", "SEC-06.1")


def test_a_page_has_boxes_and_no_markup_of_others():
    page = markdown_plan(planned("SEC-06"))
    assert page.startswith("# Plan\n\n- [ ] mend SEC-06.3\n  due 2026-10-21, Noor Haddad, HIGH, effort S\n")
    assert "closes SEC-06.1" in page
    assert "<b>" not in markdown_plan(_hostile())
    assert "Nothing that the owner can close now." in markdown_plan(())


def test_what_ends_soon_comes_with_what_renews_it():
    report = reviewed(all_pass(), now=NOW)
    week = due(report, JUDGES, 7)
    assert week
    assert [it.at for it in week] == sorted(it.at for it in week)
    assert all(it.at <= NOW + 7 * DAY for it in week)
    assert {it.name for it in due(report, JUDGES, 1000)} == {
        f"{row.id}.{signal.number}" for row in report.rows for signal in row.signals
    }
    drill = next(it for it in due(report, JUDGES, 1000) if it.name == "REL-04.3")
    assert drill.renew == "mend REL-04.3"


def test_waivers_that_end_are_due_too():
    def waiver(**changes):
        values = {"practice": "SEC-06", "reason": "x", "owner": "a", "approver": "b", "created": "2026-09-01"}
        return Waiver(**(values | {"expires": "2026-10-01"} | changes))

    given = [waiver(), waiver(practice="COST-01"), waiver(expires="2026-09-02"), waiver(expires="2026-12-01")]
    report = reviewed(failing("SEC-06"), waivers=given)
    found = [it for it in due(report, []) if it.what == "waiver"]
    assert [it.name for it in found] == ["COST-01", "SEC-06"]
    assert "take it out of waivers.yaml" in found[0].renew
    assert "colonnade waive SEC-06" in found[1].renew
