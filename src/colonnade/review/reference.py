"""The reference page of the practices is written from the catalogue and the judges, so that it cannot be wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from colonnade.review.catalogue import PILLARS, Catalogue, Pillar, Practice
from colonnade.review.signal import SignalJudge

_HEADINGS: dict[Pillar, str] = {
    "use_case": "Step 1: use case",
    "operational_excellence": "Step 2: operational excellence",
    "security": "Step 3: security",
    "reliability": "Step 4: reliability",
    "performance": "Step 5: performance",
    "cost": "Step 6: cost",
    "sustainability": "Step 7: sustainability",
    "responsible_ai": "Step 8: responsible AI",
}


def not_yet_judged(catalogue: Catalogue, judges: Iterable[SignalJudge]) -> tuple[Practice, ...]:
    """The practices of which no signal has a judge."""
    judged = {judge.practice for judge in judges}
    return tuple(practice for practice in catalogue.practices if practice.id not in judged)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a signal, by its name `UC-01.2`, is judged: by whom, or which mechanism it waits for."""

    name: str
    kind: str
    text: str
    judge: str
    waits_for: str


def standings(catalogue: Catalogue, judges: Iterable[SignalJudge]) -> tuple[Standing, ...]:
    """Every signal of the catalogue, judged or waiting for the mechanism of its practice."""
    functions = {(it.practice, it.number): it.function for it in judges}
    found = []
    for practice in catalogue.practices:
        for signal in practice.signals:
            function = functions.get((practice.id, signal.number))
            judge = f"{function.__module__}.{function.__name__}" if function is not None else ""
            found.append(
                Standing(
                    name=f"{practice.id}.{signal.number}",
                    kind=signal.kind,
                    text=signal.text,
                    judge=judge.removeprefix("colonnade."),
                    waits_for="" if judge else practice.mechanism,
                )
            )
    return tuple(found)


def practices_page(catalogue: Catalogue, judges: Sequence[SignalJudge]) -> str:
    """The page as Markdown. `colonnade explain practices --markdown` prints it."""
    return "\n".join(_page(catalogue, judges)) + "\n"


def _page(catalogue: Catalogue, judges: Sequence[SignalJudge]) -> Iterator[str]:
    signals = sum(len(practice.signals) for practice in catalogue.practices)
    missing = not_yet_judged(catalogue, judges)
    judged = len(catalogue.practices) - len(missing)
    yield "# Practices"
    yield ""
    yield "<!-- Written by `colonnade explain practices --markdown`; do not edit. -->"
    yield ""
    yield (
        f"The catalogue has {len(catalogue.practices)} practices with {signals} signals. "
        f"{judged} practices are judged, by {len(judges)} judges; the other {len(missing)} say `unknown`, and why."
    )
    yield ""
    yield "A signal is one checkable statement. Its grade says how strong its evidence is:"
    yield ""
    yield "| kind | grade | means |"
    yield "|---|---|---|"
    for kind, each in catalogue.kinds.items():
        yield f"| {kind} | {each.grade} | {each.means} |"
    for pillar in PILLARS:
        yield from _pillar(pillar, catalogue, judges)
    yield from _missing(missing)
    yield from _frameworks(catalogue)


def _pillar(pillar: Pillar, catalogue: Catalogue, judges: Sequence[SignalJudge]) -> Iterator[str]:
    table = {(judge.practice, judge.number): judge for judge in judges}
    yield ""
    yield f"## {_HEADINGS[pillar]}"
    for practice in catalogue.practices:
        if practice.pillar == pillar:
            yield from _practice(
                practice, {n: judge for (name, n), judge in table.items() if name == practice.id}
            )


def _practice(practice: Practice, judges: dict[int, SignalJudge]) -> Iterator[str]:
    yield ""
    yield f"### {practice.id}: {practice.title}"
    yield ""
    yield f"{practice.question}"
    yield ""
    yield (
        f"Risk {practice.risk}; applies when `{practice.applies_when.text}`; "
        f"evidence counts for {practice.freshness_days} days."
    )
    yield ""
    for signal in practice.signals:
        judge = judges.get(signal.number)
        when = "" if signal.when.text == "always" else f", counts when `{signal.when.text}`"
        yield f"{signal.number}. {signal.text} ({signal.kind}, grade {signal.grade}{when})."
        yield f"   {f'To improve: {_sentence(judge.improve)}' if judge else _waiting(practice)}"


def _waiting(practice: Practice) -> str:
    return f"Not yet judged; it waits for: {_sentence(practice.mechanism)}"


def _missing(missing: Sequence[Practice]) -> Iterator[str]:
    yield ""
    yield "## Not yet judged"
    yield ""
    yield "Nothing judges these practices yet. They count as unknown, never as passed."
    yield ""
    yield "| practice | what would prove it |"
    yield "|---|---|"
    for practice in missing:
        yield f"| {practice.id} | {practice.mechanism.replace('|', '&#124;')} |"


def _frameworks(catalogue: Catalogue) -> Iterator[str]:
    yield ""
    yield "## Frameworks"
    yield ""
    yield f"Mappings are meant as: {catalogue.map_semantics}"
    yield ""
    yield "| framework | version | ids | checked against |"
    yield "|---|---|---|---|"
    for pinned in catalogue.frameworks.values():
        yield f"| {pinned.name} | {pinned.version} | {len(pinned.ids)} | {pinned.source} |"


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
