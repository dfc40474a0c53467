"""Writes the table of `table.py` into `docs/reference/streams.md`, between two marks: python tests/gateway/contract/page.py"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from table import SECTIONS, Case, Fate, Fates

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "streams.md"
BEGIN, END = "<!-- table: tests/gateway/contract/table.py -->\n", "<!-- end of table -->\n"
_TITLES = ("fault", "the upstream", "whole", "streamed", "paid", "again")


def table() -> str:
    """The sections of the table, and what is different on some wires."""
    return "\n".join([*_sections(), *_exceptions()]) + "\n"


def written(page: str) -> str:
    """The page with the table as it is now."""
    before, rest = page.split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END)[1]


def _sections() -> Iterator[str]:
    for title, cases in SECTIONS.items():
        yield f"\n### {title}\n"
        yield from _lines(_TITLES, ((*_named(case), *_fates(case.fates)) for case in cases))


def _exceptions() -> Iterator[str]:
    yield "\n### Where a wire makes a difference\n"
    rows = []
    for case in (case for cases in SECTIONS.values() for case in cases):
        alike: dict[Fates, list[str]] = defaultdict(list)
        for kind, fates in case.but.items():
            alike[fates].append(f"`{kind}`")
        rows += [(_named(case)[0], ", ".join(kinds), *_fates(fates)) for fates, kinds in alike.items()]
    yield from _lines(("fault", "kinds", *_TITLES[2:]), rows)


def _named(case: Case) -> tuple[str, str]:
    known = case.name == case.fault
    return f"`{case.name}`" if known else case.name, case.meaning


def _fates(fates: Fates) -> tuple[str, str, str, str]:
    whole, streamed = fates
    return (
        _seen(whole),
        _seen(streamed),
        _both(whole.paid, streamed.paid),
        _both(_again(whole), _again(streamed)),
    )


def _seen(fate: Fate) -> str:
    kind, _, code = fate.seen.partition(" ")
    return "the answer" if not code else f"{kind} `{code}`"


def _again(fate: Fate) -> str:
    return "yes" if fate.tries > 1 else "no"


def _both(whole: str, streamed: str) -> str:
    return whole if whole == streamed else f"{whole}; {streamed}"


def _lines(titles: Sequence[str], rows: Iterator[Sequence[str]] | list[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield "|---" * len(titles) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
