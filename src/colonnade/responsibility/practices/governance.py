"""Guide sections 8.1 and 8.4: data states whom it shows, bias has a technique against it, principles are held."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.evidence.imported.decided import BoardConditions, Link, Mitigations, PrincipleRegister
from colonnade.evidence.imported.registries import Datasheet, Datasheets
from colonnade.evidence.imported.statements import SignedStatements
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, unmet
from colonnade.review.vouched import unvouched

NEEDED = ("language", "region")
"""Attributes that the catalogue's signal names; at least one further group is relevant."""


@signal(
    "RAI-02",
    1,
    improve="write `composition` and `intended_population` by language, region and relevant groups into the card of every"
    " dataset with `use: tuning`",
)
def tuning_data_states_whom_it_shows(register: Datasheets, signed: SignedStatements) -> Verdict:
    """Every datasheet of tuning data states its composition beside the intended population."""
    if doubt := unvouched(register.export, signed):
        return doubt
    sheets = [sheet for sheet in register.sheets if sheet.use == "tuning"]
    if not sheets:
        return insufficient("no datasheet of tuning data is known")
    problems = [problem for sheet in sheets for problem in _unstated(sheet)]
    return holds(not problems, f"{len(sheets)} datasheets state whom the data shows", "; ".join(problems))


def _unstated(sheet: Datasheet) -> list[str]:
    missing = [name for name in NEEDED if not sheet.composition.get(name)]
    if not set(sheet.composition) - set(NEEDED):
        missing.append("any relevant group")
    faults = [f"{sheet.name} does not state {', '.join(missing)}"] if missing else []
    alone = [name for name, shares in sheet.composition.items() if shares and not sheet.intended.get(name)]
    return faults + ([f"{sheet.name} has no intended {', '.join(alone)} beside it"] if alone else [])


@signal(
    "RAI-03",
    1,
    improve="commit decisions/*.md with `kind: bias`: `finding`, `technique`, `owner` and `date`",
)
def every_finding_has_a_technique(register: Mitigations) -> Verdict:
    """Each finding names a technique, with owner and date."""
    if not register.mitigations:
        return insufficient("no finding is on record, though the workload declares an open one")
    bare = [it.standing.file for it in register.mitigations if not it.technique or not it.standing.commit]
    used = sorted({it.technique for it in register.mitigations if it.technique})
    return holds(
        not bare,
        f"{len(register.mitigations)} findings, against them: {', '.join(used)}",
        f"without a technique, or not committed: {', '.join(bare)}",
    )


@signal(
    "RAI-11",
    2,
    improve="commit decisions/*.md with `kind: principles`, each with `enforced_by`: `policy:STAGE`, `eval:PATH` or `drill:NAME`"
    " that is in place",
)
def every_principle_is_held_by_something(register: PrincipleRegister) -> Verdict:
    """Each principle links at least one policy, evaluation or drill that is in place."""
    if not register.principles:
        return unmet("no committed decision record of kind `principles`")
    return _held({it.name: it.links for it in register.principles}, "principles")


@signal(
    "RAI-12",
    2,
    improve="write `closed` or `enforced_by` for every condition of the record of `kind: board`",
)
def conditions_are_closed_or_kept(register: BoardConditions) -> Verdict:
    """Each condition of the board was met for good, or something that is in place keeps it."""
    if not register.decisions:
        return insufficient("no committed decision record of kind `board`")
    lasting = {it.what: it.links for it in register.conditions if not it.closed}
    if not lasting:
        return holds(True, f"{len(register.conditions)} conditions, all closed", "")
    return _held(lasting, "open conditions")


def _held(links: dict[str, list[Link]], what: str) -> Verdict:
    loose = [name for name, known in links.items() if not _live(known) and not _untold(known)]
    untold = [name for name, known in links.items() if not _live(known) and _untold(known)]
    if loose:
        return unmet(f"nothing in place holds: {', '.join(loose)}", n=len(links))
    if untold:
        return insufficient(f"whether it is in place is not known: {', '.join(untold)}", n=len(links))
    return holds(True, f"{len(links)} {what}, each held by something that is in place", "")


def _live(links: Sequence[Link]) -> bool:
    return any(link.live for link in links)


def _untold(links: Sequence[Link]) -> bool:
    return any(link.live is None for link in links)
