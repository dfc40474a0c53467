"""One workload and its gateway, as the place where drills happen."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from colonnade.assembly.drills.keys import Keys
from colonnade.assembly.drills.kinds import UNDO_KINDS
from colonnade.assembly.reviewing import current_subject, scope_of
from colonnade.assembly.stored import KnowledgeShelf
from colonnade.assembly.worker import run_folder
from colonnade.drills.calendar import check
from colonnade.drills.conduct import Reach
from colonnade.drills.diary import Told, unheard
from colonnade.drills.drill import Ground
from colonnade.drills.group import drills_folder
from colonnade.drills.live import LiveLine
from colonnade.drills.target import Target
from colonnade.drills.telephone import LoopbackTelephone
from colonnade.evidence.change import operator
from colonnade.evidence.collection import Scope
from colonnade.evidence.ledger import Ledger
from colonnade.reliability.roster import FILE as ROSTER
from colonnade.reliability.roster import Roster
from colonnade.security.keys import ApiKeys
from colonnade.workload.folder import Workload
from colonnade.workload.sections.serving import WEB_KINDS

ELSEWHERE_S = 5.0
SETTLES_S = 1.5
"""A worker looks for new keys once a second."""


@dataclass(frozen=True, slots=True)
class Place:
    """What drills need of a workload: its folder, its ledger, and where its gateway listens.

    `elsewhere` are other addresses of this machine, on which the gateway must not answer; a drill calls none that
    its operator did not name. `only` names the experiments of a drill that are carried out; empty means all.
    """

    workload: Workload
    ledger: Ledger
    shelf: KnowledgeShelf
    host: str
    port: int
    elsewhere: Sequence[str] = ()
    told: Told = field(default=unheard)
    only: frozenset[str] = frozenset()

    def scope(self) -> Scope:
        """What runs now, in the window of its environment."""
        environment = self.workload.specification.review.environment
        subject = current_subject(self.workload, self.ledger, self.shelf.live(), environment)
        return scope_of(self.workload, subject, environment, time.time())

    def ground(self) -> Ground:
        """Locks, undo journals and the owner's limits."""
        specification = self.workload.specification
        declared, live = specification.drills, specification.review.environment == "production"
        spared = frozenset(name for name, route in specification.routes.items() if route.no_drills)
        share = declared.share if declared.share is not None else 0.0 if live else 1.0
        reach = Reach(share, declared.longest_s, spared)
        told = LiveLine.of(self.workload.state).beside(self.told)
        return Ground(drills_folder(self.workload.state), UNDO_KINDS, reach, told, operator(), self._allow)

    def _allow(self) -> None:
        check(self.workload.specification.drills, time.time())

    def target(self) -> Target:
        """The gateway as a drill sees it."""
        routes = self.workload.specification.routes
        chats = sorted((name for name, route in routes.items() if route.endpoint == "chat"), key=self._cost)
        return Target(
            call=LoopbackTelephone(self.host, self.port),
            keys=Keys(ApiKeys(self.ledger)),
            find_request=self.ledger.request,
            routes=tuple(chats),
            cached_routes=tuple(
                name for name in chats if routes[name].cache == "exact" and routes[name].knowledge is None
            ),
            disclosing_routes=tuple(chats),
            embedding_routes=tuple(name for name, route in routes.items() if route.endpoint == "embeddings"),
            settles_s=SETTLES_S if len(self.gateways()) > 1 else 0.0,
        )

    def roster(self) -> Roster:
        """The processes that `colonnade up` started."""
        return Roster(run_folder(self.workload.state) / ROSTER)

    def gateways(self) -> list[int]:
        """The gateway's processes; none where somebody else started it."""
        return [member.pid for member in self.roster().read() if member.name.startswith("gateway")]

    def other_doors(self) -> list[LoopbackTelephone]:
        """The same port on the other addresses."""
        return [LoopbackTelephone(address, self.port, ELSEWHERE_S) for address in self.elsewhere]

    def hops(self) -> list[tuple[str, str, int]]:
        """Every hop that should speak TLS: name, host, port."""
        return [("listener", self.host, self.port)]

    def _cost(self, route: str) -> tuple[int, str]:
        """The simulator answers first: a drill takes the cheapest route that there is."""
        binding = self.workload.specification.models[self.workload.specification.routes[route].model]
        kind = self.workload.specification.upstreams[binding.upstream].kind
        return ("simulator", "embedded").index(kind) if kind not in WEB_KINDS else 2, route
