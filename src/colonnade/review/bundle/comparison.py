"""Two orders of the same things are compared: what is altered, missing, foreign or out of its place has a name."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from colonnade.evidence.breaks import Findings


def compare(
    expected: Sequence[str], found: Sequence[str], places: Mapping[str, int], findings: Findings
) -> None:
    """Name every difference between the records that the ledger lists and those that are there.

    Args:
        expected: ids in the order of the ledger.
        found: digests of the bodies in the order of the bundle.
        places: id -> its place in the ledger.
        findings: takes what differs.
    """
    if list(expected) == list(found):
        return
    known, seen = set(expected), set(found)
    missing = [each for each in expected if each not in seen]
    foreign = _foreign(found, known)
    for stated, body in zip(missing, foreign, strict=False):
        findings.add(places[stated], stated, "altered", f"the body that stands for it has the digest {body}")
    for stated in missing[len(foreign) :]:
        findings.add(places[stated], stated, "missing", "the ledger lists it and its body is not there")
    for body in foreign[len(missing) :]:
        findings.add(0, body, "unreferenced", "no entry of the ledger names it, or it stands there twice")
    for moved in _out_of_place([places[each] for each in dict.fromkeys(found) if each in known]):
        stated = next(each for each in expected if places[each] == moved)
        findings.add(moved, stated, "reordered", "it stands among the records of another place")


def _foreign(found: Sequence[str], known: set[str]) -> list[str]:
    """Bodies that are not listed, and repetitions of those that are."""
    seen: set[str] = set()
    foreign = []
    for each in found:
        if each not in known or each in seen:
            foreign.append(each)
        seen.add(each)
    return foreign


def _out_of_place(order: Sequence[int]) -> list[int]:
    """The fewest places that would have to move for the rest to rise: all but the longest rising run."""
    tails: list[int] = []
    lasts: list[int] = []
    before: dict[int, int | None] = {}
    for place in order:
        at = bisect_left(tails, place)
        before[place] = lasts[at - 1] if at else None
        if at == len(tails):
            tails.append(place)
            lasts.append(place)
        else:
            tails[at] = lasts[at] = place
    rising = set()
    step: int | None = lasts[-1] if lasts else None
    while step is not None:
        rising.add(step)
        step = before[step]
    return [place for place in order if place not in rising]
