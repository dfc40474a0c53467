"""Guide sections 8.1 and 8.4: found bias has a technique against it; principles and conditions are held by something."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.evidence.imported.decided import BoardConditions, Link, Mitigations, PrincipleRegister
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, unmet


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
