"""The report as one HTML file: nothing is loaded from anywhere, and whatever evidence says is shown as text."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from colonnade import __version__
from colonnade.review.catalogue import PILLARS
from colonnade.review.exports.drawings import radar, trends
from colonnade.review.exports.matter import Matter
from colonnade.review.exports.words import (
    CONTRIBUTES,
    PILLAR_NAMES,
    STATE_MARKS,
    STATES,
    day,
    minute,
    moment,
    percent,
    score,
    spoken,
)

_PARTS = files("colonnade.review.exports") / "parts"


def html_page(matter: Matter) -> bytes:
    """The page; it works from a file, without script and on paper."""
    report = matter.report
    style, script = _text("report.css"), _text("report.js")
    page = _template().render(
        report=report,
        matter=matter,
        radar=radar(report.pillars),
        trends=trends([*matter.history, report]) if matter.history else (),
        pillars=PILLARS,
        states=[state for state in STATES if report.headline.rows.get(state)],
        contributes=CONTRIBUTES,
        version=__version__,
        policy=policy(style, script),
        style=Markup(style),  # noqa: S704 - a file of this package
        script=Markup(script),  # noqa: S704 - a file of this package
    )
    return (page + "\n").encode("utf-8", "replace")


def policy(style: str, script: str) -> str:
    """What the page may do: its own style and script by digest, and nothing else."""
    return f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; base-uri 'none'; form-action 'none'"


def coded(text: str) -> Markup:
    """Text whose parts between back quotes are shown as code; everything in it is escaped."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    shown = (
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )
    return Markup("").join(shown)


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def _template() -> Template:
    environment = Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "coded": coded, "day": day, "mark": STATE_MARKS.__getitem__, "minute": minute, "moment": moment,
        "percent": percent, "pillar_name": PILLAR_NAMES.__getitem__, "score": score, "spoken": spoken,
    }  # fmt: skip
    return environment.get_template("report.html")


def _text(name: str) -> str:
    return (_PARTS / name).read_text("utf-8")
