"""The chart is well-formed, names every experiment, and shows when its fault was in."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from colonnade.drills.chart import chart
from colonnade.drills.course import Course, DrillRun
from colonnade.drills.diary import Diary
from colonnade.drills.shelf import Shelf

SVG = "{http://www.w3.org/2000/svg}"


def course(name: str, verdict: str = "passed", **times: float) -> Course:
    known = {"began": 0.0, "injected": 10.0, "witnessed": 12.0, "removed": 50.0, "ended": 100.0}
    return Course(
        experiment=name, hypothesis="h", verdict=verdict, reason="<seen> & done", **{**known, **times}
    )


def run(*courses: Course) -> DrillRun:
    return DrillRun(
        drill="kill", number="ab12", verdict="passed", reason="", hypothesis="h", group="serving", runbook="",
        began=0.0, ended=100.0, actor="t", courses=list(courses),
    )  # fmt: skip


def diary() -> Diary:
    made = Diary("a")
    for second in range(100):
        made.point("latency of answer", 0.05 if second < 10 else 0.5, float(second))
    return made


def drawn(*courses: Course, diaries: tuple[Diary, ...] = ()) -> ET.Element:
    return ET.fromstring(chart(run(*courses), diaries))


def test_every_experiment_has_a_lane_with_its_fault_in():
    picture = drawn(course("kill gateway"), course("hang gateway", "failed"))
    texts = [text.text or "" for text in picture.iter(f"{SVG}text")]
    assert {"+ kill gateway", "x hang gateway"} <= set(texts)
    boxes = list(picture.iter(f"{SVG}rect"))
    assert len(boxes) == 2
    lane = 960.0 - 230.0 - 16.0
    assert float(boxes[0].get("width", 0)) == pytest.approx(lane * 0.4, abs=0.2)


def test_what_was_not_injected_has_no_box():
    assert list(drawn(course("kill", "aborted", injected=0.0, witnessed=0.0)).iter(f"{SVG}rect")) == []


def test_answers_stand_below_by_their_time():
    picture = drawn(course("kill"), diaries=(diary(),))
    circles = list(picture.iter(f"{SVG}circle"))
    assert len(circles) == 100
    assert float(circles[0].get("cy", 0)) > float(circles[-1].get("cy", 0))


def test_it_can_be_read_without_a_picture():
    assert drawn(course("kill")).find(f"{SVG}title").text == "kill: passed"


def test_series_and_chart_lie_beside_each_other(tmp_path: Path):
    shelf = Shelf.of(tmp_path)
    raw = shelf.keep(run(course("kill")), [diary()])
    place = tmp_path / "drills" / "runs" / "ab12"
    assert (place / "series.json").read_bytes() == raw
    assert shelf.chart_of("ab12") == (place / "chart.svg").read_bytes()
    assert shelf.chart_of("none") is None
    assert shelf.chart_of("../ab12") is None
