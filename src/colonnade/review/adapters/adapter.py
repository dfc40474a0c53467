"""An adapter reads what another tool wrote; it never raises on bad input, and never invents a subject.

    def read(materials: Sequence[Material], scope: Scope) -> Reading: ...

    SARIF = Adapter("sarif", 1, "findings of static analysis, SARIF 2.1.0", ("*.sarif", "*.sarif.json"), read)

What cannot be read is a `Reject` that says where and why; fields that an adapter does not know are left alone. The
records' facts are views of `evidence/imported/`, or views that our own collectors build, so that one judge reads both.
Records come from `scope.record(...)`: their subject is what the workload folder says now. Digests and serial numbers
that the format itself names stand in the facts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord
from colonnade.review.adapters.material import Material


class Reject(msgspec.Struct, frozen=True):
    """Something that was not taken: `where` is a file and a place in it, `reason` one sentence."""

    where: str
    reason: str


@dataclass(slots=True)
class Reading:
    """What came of reading: evidence, requests that were told in traces, and everything that was not taken."""

    records: list[Record] = field(default_factory=list)
    requests: list[RequestRecord] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def reject(self, where: str, reason: str) -> None:
        """Note that something was not taken."""
        self.rejects.append(Reject(where, reason))


Read = Callable[[Sequence[Material], Scope], Reading]
Join = Callable[[Record, Record], Record]


@dataclass(frozen=True, slots=True)
class Adapter:
    """One format.

    Attributes:
        kind: its name on the command line.
        version: of the adapter; raised when the same file would give other facts.
        title: what it reads, in a few words.
        patterns: the file names that it looks for in a folder; none: it is handed the folder itself, as one
            material without bytes (a repository).
        read: what reads the materials.
        paths: what is asked for beneath an address on this machine; none: the address itself.
        join: (record, newest earlier record of its topic) -> record that tells both, where several kinds are
            parts of one whole.
    """

    kind: str
    version: int
    title: str
    patterns: tuple[str, ...]
    read: Read
    paths: tuple[str, ...] = ()
    join: Join | None = None

    @property
    def collector(self) -> str:
        """The name under which its records stand, `import.sarif@1`."""
        return f"import.{self.kind}@{self.version}"
