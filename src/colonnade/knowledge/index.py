"""The index of one knowledge: generations are built beside the live one, switched at once, and kept for the way back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from colonnade.errors import SetupError
from colonnade.knowledge.generation import (
    Generation,
    Switch,
    drop_generation,
    generations,
    live_generation,
)
from colonnade.knowledge.tables import Connect, Connection, create_tables, transaction
from colonnade.knowledge.vectors import forget_unused


@dataclass(frozen=True, slots=True)
class Index:
    """Generations of the knowledge `name`, in the store behind `connect`.

    `keep` is how many retired generations stay for rollback and for resolving old sources. `clock` gives seconds
    since the epoch.
    """

    connect: Connect
    name: str
    keep: int = 2
    clock: Callable[[], float] = time.time

    def prepare(self) -> None:
        """Create the tables that are missing."""
        with self.connect() as connection:
            create_tables(connection)

    def generations(self) -> list[Generation]:
        """All generations, the most recently live first."""
        with self.connect() as connection:
            return generations(connection, self.name)

    def live(self) -> Generation | None:
        """The generation that answers now, or None before the first build."""
        with self.connect() as connection:
            return live_generation(connection, self.name)

    def activate(self, digest: str) -> Switch:
        """Make a finished generation the live one; `digest` may be shortened as long as it fits only one.

        Raises:
            SetupError: no kept generation, or more than one, has this digest.
        """
        with self.connect() as connection, transaction(connection):
            return self._switch(connection, self._find(connection, digest))

    def publish(self, number: int) -> Switch:
        """Make the generation that was just built the live one."""
        with self.connect() as connection, transaction(connection):
            built = next(one for one in generations(connection, self.name) if one.number == number)
            return self._switch(connection, built)

    def prune(self) -> None:
        """Remove the retired generations beyond `keep`, each in a transaction of its own, and unused vectors."""
        with self.connect() as connection:
            retired = [one for one in generations(connection, self.name) if one.state == "retired"]
            for one in retired[self.keep :]:
                with transaction(connection):
                    drop_generation(connection, one.number)
            if retired[self.keep :]:
                with transaction(connection):
                    forget_unused(connection)

    def clear_unfinished(self) -> int:
        """Remove what interrupted builds left, except vectors; returns how many there were."""
        with self.connect() as connection, transaction(connection):
            unfinished = [one for one in generations(connection, self.name) if one.state == "building"]
            for one in unfinished:
                drop_generation(connection, one.number)
        return len(unfinished)

    def _find(self, connection: Connection, digest: str) -> Generation:
        wanted = digest.removeprefix("sha256:")
        finished = [one for one in generations(connection, self.name) if one.state != "building"]
        found = [one for one in finished if wanted and one.digest.removeprefix("sha256:").startswith(wanted)]
        if len(found) != 1:
            problem = "no kept generation" if not found else "more than one generation"
            raise SetupError(f"{problem} of the knowledge {self.name!r} begins with {digest!r}")
        return found[0]

    def _switch(self, connection: Connection, to: Generation) -> Switch:
        live = live_generation(connection, self.name)
        now = self.clock()
        if live is None or live.number != to.number:
            connection.execute(
                "UPDATE knowledge_generation SET state = 'retired' WHERE knowledge = ? AND state = 'live'",
                (self.name,),
            )
            connection.execute(
                "UPDATE knowledge_generation SET state = 'live', activated_at = ? WHERE id = ?",
                (now, to.number),
            )
        return Switch(self.name, live.digest if live else "", to.digest, now)
