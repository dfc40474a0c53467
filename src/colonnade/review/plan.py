"""What to do next is ranked by the risk that it closes for the effort that it takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from colonnade.review.judge import SignalResult
from colonnade.review.report import Action, Effort, RowResult
from colonnade.review.score import WEIGHTS
from colonnade.review.states import row_score, row_state

_EFFORTS: Mapping[str, Effort] = {
    "attestation": "S", "workload": "S", "repo": "S", "config": "S", "signature": "S", "telemetry": "S",
    "cost": "S", "registry": "M", "eval": "M", "scan": "M", "iac": "M", "drill": "L",
}  # fmt: skip
_COSTS: Mapping[Effort, int] = {"S": 1, "M": 2, "L": 4}


def actions_of(rows: Sequence[RowResult]) -> tuple[Action, ...]:
    """Every action that would close something, best first; equal words close their signals together.

    Rows that do not apply or are accepted as a risk ask for nothing. Signals that nothing can judge yet have no
    action: their owner cannot close them.
    """
    open_rows = [row for row in rows if row.state not in {"not_applicable", "proven"} and not row.waived]
    grouped: defaultdict[str, list[tuple[RowResult, SignalResult]]] = defaultdict(list)
    for row in open_rows:
        for signal in row.signals:
            if signal.remedy and not signal.waived and row.state != "conflict":
                grouped[signal.remedy].append((row, signal))
    conflicts: defaultdict[str, list[RowResult]] = defaultdict(list)
    for row in open_rows:
        if row.state == "conflict":
            conflicts[row.reason].append(row)
    actions = [_action(what, closed) for what, closed in grouped.items()]
    actions += [_resolution(reason, blocked) for reason, blocked in conflicts.items()]
    return tuple(sorted(actions, key=lambda action: (-action.rank, -len(action.closes), action.what)))


def _action(what: str, closed: Sequence[tuple[RowResult, SignalResult]]) -> Action:
    by_row: defaultdict[str, list[int]] = defaultdict(list)
    rows = {row.id: row for row, _ in closed}
    for row, signal in closed:
        by_row[row.id].append(signal.number)
    gain = sum(_gain(rows[name], numbers) for name, numbers in by_row.items())
    effort = max((_EFFORTS[signal.kind] for _, signal in closed), key=lambda each: _COSTS[each])
    names = tuple(f"{row.id}.{signal.number}" for row, signal in closed)
    return Action(what=what, closes=names, gain=gain, effort=effort, rank=gain / _COSTS[effort])


def _gain(row: RowResult, numbers: Iterable[int]) -> float:
    passing = set(numbers)
    signals = [
        msgspec.structs.replace(each, state="pass") if each.number in passing else each
        for each in row.signals
    ]
    state = row_state(applies=True, conflict=False, signals=signals)
    return WEIGHTS[row.risk] * ((row_score(state, row.risk, signals) or 0.0) - (row.score or 0.0))


def _resolution(reason: str, rows: Sequence[RowResult]) -> Action:
    """A conflict blocks its whole row, so that resolving it is worth the row's whole weight."""
    weight = float(sum(WEIGHTS[row.risk] for row in rows))
    names = tuple(row.id for row in rows)
    return Action(what=f"resolve the conflict: {reason}", closes=names, gain=weight, effort="S", rank=weight)
