"""Every format that a review can be exported in, by the name that a user asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from colonnade.review.catalogue import Catalogue
from colonnade.review.exports.junit import junit
from colonnade.review.exports.lens import lens
from colonnade.review.exports.lens_answers import lens_answers
from colonnade.review.exports.markdown import markdown
from colonnade.review.exports.matter import Matter
from colonnade.review.exports.ocsf import ocsf
from colonnade.review.exports.oscal.catalog import oscal_catalog
from colonnade.review.exports.oscal.mapping import oscal_mapping
from colonnade.review.exports.oscal.parts import FILES
from colonnade.review.exports.oscal.plan import oscal_plan
from colonnade.review.exports.oscal.poam import oscal_poam
from colonnade.review.exports.oscal.results import oscal_results
from colonnade.review.exports.page import html_page
from colonnade.review.exports.pull_request import pull_request
from colonnade.review.exports.sarif import sarif, sarif_upload
from colonnade.review.exports.schema import json_report, json_schema
from colonnade.review.exports.summary import PAYLOAD_TYPE, summary
from colonnade.review.exports.table import csv_table


@dataclass(frozen=True, slots=True)
class Format:
    """One format: its name, what it is for, the usual name of its file, and the function that writes it.

    What `sealed` names a payload type of is put into a signed envelope before it leaves. `alone` writes a format that
    needs no review: it says nothing of any workload. `over_time` shows earlier milestones, too.
    """

    name: str
    title: str
    file: str
    write: Callable[[Matter], bytes]
    sealed: str = ""
    alone: Callable[[Catalogue], bytes] | None = None
    over_time: bool = False


def _of_catalogue(name: str, title: str, file: str, write: Callable[[Catalogue], bytes]) -> Format:
    return Format(name, title, file, lambda matter: write(matter.catalogue), alone=write)


_ALL = (
    Format("json", "the report itself, schema colonnade.review/1", "review.json", json_report),
    _of_catalogue(
        "json-schema", "the JSON Schema of the report", "review.schema.json", lambda _: json_schema()
    ),
    Format("csv", "a line a signal, for spreadsheets", "review.csv", csv_table),
    Format("markdown", "the whole report for people", "review.md", markdown),
    Format("pull-request", "a comment on a pull request", "pull-request.md", pull_request),
    Format(
        "html", "one page that needs no network, to read and print", "review.html", html_page, over_time=True
    ),
    Format("junit", "JUnit XML: a suite a pillar, a case a signal", "review.xml", junit),
    Format("sarif", "SARIF 2.1.0 with every signal", "review.sarif", sarif),
    Format(
        "sarif-upload", "SARIF 2.1.0 for a forge: open practices only", "review-upload.sarif", sarif_upload
    ),
    _of_catalogue("lens", "custom lens of the AWS Well-Architected Tool", "lens.json", lens),
    Format("lens-answers", "answers to that lens (UpdateAnswer)", "lens-answers.json", lens_answers),
    Format("oscal-catalog", "OSCAL 1.2 catalog", FILES["catalog"], oscal_catalog),
    Format("oscal-assessment-plan", "OSCAL 1.2 assessment plan", FILES["plan"], oscal_plan),
    Format("oscal-assessment-results", "OSCAL 1.2 assessment results", FILES["results"], oscal_results),
    Format("oscal-poam", "OSCAL 1.2 plan of action and milestones", FILES["poam"], oscal_poam),
    Format("oscal-mapping", "OSCAL 1.2 mapping collection", FILES["mapping"], oscal_mapping),
    Format("ocsf", "OCSF 1.8 compliance findings, JSON Lines", "review.ocsf.jsonl", ocsf),
    Format(
        "verification-summary",
        "in-toto verification summary, signed (DSSE)",
        "review.vsa.json",
        summary,
        PAYLOAD_TYPE,
    ),
)
FORMATS: Mapping[str, Format] = {each.name: each for each in _ALL}
