"""A scope says what is being observed, and turns a view into a record of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import msgspec

from colonnade.evidence.record import Environment, Kind, Record, Subject
from colonnade.evidence.view import topic_of


@dataclass(frozen=True, slots=True)
class Scope:
    """What a collector looks at: the environment, what runs in it by digest, and the window of time.

    Times are seconds since the epoch. A collector adds the view; the scope adds everything else.
    """

    environment: Environment
    subject: Subject
    window_start: float
    window_end: float

    def record(
        self,
        view: msgspec.Struct,
        *,
        kind: Kind,
        collector: str,
        n: int,
        source: str = "gateway",
        raw: bytes = b"",
    ) -> Record:
        """A record whose facts are `view`; `raw` is the raw material, of which only the digest is kept.

        Raises:
            TypeError: `view` is no view type.
        """
        topic = topic_of(type(view))
        if topic is None:
            raise TypeError(f"{type(view).__name__} is not marked with @view")
        return Record(
            topic=topic.name,
            kind=kind,
            source=source,
            collector=collector,
            environment=self.environment,
            subject=self.subject,
            window_start=self.window_start,
            window_end=self.window_end,
            collected_at=self.window_end,
            n=n,
            facts=msgspec.to_builtins(view),
            raw_digest="sha256:" + hashlib.sha256(raw).hexdigest() if raw else "",
        )
