"""What stands around a workload is compared with its ledger: what links lead to, and whose signatures count."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from colonnade.evidence.collection import Scope
from colonnade.evidence.effective import GatewayConfiguration
from colonnade.evidence.imported.statements import KeptStatements
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.people import People
from colonnade.evidence.record import Record
from colonnade.evidence.view import topic_of
from colonnade.review.adapters.provenance.verifying import signed_statements


def in_place(ledger: Ledger, scope: Scope) -> Callable[[str], bool | None]:
    """Whether `policy:STAGE` is enforced by the gateway that serves, and `drill:NAME` was ever run; else None."""
    served = _newest(GatewayConfiguration, ledger, scope)
    configuration = msgspec.convert(served.facts, GatewayConfiguration) if served else None

    def live(link: str) -> bool | None:
        kind, _, name = link.partition(":")
        if kind == "drill":
            return ledger.newest(f"drill.{name}", scope.environment) is not None
        return configuration.enforces(name) if kind == "policy" and configuration else None

    return live


def statements(ledger: Ledger, scope: Scope) -> Record:
    """Every statement that was imported, with the people whose signature counts now."""
    return signed_statements(_newest(KeptStatements, ledger, scope), People(ledger).load(), scope)


def _newest(view: type[msgspec.Struct], ledger: Ledger, scope: Scope) -> Record | None:
    topic = topic_of(view)
    return ledger.newest(topic.name, scope.environment) if topic is not None else None
