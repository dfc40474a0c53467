"""A worker has room for so many connections; where there is none, the one that was silent the longest gives way."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from typing import Protocol

from uvicorn.server import ServerState

_MOST_FILES = 1 << 16
_OTHER_FILES = 256
"""Files that are open for other reasons: the store, the journal, models, logs."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a worker takes on, how long it waits for callers, and how it ends. Times are seconds.

    Args:
        connections: open at once; fewer if the process may not open so many files.
        head_s: how long the head of a request may take.
        unread_s: how long a caller may take nothing of an answer that waits for it.
        drain_s: how long answers under way may still take after the notice.
        notice_s: how long calls are still taken after that signal, while `/readyz` tells balancers what comes.
    """

    connections: int = 4096
    head_s: float = 15.0
    unread_s: float = 60.0
    drain_s: float = 30.0
    notice_s: float = 0.0


class Silent(Protocol):
    """A connection on which nothing is asked now."""

    def give_way(self) -> None:
        """Close."""


class Connections(ServerState):
    """uvicorn's account of what is open, with a limit.

    `silent` are the connections that wait for a complete head, the longest silent first. A newcomer beyond the
    limit takes the place of the first of them. Where none is silent, it may ask whether the gateway is well, and
    is refused everything else.
    """

    def __init__(self, bounds: Bounds) -> None:
        super().__init__()
        self.bounds = bounds
        self.silent: dict[Silent, None] = {}

    @property
    def full(self) -> bool:
        """Whether more is open than there is room for."""
        return len(self.connections) > self.bounds.connections

    def welcome(self, newcomer: Silent) -> None:
        """Make room for a connection that has just been opened."""
        if self.full and self.silent:
            next(iter(self.silent)).give_way()
        self.silent[newcomer] = None


def room(wanted: int) -> int:
    """How many connections this process can hold, with one to an upstream for each; its limit of files is raised."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = min(hard, _MOST_FILES) if hard != resource.RLIM_INFINITY else _MOST_FILES
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return max(1, min(wanted, (max(soft, most) - _OTHER_FILES) // 2))
