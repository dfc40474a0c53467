"""Walking the chain finds altered, swapped and deleted rows, and clears the intact rows that stand beside them."""

from __future__ import annotations

from dataclasses import dataclass, field

from colonnade.evidence.breaks import Findings
from colonnade.evidence.chain import GENESIS, Entry, Item, link

_EXPLAINED_AT_MOST = 64


@dataclass(slots=True)
class ChainWalk:
    """Takes the rows in order. `missing` are the places without a row."""

    findings: Findings
    entries: int = 0
    first_at: float | None = None
    last_at: float | None = None
    last: Entry | None = None
    missing: set[int] = field(default_factory=set)
    _computed: bytes = GENESIS
    _suspects: list[Entry] = field(default_factory=list)
    _candidates: dict[bytes, None] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Compare one row with the one before it."""
        previous = self.last.chain if self.last else GENESIS
        expected_seq = self.last.seq + 1 if self.last else 1
        self.gap(expected_seq, entry.seq)
        computed = link(previous, entry.seq, item_of(entry))
        # Behind a gap nothing can be said of the link: the gap is the finding.
        if entry.seq == expected_seq and computed != entry.chain:
            self._doubt(entry, previous)
        self._computed = computed
        self.entries += 1
        self.first_at = min(entry.at, self.first_at if self.first_at is not None else entry.at)
        self.last_at = max(entry.at, self.last_at if self.last_at is not None else entry.at)
        self.last = entry

    def gap(self, start: int, end: int) -> None:
        """Note the places [start, end) as missing; beyond a thousand only their number."""
        room = max(0, 1000 - len(self.missing))
        self.missing.update(range(start, min(end, start + room)))
        self.findings.count += max(0, end - start - room)

    def explain(self) -> None:
        """Tell altered rows from moved ones and from innocent neighbours of either."""
        clear = len(self._suspects) <= _EXPLAINED_AT_MOST
        for entry in self._suspects:
            origin = self._origin(entry) if clear else None
            if origin is None:
                self.findings.add(entry.seq, entry.ref, "altered", "its fields do not give its link")
            elif origin != entry.seq:
                self.findings.add(entry.seq, entry.ref, "reordered", f"it belongs at place {origin}")

    def _doubt(self, entry: Entry, previous: bytes) -> None:
        # If only the chain column before it was altered, the link that should stand there fits.
        if link(self._computed, entry.seq, item_of(entry)) == entry.chain:
            return
        self._suspects.append(entry)
        if len(self._suspects) <= _EXPLAINED_AT_MOST:
            self._candidates[previous] = None
            self._candidates[entry.chain] = None

    def _origin(self, entry: Entry) -> int | None:
        """The place at which this row's own fields give its link, tried over the broken places."""
        places = [entry.seq, *(suspect.seq for suspect in self._suspects)]
        for place in places:
            for candidate in self._candidates:
                if link(candidate, place, item_of(entry)) == entry.chain:
                    return place
        return None


def item_of(entry: Entry) -> Item:
    """What an entry states."""
    return Item(entry.kind, entry.ref, entry.at, entry.digest)
