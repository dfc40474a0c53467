"""A shelf hands out the records of one topic, newest first; no review holds more of them than it looks at."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

from colonnade.evidence.record import Environment, Record
from colonnade.evidence.soundness import IMPORTED, digests_of


@runtime_checkable
class Shelf(Protocol):
    """The records of one environment."""

    def newest_first(self, topic: str) -> Iterator[Record]:
        """Those of a topic: what was observed last, then what was collected last, then by id, downwards."""
        ...

    def ran(self, digest: str) -> bool:
        """Whether any collector of ours ever saw this digest, pin or version run."""
        ...


class RecordsInMemory:
    """A shelf of records in any order and of any environment."""

    def __init__(self, records: Iterable[Record], environment: Environment) -> None:
        self._topics: defaultdict[str, list[Record]] = defaultdict(list)
        for record in records:
            if record.environment == environment:
                self._topics[record.topic].append(record)
        self._sorted: dict[str, list[Record]] = {}
        self._ran: frozenset[str] | None = None

    def newest_first(self, topic: str) -> Iterator[Record]:
        """The records of a topic; what has no time at all comes first, so that it is seen and refused."""
        if topic not in self._sorted:
            self._sorted[topic] = _newest_first(self._topics.get(topic, []))
        return iter(self._sorted[topic])

    def ran(self, digest: str) -> bool:
        """Whether a record that was not imported is about this digest."""
        if self._ran is None:
            own = (
                record
                for group in self._topics.values()
                for record in group
                if not record.collector.startswith(IMPORTED)
            )
            self._ran = frozenset(value for record in own for _, value in digests_of(record.subject))
        return digest in self._ran


def _newest_first(records: list[Record]) -> list[Record]:
    """By moment; only where moments are equal are ids computed, which costs as much as everything else."""
    moments = [_moment(record) for record in records]
    if len(set(moments)) == len(moments):
        return sorted(records, key=_moment, reverse=True)
    return sorted(records, key=lambda each: (*_moment(each), each.id), reverse=True)


def _moment(record: Record) -> tuple[float, float]:
    return _placed(record.window_end), _placed(record.collected_at)


def _placed(at: float) -> float:
    return math.inf if math.isnan(at) else at
